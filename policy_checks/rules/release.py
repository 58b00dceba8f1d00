"""May this sanitised table leave the reading step?"""

from collections.abc import Iterator, Sequence

from policy_checks.schemas.artifacts import AnonymityOutcome, ExpectationOutcome
from policy_checks.schemas.decision import Finding, deny

RULE = "release"


def release(
    gate: Sequence[ExpectationOutcome], anonymity: AnonymityOutcome | None = None
) -> Iterator[Finding]:
    """Deny tables with an expectation that failed, or with rows that do not hide among enough others.

    An empty gate proves nothing and is denied too.
    """
    if not gate:
        yield deny(RULE, "P1.3", "no expectation was checked", "report this: the gate must never be empty")
    for outcome in gate:
        if not outcome.success:
            where = f"column {outcome.column!r}" if outcome.column else "the table"
            yield deny(
                RULE,
                "P1.3",
                f"{where} fails {outcome.expectation} in {outcome.n_unexpected:,} of {outcome.n_cells:,} cells",
                "declare the column's kind and drop, mask or pseudonymise it",
            )
    if anonymity is not None:
        yield from _hidden(anonymity)


def _hidden(found: AnonymityOutcome) -> Iterator[Finding]:
    columns = ", ".join(found.quasi_identifiers)
    if found.smallest_after == 0:
        yield deny(
            RULE,
            "P1.1",
            f"all {found.n_suppressed:,} rows would be left out, so that {columns} single out nobody",
            "generalise these columns further, or lower k",
        )
        return
    if found.n_classes_lost:
        yield deny(
            RULE,
            "P1.1",
            f"{found.n_classes_lost:,} classes of the target would be left out with all their rows",
            "generalise the quasi-identifiers further, or lower k",
        )
    if found.smallest_after < found.k:
        yield deny(
            RULE,
            "P1.1",
            f"the smallest combination of {columns} has {found.smallest_after:,} rows, {found.k} are asked for; "
            f"{found.n_rows_below:,} rows stand in combinations that are too small",
            'generalise these columns further, lower k, or set when_below = "suppress"',
        )
    if found.l is not None and (found.least_diverse_after or 0) < found.l:
        yield deny(
            RULE,
            "P1.1",
            f"a combination of {columns} has {found.least_diverse_after} sensitive values, {found.l} are asked for",
            'generalise these columns further, lower l, or set when_below = "suppress"',
        )
