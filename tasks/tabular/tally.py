"""Counts of one expectation over all batches, and what they say in the end: names and counts, never a cell."""

from dataclasses import dataclass

from great_expectations.core.expectation_validation_result import ExpectationValidationResult

from policy_checks.schemas.artifacts import ExpectationOutcome
from tasks.tabular.suite import ROW_COUNT, Asked


@dataclass
class Tally:
    """What one expectation found in all batches so far."""

    asked: Asked
    n_cells: int = 0
    n_missing: int = 0
    n_unexpected: int = 0

    def add(self, result: ExpectationValidationResult, n_rows: int) -> None:
        """Add the counts of one batch; a failure is at least one, over its rows if cells are not counted."""
        counts = result.result
        least = 0 if result.success or self.asked.mostly < 1 else 1
        self.n_cells += counts.get("element_count", n_rows)
        self.n_missing += counts.get("missing_count", 0)
        self.n_unexpected += max(least, counts.get("unexpected_count", 0))

    def outcome(self) -> ExpectationOutcome:
        """Project on names and counts."""
        n_asked = self.n_cells - self.n_missing
        return ExpectationOutcome(
            expectation=self.asked.name,
            column=self.asked.column,
            success=n_asked - self.n_unexpected >= self.asked.mostly * n_asked,
            n_cells=self.n_cells,
            n_unexpected=self.n_unexpected,
        )


def rows_between(n_rows: int, n_min: int, n_max: int | None) -> ExpectationOutcome:
    """Return whether a table has as many rows as are expected."""
    success = n_min <= n_rows and (n_max is None or n_rows <= n_max)
    return of_rows(ROW_COUNT, n_rows, success=success)


def of_rows(expectation: str, n_rows: int, *, success: bool) -> ExpectationOutcome:
    """Return the outcome of an expectation about the number of rows."""
    return ExpectationOutcome(
        expectation=expectation,
        column=None,
        success=success,
        n_cells=n_rows,
        n_unexpected=0 if success else 1,
    )
