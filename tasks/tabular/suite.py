"""What the gate asks: what follows from the declared columns, and what the owner expects beside it.

The owner writes expectations as Great Expectations does. Only arguments that say what is expected are
taken: conditions, for one, would be evaluated as code.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from great_expectations.expectations.core.expect_column_value_lengths_to_be_between import (
    ExpectColumnValueLengthsToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_be_of_type import (
    ExpectColumnValuesToBeOfType,
)
from great_expectations.expectations.core.expect_column_values_to_be_unique import (
    ExpectColumnValuesToBeUnique,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_in_set import (
    ExpectColumnValuesToNotBeInSet,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.expectation import Expectation

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import ColumnRule, ExpectationType, Expected
from tasks.tabular.matching import ExpectColumnValuesToMatchLinearRegex, is_pattern
from tasks.tabular.personal_data import ExpectColumnValuesToBeFreeOfPersonalData
from tasks.tabular.problems import is_number, must_be_filled

BOUNDS = frozenset({"min_value", "max_value"})
STRICT = frozenset({"strict_min", "strict_max"})
COLUMN = frozenset({"column", "mostly"})
UNIQUE, ROW_COUNT = "expect_column_values_to_be_unique", "expect_table_row_count_to_be_between"
OWNERS: dict[ExpectationType, tuple[type[Expectation], frozenset[str]]] = {
    "expect_column_values_to_be_between": (ExpectColumnValuesToBeBetween, COLUMN | BOUNDS | STRICT),
    "expect_column_values_to_be_in_set": (ExpectColumnValuesToBeInSet, COLUMN | {"value_set"}),
    "expect_column_values_to_not_be_in_set": (ExpectColumnValuesToNotBeInSet, COLUMN | {"value_set"}),
    "expect_column_values_to_not_be_null": (ExpectColumnValuesToNotBeNull, COLUMN),
    "expect_column_values_to_be_unique": (ExpectColumnValuesToBeUnique, COLUMN),
    "expect_column_values_to_match_regex": (ExpectColumnValuesToMatchLinearRegex, COLUMN | {"regex"}),
    "expect_column_value_lengths_to_be_between": (
        ExpectColumnValueLengthsToBeBetween,
        COLUMN | BOUNDS | STRICT,
    ),
    "expect_table_row_count_to_be_between": (ExpectTableRowCountToBeBetween, BOUNDS),
}
TEXTS = frozenset({"free_text", "other"})
FOR_TEXT = frozenset({"expect_column_values_to_match_regex", "expect_column_value_lengths_to_be_between"})


@dataclass(frozen=True)
class Asked:
    """One expectation and how it is told.

    Attributes:
        expectation: asked of every batch.
        name: its type, as the owner would write it.
        mostly: the share of filled cells that must fit.
    """

    expectation: Expectation
    name: str
    column: str | None
    mostly: float = 1.0


def derived(columns: Mapping[str, ColumnRule], found: Sequence[str], names: str = "") -> Iterator[Asked]:
    """Yield what follows from the declarations for a batch with these columns.

    Args:
        found: a declared column that is not among them fails the column set and is not asked further.
        names: folder of a model that looks for names of persons in text that is kept.
    """
    declared = {name: rule for name, rule in sorted(columns.items()) if rule.action != "drop"}
    yield _asked(ExpectTableColumnsToMatchSet(column_set=list(declared), exact_match=True))
    for name in found:
        options = _options(declared[name], names) if name in declared else {}
        yield _asked(ExpectColumnValuesToBeFreeOfPersonalData(column=name, **options))
    for name, rule in declared.items():
        if name in found:
            yield from map(_asked, _of_rule(name, rule))


def owners(expected: Sequence[Expected], columns: Mapping[str, ColumnRule]) -> tuple[Asked, ...]:
    """Return the owner's own expectations.

    Raises:
        ManifestError: "expectation-unfit"; the message counts expectations from 1 and names what does not
            fit: the column, an argument, a value of the wrong kind, or a pattern that RE2 does not know.
    """
    return tuple(_owned(number, one, columns) for number, one in enumerate(expected, 1))


def _options(rule: ColumnRule, names: str) -> dict[str, Any]:
    options: dict[str, Any] = {"allowed": sorted(rule.allow)} if rule.allow else {}
    if names and rule.action == "keep" and rule.kind in TEXTS:
        options["names"] = names
    return options


def _of_rule(name: str, rule: ColumnRule) -> Iterator[Expectation]:
    yield ExpectColumnValuesToBeOfType(column=name, type_="float64" if is_number(rule) else "str")
    if must_be_filled(rule):
        yield ExpectColumnValuesToNotBeNull(column=name)
    if rule.action == "keep" and (rule.minimum is not None or rule.maximum is not None):
        yield ExpectColumnValuesToBeBetween(column=name, min_value=rule.minimum, max_value=rule.maximum)
    if rule.action == "keep" and rule.values is not None:
        yield ExpectColumnValuesToBeInSet(column=name, value_set=list(rule.values))


def _asked(expectation: Expectation) -> Asked:
    return Asked(expectation, expectation.expectation_type, getattr(expectation, "column", None))


def _owned(number: int, expected: Expected, columns: Mapping[str, ColumnRule]) -> Asked:
    kind, allowed = OWNERS[expected.type]
    column = expected.kwargs.get("column")
    unknown = sorted(expected.kwargs.keys() - allowed)
    if unknown:
        _refuse(number, expected, f"{len(unknown)} of its arguments are not known here", sorted(allowed))
    if expected.type != ROW_COUNT:
        rule = columns.get(column) if isinstance(column, str) else None
        if rule is None or rule.action == "drop":
            _refuse(number, expected, "its column is not declared, or is dropped", ["a column that is kept"])
        _require_kind(number, expected, rule)
    values = {name: _plain(value) for name, value in expected.kwargs.items()}
    try:
        expectation = kind(**values)
    except Exception:
        # Its own message quotes the values.
        _refuse(number, expected, "its arguments are of the wrong kind, or one is missing", sorted(allowed))
    return Asked(
        expectation,
        expected.type,
        column if isinstance(column, str) else None,
        float(getattr(expectation, "mostly", 1.0)),
    )


def _require_kind(number: int, expected: Expected, rule: ColumnRule) -> None:
    """Refuse text expected of numbers and the other way round: it would fail in every cell, or never."""
    numeric = is_number(rule)
    if expected.type in FOR_TEXT and numeric:
        _refuse(number, expected, "its column holds numbers", ["a column of text"])
    if expected.type == "expect_column_values_to_be_between" and not numeric:
        _refuse(number, expected, "its column holds text", ["a measure"])
    values = expected.kwargs.get("value_set", ())
    wrong = not isinstance(values, tuple) or any(
        isinstance(value, bool) or isinstance(value, str) is numeric for value in values
    )
    if wrong:
        _refuse(
            number, expected, "value_set does not fit its column", ["text for text, numbers for measures"]
        )
    regex = expected.kwargs.get("regex", "")
    if not isinstance(regex, str) or not is_pattern(regex):
        _refuse(number, expected, "RE2 does not know its pattern", ["patterns without look-around"])


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _refuse(number: int, expected: Expected, found: str, allowed: Sequence[str]) -> NoReturn:
    raise ManifestError(
        "expectation-unfit",
        f"Expectation {number}, {expected.type}: {found}; allowed: {', '.join(allowed)}.",
        "Correct it under dataset.expectations, or leave it out.",
    )
