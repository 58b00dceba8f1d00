"""The gate: Great Expectations over every batch that sanitising left, projected on counts that add up.

Its own result quotes cells in tracebacks and observed values, so it never leaves this module, and its log
is closed while it runs. Batches go to its engine directly: on the way through a data source it would
hash every table without a key, twice.
"""

import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import great_expectations as gx
import pandas as pd
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.dataset import ColumnRule, Expected
from tasks.tabular.batching import CELLS_MAX
from tasks.tabular.cells import as_arrow
from tasks.tabular.distinct import Repeats
from tasks.tabular.names import name_model
from tasks.tabular.suite import ROW_COUNT, UNIQUE, derived, owners
from tasks.tabular.tally import Tally, of_rows, rows_between

NUMBER = "number"
# What Great Expectations does beside looking at cells takes 50 ms, however many cells there are.
ROWS_AT_ONCE = 1 << 18
# It looks through all columns for each expectation, so the time grows with their square.
COLUMNS_AT_ONCE = 128
COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
    "exclude_unexpected_values": True,
}


class Gate:
    """Validates a table batch by batch.

    Args:
        columns: the declared rules, dropped columns included.
        expected: the owner's own expectations.
        names: folder of a model that looks for names of persons in text that is kept, if there is one.

    Raises:
        ManifestError: an expectation of the owner's does not fit the declared columns.
        UnavailableError: there is no such model.
    """

    def __init__(
        self, columns: Mapping[str, ColumnRule], expected: Sequence[Expected] = (), names: Path | None = None
    ) -> None:
        self._columns, self._names = columns, str(names or "")
        if names is not None:
            name_model(self._names)
        self._owners = owners(expected, columns)
        self._unique = [(one, Repeats(str(one.column))) for one in self._owners if one.name == UNIQUE]
        self._tallies: dict[tuple[str, ...], list[Tally]] = {}
        self._waiting: list[pd.DataFrame] = []
        with _quiet():
            self._context = gx.get_context(mode="ephemeral")
            self._context.variables.progress_bars = ProgressBarsConfig(globally=False)

    def check(self, batch: pd.DataFrame) -> None:
        """Ask everything of one more batch, of several small ones together.

        Args:
            batch: (rows, columns) as `Sanitiser.sanitised` leaves it.

        Raises:
            StageError: Great Expectations itself failed, so nothing is proven.
            ManifestError: more cells than uniqueness can be proven of.
        """
        self._waiting.append(batch)
        n_rows = sum(map(len, self._waiting))
        if n_rows >= ROWS_AT_ONCE or n_rows * len(batch.columns) >= CELLS_MAX:
            self._ask()

    def outcomes(self, *, n_read: int, n_suppressed: int, n_left: int) -> tuple[ExpectationOutcome, ...]:
        """Return what was found over all batches: counts, never a cell.

        Args:
            n_read: rows of the table as it was read.
            n_suppressed: rows that were left out to hide others.
            n_left: rows of the table as it was written.

        Returns:
            Outcomes about the table first, then by column.

        Raises:
            StageError: as `check` raises it.
        """
        self._ask()
        outcomes = [tally.outcome() for tallies in self._tallies.values() for tally in tallies]
        outcomes += [
            Tally(asked, repeats.n_cells, repeats.n_missing, repeats.n_repeated()).outcome()
            for asked, repeats in self._unique
        ]
        kept_all = n_left == n_read - n_suppressed
        outcomes.append(of_rows("expect_table_row_count_to_equal", n_left, success=kept_all))
        for asked in self._owners:
            if asked.name == ROW_COUNT:
                bounds = asked.expectation.configuration.kwargs
                outcomes.append(rows_between(n_left, bounds.get("min_value") or 0, bounds.get("max_value")))
        return tuple(sorted(outcomes, key=lambda one: (one.column or "", one.expectation)))

    def _ask(self) -> None:
        if not self._waiting:
            return
        whole, self._waiting = pd.concat(self._waiting, ignore_index=True), []
        found = tuple(whole.columns)
        if found not in self._tallies:
            self._prepare(found)
        for asked, repeats in self._unique:
            if asked.column in found:
                repeats.add(as_arrow(whole[asked.column]))
        numbered = dict(enumerate(self._tallies[found]))
        of_table = {number: tally for number, tally in numbered.items() if tally.asked.column is None}
        self._tally(whole, of_table)
        for first in range(0, len(found), COLUMNS_AT_ONCE):
            some = whole.iloc[:, first : first + COLUMNS_AT_ONCE]
            self._tally(some, {number: t for number, t in numbered.items() if t.asked.column in some.columns})
        # Great Expectations leaves circles that hold the batch; waiting for them would let memory grow.
        gc.collect(1)

    def _prepare(self, found: tuple[str, ...]) -> None:
        asked = [*derived(self._columns, found, self._names)]
        asked += [one for one in self._owners if one.name not in (UNIQUE, ROW_COUNT) and one.column in found]
        self._tallies[found] = [Tally(one) for one in asked]

    def _tally(self, batch: pd.DataFrame, tallies: Mapping[int, Tally]) -> None:
        """Ask some expectations of a batch and add up what they say."""
        configurations = [
            ExpectationConfiguration(
                type=tally.asked.expectation.expectation_type,
                kwargs=tally.asked.expectation.configuration.kwargs,
                meta={NUMBER: number},
            )
            for number, tally in tallies.items()
        ]
        try:
            with _quiet():
                engine = PandasExecutionEngine()
                engine.load_batch_data("batch", batch)
                validator = Validator(execution_engine=engine, data_context=self._context)
                results = validator.graph_validate(
                    configurations=configurations, runtime_configuration={"result_format": COUNTS_ONLY}
                )
            numbered = {_number(result): result for result in results}
        except StageError:
            raise
        except Exception as error:
            raise _failed(type(error).__name__) from None
        if numbered.keys() != tallies.keys():
            raise _failed("a missing result")
        for number, result in numbered.items():
            tallies[number].add(result, len(batch))


def gate(
    table: pd.DataFrame, columns: Mapping[str, ColumnRule], *, n_rows: int
) -> tuple[ExpectationOutcome, ...]:
    """Return what the gate says of a table that is one batch.

    Args:
        n_rows: how many rows were read.

    Raises:
        StageError: as `Gate.check` raises it.
    """
    one = Gate(columns)
    one.check(table)
    return one.outcomes(n_read=n_rows, n_suppressed=0, n_left=len(table))


def _number(result: ExpectationValidationResult) -> int:
    """Return which expectation a result answers; one that raised has no verdict."""
    info = result.exception_info or {}
    raised = info["raised_exception"] if "raised_exception" in info else bool(info)
    if raised or result.success is None:
        raise _failed("an exception inside an expectation")
    if result.expectation_config is None:
        raise _failed("a result without its expectation")
    return int(result.expectation_config.meta[NUMBER])


def _failed(what: str) -> StageError:
    return StageError(
        "privacy-gate-failed",
        f"The privacy gate ended without a verdict ({what}), so the table cannot be used.",
        "Run again; if it happens again, report it with the installed versions.",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Let nothing out of Great Expectations' log: what it says of a failure quotes the data.

    A level would not do: some of its modules set their own.
    """
    logger, nowhere = logging.getLogger("great_expectations"), logging.NullHandler()
    before, logger.propagate = logger.propagate, False
    logger.addHandler(nowhere)
    try:
        yield
    finally:
        logger.removeHandler(nowhere)
        logger.propagate = before
