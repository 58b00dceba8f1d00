"""The gate: Great Expectations over what sanitising left, projected on counts before it returns.

Its own result quotes cells in three places (tracebacks, observed values, a fingerprint), so it
never leaves this module, and its log is closed while it runs.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationSuite, ExpectationSuiteValidationResult
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.core.expect_column_values_to_be_of_type import (
    ExpectColumnValuesToBeOfType,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.core.expect_table_row_count_to_equal import ExpectTableRowCountToEqual
from great_expectations.expectations.expectation import Expectation

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.manifest import ColumnRule
from tasks.tabular.columns import is_number, must_be_filled
from tasks.tabular.personal_data import ExpectColumnValuesToBeFreeOfPersonalData

COUNTS_ONLY = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
    "exclude_unexpected_values": True,
}


def gate(
    table: pd.DataFrame, columns: Mapping[str, ColumnRule], *, n_rows: int
) -> tuple[ExpectationOutcome, ...]:
    """Return what Great Expectations says of a sanitised table: counts, never a cell.

    Args:
        table: (rows, columns) as `columns.apply` leaves it.
        columns: the declared rules, dropped columns included.
        n_rows: how many rows were read.

    Returns:
        Outcomes about the table first, then by column. A column that is not declared fails the
        column set; one that is declared and missing fails it too, and is not asked further.

    Raises:
        StageError: Great Expectations itself failed, so nothing is proven.
    """
    try:
        suite = ExpectationSuite(name="sanitised", expectations=list(_expectations(table, columns, n_rows)))
        with _quiet():
            result = _validate(table, suite)
        outcomes = [_projected(each, table) for each in result.results]
    except StageError:
        raise
    except Exception as error:
        raise _failed(type(error).__name__) from None
    if len(outcomes) != len(suite.expectations):
        raise _failed("a missing result")
    return tuple(sorted(outcomes, key=lambda one: (one.column or "", one.expectation)))


def _expectations(
    table: pd.DataFrame, columns: Mapping[str, ColumnRule], n_rows: int
) -> Iterator[Expectation]:
    declared = {name: rule for name, rule in sorted(columns.items()) if rule.action != "drop"}
    yield ExpectTableColumnsToMatchSet(column_set=list(declared), exact_match=True)
    yield ExpectTableRowCountToEqual(value=n_rows)
    for name in table.columns:
        yield ExpectColumnValuesToBeFreeOfPersonalData(column=name)
    for name, rule in declared.items():
        if name not in table.columns:
            continue
        yield ExpectColumnValuesToBeOfType(column=name, type_="float64" if is_number(rule) else "str")
        if must_be_filled(rule):
            yield ExpectColumnValuesToNotBeNull(column=name)


def _validate(table: pd.DataFrame, suite: ExpectationSuite) -> ExpectationSuiteValidationResult:
    """Validate in a context that lives in memory only and draws no progress bar."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("memory").add_dataframe_asset("sanitised")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": table})
    return batch.validate(suite, result_format=COUNTS_ONLY)


def _projected(result: ExpectationValidationResult, table: pd.DataFrame) -> ExpectationOutcome:
    """Keep names and counts of one result; without a count, a failure is one, over the table's rows."""
    info = result.exception_info or {}
    raised = info["raised_exception"] if "raised_exception" in info else bool(info)
    if raised or result.success is None:
        raise _failed("an exception inside an expectation")
    config, counts = result.expectation_config, result.result
    if config is None:
        raise _failed("a result without its expectation")
    return ExpectationOutcome(
        expectation=config.type,
        column=config.kwargs.get("column"),
        success=bool(result.success),
        n_cells=counts.get("element_count", len(table)),
        n_unexpected=counts.get("unexpected_count", 0 if result.success else 1),
    )


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
