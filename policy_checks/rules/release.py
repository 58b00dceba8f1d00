"""May this sanitised table leave the reading step?"""

from collections.abc import Iterator, Sequence

from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.decision import Finding, deny

RULE = "release"


def release(gate: Sequence[ExpectationOutcome]) -> Iterator[Finding]:
    """Deny tables with an expectation that failed; an empty gate proves nothing and is denied too."""
    if not gate:
        yield deny(RULE, "P1.3", "no expectation was checked", "report this: the gate must never be empty")
    for outcome in gate:
        if not outcome.success:
            where = f"column {outcome.column!r}" if outcome.column else "the table"
            yield deny(
                RULE,
                "P1.3",
                f"{where} fails {outcome.expectation} in {outcome.n_unexpected} of {outcome.n_cells} cells",
                "declare the column's kind and drop, mask or pseudonymise it",
            )
