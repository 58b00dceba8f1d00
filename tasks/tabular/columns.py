"""Apply the declared rules: what leaves this module is all that anything later can see of the table.

Every problem of the table is collected and told at once, by column and count, never by value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd
import pyarrow.compute as pc

from policy_checks.errors import ManifestError
from policy_checks.schemas.artifacts import ColumnOutcome
from policy_checks.schemas.manifest import ColumnRule
from tasks.tabular.cells import as_arrow, as_text, text_series
from tasks.tabular.convert import Problem, banded_dates, masked, measured
from tasks.tabular.pseudonym_keys import derive_key
from tasks.tabular.pseudonymise import pseudonyms

SEVERAL = "several-problems"


@dataclass
class _Sanitised:
    columns: dict[str, pd.Series] = field(default_factory=dict)
    outcomes: list[ColumnOutcome] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def apply(
    table: pd.DataFrame,
    columns: Mapping[str, ColumnRule],
    *,
    tenant: str,
    dataset_group: str,
    pepper: bytes,
) -> tuple[pd.DataFrame, tuple[ColumnOutcome, ...]]:
    """Return the sanitised table and what happened to each declared column.

    Args:
        table: (rows, columns) as `read_table` gives it.
        columns: a rule for every column of the table.
        dataset_group: datasets of one group share pseudonyms.
        pepper: at least 32 secret bytes.

    Returns:
        (rows, kept columns) in the table's row order, columns sorted by name: kept measures are
        float64, everything else is text; and one outcome a declared column, sorted by name.

    Raises:
        ManifestError: a column is undeclared or absent, a rule does not fit its column, or cells are
            no number, no date, infinite or missing. One kind of problem gives its own `code`, more
            give "several-problems".
    """
    result = _Sanitised(problems=list(_mismatches(table, columns)))
    for name in sorted(columns.keys() & set(table.columns)):
        rule, before = columns[name], table[name]
        unfit = list(_unfit(name, rule))
        result.problems += [*unfit, *_unfilled(name, rule, _n_missing(before))]
        after = None
        if not unfit and rule.action != "drop":
            after, problems = _treated(before, rule, tenant, dataset_group, pepper)
            result.problems += problems
        if after is not None:
            result.columns[name] = after
        result.outcomes.append(_outcome(name, rule, before, after))
    _refuse(result.problems)
    return pd.DataFrame(result.columns, index=table.index), tuple(result.outcomes)


def is_number(rule: ColumnRule) -> bool:
    """Return whether the sanitised column is float64; every other one is text."""
    return rule.kind == "measure" and rule.action == "keep"


def must_be_filled(rule: ColumnRule) -> bool:
    """Return whether an empty cell refuses the table: a target, or a feature that is not imputed."""
    is_feature = rule.kind in ("measure", "category") and rule.action == "keep"
    return rule.kind == "target" or (is_feature and rule.missing == "refuse")


def _mismatches(table: pd.DataFrame, columns: Mapping[str, ColumnRule]) -> Iterator[Problem]:
    """Yield undeclared columns by number, because a header can be a person's row, and absent ones by name."""
    undeclared = [str(number) for number, name in enumerate(table.columns, 1) if name not in columns]
    if undeclared:
        yield Problem(
            "undeclared-columns",
            f"{len(undeclared)} columns of the table are not declared, counted from 1: {_few(undeclared)}",
            "declare every column under dataset.columns, or leave it out of the table",
        )
    absent = sorted(columns.keys() - set(table.columns))
    if absent:
        yield Problem(
            "absent-columns",
            f"{len(absent)} declared columns are not in the table: {_few([repr(name) for name in absent])}",
            "correct the names under dataset.columns",
        )


def _unfit(name: str, rule: ColumnRule) -> Iterator[Problem]:
    """Yield what keeps a rule from being applied to any column."""
    if rule.kind == "target" and rule.action != "keep":
        yield Problem("target-not-kept", f"target {name!r} is to be {rule.action!r}", 'set action = "keep"')
    if rule.action == "generalise" and (rule.kind != "birth_date" or rule.to is None):
        yield Problem(
            "cannot-generalise",
            f"{name!r} of kind {rule.kind!r} cannot be generalised to {rule.to!r}",
            'generalise only birth dates, to = "year" or "5_years"',
        )


def _unfilled(name: str, rule: ColumnRule, n_missing: int) -> Iterator[Problem]:
    """Yield the empty cells of a column that must be filled."""
    if not n_missing or not must_be_filled(rule):
        return
    if rule.kind == "target":
        yield Problem(
            "target-missing-values",
            f"target {name!r} has {n_missing} empty cells",
            "remove rows without a target",
        )
    else:
        yield Problem(
            "missing-values", f"{name!r} has {n_missing} empty cells", 'fill them, or set missing = "impute"'
        )


def _treated(
    before: pd.Series, rule: ColumnRule, tenant: str, dataset_group: str, pepper: bytes
) -> tuple[pd.Series, list[Problem]]:
    """Return the column after its action, and the cells that the action could not read."""
    if rule.action == "pseudonymise":
        return pseudonyms(before, derive_key(pepper, tenant, dataset_group, rule.kind), rule.kind), []
    if rule.action == "mask":
        return masked(before), []
    if rule.action == "generalise":
        return banded_dates(before, 1 if rule.to == "year" else 5)
    if is_number(rule):
        return measured(before)
    return text_series(as_text(as_arrow(before)), before), []


def _outcome(name: str, rule: ColumnRule, before: pd.Series, after: pd.Series | None) -> ColumnOutcome:
    n_missing = _n_missing(before)
    if after is None:
        n_changed, n_distinct = len(before), None
    else:
        n_changed = 0 if rule.action == "keep" else len(before) - n_missing
        n_distinct = len(pc.unique(as_arrow(after).drop_null()))
    return ColumnOutcome(
        column=name,
        kind=rule.kind,
        action=rule.action,
        n_cells=len(before),
        n_changed=n_changed,
        n_missing=n_missing,
        n_distinct_after=n_distinct,
    )


def _n_missing(values: pd.Series) -> int:
    """Return the number of empty cells; pandas alone would not count NaN in an Arrow-backed column."""
    return int(as_arrow(values).null_count)


def _refuse(problems: list[Problem]) -> None:
    if not problems:
        return
    codes = {problem.code for problem in problems}
    raise ManifestError(
        codes.pop() if len(codes) == 1 else SEVERAL,
        "; ".join(f"{problem.found} ({problem.code})" for problem in problems) + ".",
        "To do: " + "; ".join(dict.fromkeys(problem.remedy for problem in problems)) + ".",
    )


def _few(names: list[str], n_shown: int = 5) -> str:
    return ", ".join(names[:n_shown]) + (", ..." if len(names) > n_shown else "")
