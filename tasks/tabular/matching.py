"""Does text match a pattern? Asked of RE2, whose time grows with the text's length only.

Great Expectations would ask Python's engine, which a pattern can keep busy for ever.
"""

from typing import Any, ClassVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from tasks.tabular.cells import as_arrow, as_text

METRIC = "column_values.match_linear_regex"


def is_pattern(regex: str) -> bool:
    """Return whether RE2 understands a pattern; it knows neither look-around nor back-references."""
    try:
        pc.match_substring_regex(pa.array([""]), pattern=regex)
    except pa.ArrowInvalid:
        return False
    return True


class ColumnValuesMatchLinearRegex(ColumnMapMetricProvider):
    """True for each cell in which the pattern is found; empty cells are not asked."""

    condition_metric_name = METRIC
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, regex: str, **_: Any) -> pd.Series:
        found = pc.match_substring_regex(as_text(as_arrow(column)), pattern=regex)
        return pd.Series(found.to_numpy(zero_copy_only=False), index=column.index)


class ExpectColumnValuesToMatchLinearRegex(ColumnMapExpectation):
    """Expect the pattern to be found in every cell."""

    regex: str
    map_metric: ClassVar[str] = METRIC
    success_keys = ("regex", "mostly")
