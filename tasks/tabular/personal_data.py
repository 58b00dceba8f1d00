"""Great Expectations' view of `detect`: one expectation, one metric, the same verdict cell by cell."""

from collections.abc import Sequence
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
from tasks.tabular.names import name_model

METRIC = "column_values.free_of_personal_data"


class ColumnValuesFreeOfPersonalData(ColumnMapMetricProvider):
    """True for each cell in which `flags` finds nothing that is not allowed; empty cells are not asked."""

    condition_metric_name = METRIC
    condition_value_keys = ("allowed", "names")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(
        cls, column: pd.Series, allowed: Sequence[str] | None = None, names: str | None = None, **_: Any
    ) -> pd.Series:
        found = name_model(names).flags(column) if names else np.zeros(len(column), dtype=bool)
        for entity, mask in flags(column, str(column.name)).items():
            if entity not in (allowed or ()):
                found |= mask
        return pd.Series(~found, index=column.index)


class ExpectColumnValuesToBeFreeOfPersonalData(ColumnMapExpectation):
    """Expect nothing personal in any cell.

    Attributes:
        allowed: entities that look personal here and are declared to be something else.
        names: folder of a model that finds names of persons; "" where none is asked.
    """

    allowed: tuple[str, ...] = ()
    names: str = ""

    map_metric: ClassVar[str] = METRIC
    success_keys: ClassVar[tuple[str, ...]] = ("allowed", "names", "mostly")
