"""Great Expectations' view of `detect`: one expectation, one metric, the same verdict cell by cell."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)

from tasks.tabular.detect import flags

METRIC = "column_values.free_of_personal_data"


class ColumnValuesFreeOfPersonalData(ColumnMapMetricProvider):
    """True for each cell in which `flags` finds nothing; empty cells are not asked."""

    condition_metric_name = METRIC

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:
        found = np.zeros(len(column), dtype=bool)
        for mask in flags(column, str(column.name)).values():
            found |= mask
        return pd.Series(~found, index=column.index)


class ExpectColumnValuesToBeFreeOfPersonalData(ColumnMapExpectation):
    """Expect no e-mail, telephone number, payment card or US social security number in any cell."""

    map_metric: ClassVar[str] = METRIC
