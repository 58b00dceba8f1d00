"""What was done so that people stay unknown, and how far that reaches, in a data owner's words."""

from collections.abc import Callable, Iterable, Iterator

from policy_checks.schemas.artifacts import (
    AnonymityOutcome,
    ColumnOutcome,
    ExpectationOutcome,
    SanitisedTable,
)
from policy_checks.schemas.records import ROWS_MIN
from tasks.reporting.tables import Table

ACTIONS = {
    "drop": "dropped",
    "pseudonymise": "replaced by a keyed hash",
    "mask": "masked but for its last two characters",
    "generalise": "generalised",
    "keep": "kept as it is",
}
EXPECTATIONS = {
    "expect_column_values_to_be_free_of_personal_data": "no personal data is detected",
    "expect_column_values_to_be_of_type": "values have the declared type",
    "expect_column_values_to_not_be_null": "no value is missing",
    "expect_column_values_to_be_between": "numbers lie within their bounds",
    "expect_column_values_to_be_in_set": "values are among the declared ones",
    "expect_table_columns_to_match_set": "exactly the declared columns are left",
    "expect_table_row_count_to_equal": "no row was lost or added",
    "expect_table_row_count_to_be_between": "there are as many rows as declared",
}
UNKNOWN = (
    "Reached: pseudonymous, not anonymous. Nobody declared by which columns a person could be recognised, so nothing "
    "is known of how rare their combinations are."
)
TREAT_SO = (
    "Whoever holds the key can link a pseudonym to its person, and whoever knows enough else can find a rare "
    "row: treat the sanitised table as personal data."
)


def reached(table: SanitisedTable, *, telemetry: bool = False) -> tuple[str, ...]:
    """Return sentences that say how well people are hidden in a table, and what that does not cover.

    Args:
        telemetry: name no column, and write small numbers of rows vaguely.
    """
    return (
        *(_hidden(table.anonymity, telemetry) if table.anonymity is not None else (UNKNOWN,)),
        *_texts(table.columns),
        TREAT_SO,
    )


def vague(n_rows: int) -> str:
    """Return a number of rows, a small one only as a bound (clause P1.1)."""
    return f"under {ROWS_MIN}" if 0 < n_rows < ROWS_MIN else counted(n_rows)


def counted(number: int) -> str:
    """Return a count in groups of three digits: seven or more in a row beside a column's name look like a telephone."""
    return f"{number:,}"


def _hidden(found: AnonymityOutcome, telemetry: bool) -> Iterator[str]:
    columns = found.quasi_identifiers
    known = f"the {len(columns)} declared quasi-identifiers" if telemetry else ", ".join(columns)
    yield (
        f"Reached: {found.k}-anonymous for whoever knows {known} of a person: at least {found.k} rows look the same to "
        "them. For everybody who knows more it is pseudonymous, not anonymous."
    )
    yield (
        f"Somebody who knows that a person is in the table, and these columns, finds the row at most once in {found.k} "
        f"guesses; on average over the rows with a probability of {100 * found.risk_mean:.2g} %."
    )
    if found.n_suppressed:
        yield f"{vague(found.n_suppressed) if telemetry else counted(found.n_suppressed)} rows were left out, because too few others looked like them."
    if found.l is None:
        yield "Where all rows of such a group share the sensitive value, finding the group tells it: no l was asked for."
    else:
        yield (
            f"Each such group holds at least {found.least_diverse_after} different sensitive values, so that finding "
            "the group does not tell a person's."
        )


def _texts(columns: Iterable[ColumnOutcome]) -> Iterator[str]:
    n_texts = sum(each.kind in {"free_text", "other"} and each.action == "keep" for each in columns)
    if n_texts:
        yield f"{n_texts} columns of text are kept for a stated reason: names in them are not proven absent."


def columns(outcomes: Iterable[ColumnOutcome], caption: str, count: Callable[[int], str] = counted) -> Table:
    """Return what happened to each column: counts, never a value.

    Args:
        count: how a number of rows is written; telemetry writes small ones vaguely.
    """
    order = {action: place for place, action in enumerate(ACTIONS)}
    rows = [
        (
            each.column,
            each.kind.replace("_", " "),
            _happened(each),
            count(each.n_cells),
            count(each.n_changed),
            count(each.n_missing),
            _distinct(each),
        )
        for each in sorted(outcomes, key=lambda each: (order.get(each.action, len(order)), each.column))
    ]
    return Table(
        caption,
        {
            "Column": "code",
            "Declared as": "text",
            "What happened": "text",
            "Cells": "number",
            "Changed": "number",
            "Empty": "number",
            "Distinct after": "number",
        },
        tuple(rows),
    )


def _distinct(each: ColumnOutcome) -> str:
    if each.action == "drop":
        return "none left"
    return "not counted" if each.n_distinct_after is None else counted(each.n_distinct_after)


def _happened(each: ColumnOutcome) -> str:
    told = ACTIONS.get(each.action, each.action)
    return told if each.key is None else f"{told}, key {each.key}"


def gate(outcomes: Iterable[ExpectationOutcome]) -> Table:
    """Return what the gate checked, one row an expectation, over all columns that it was asked of."""
    by_name: dict[str, list[ExpectationOutcome]] = {}
    for each in outcomes:
        by_name.setdefault(each.expectation, []).append(each)
    rows = [
        (
            EXPECTATIONS.get(name, name.replace("_", " ")),
            f"{counted(sum(each.success for each in found))} of {counted(len(found))}",
            counted(sum(each.n_cells for each in found)) if found[0].column else "the whole table",
            counted(sum(each.n_unexpected for each in found)),
        )
        for name, found in sorted(by_name.items())
    ]
    return Table(
        "The gate over what came out (Great Expectations)",
        {"Expectation": "text", "Passed": "number", "Cells checked": "number", "Unexpected": "number"},
        tuple(rows),
    )
