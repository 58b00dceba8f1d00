"""How far do rows hide among others? k-anonymity and distinct l-diversity, counted over batches.

Rows that hold the same in every quasi-identifier are one combination; an empty cell is a value of its own.
Memory depends on the number of combinations, which is limited.

Source: Sweeney (2002), k-anonymity; Machanavajjhala et al. (2007), l-diversity, section 4 (distinct).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from policy_checks.errors import ManifestError
from policy_checks.schemas.artifacts import AnonymityOutcome
from policy_checks.schemas.privacy import Anonymity
from tasks.tabular.cells import as_arrow

N_COMBINATIONS_MAX = 1_000_000
ROWS, SENSITIVE, VALUES, SMALL = "rows", "sensitive", "values", "small"


class Combinations:
    """Counts the combinations of a table batch by batch.

    Args:
        wanted: what is asked, and of which columns.
        target: what nobody shall learn of a person unless another column is named.
    """

    def __init__(self, wanted: Anonymity, target: str) -> None:
        self.wanted = wanted
        self._sensitive = wanted.sensitive or target
        self._places = [str(number) for number in range(len(wanted.quasi_identifiers))]
        self._keys = [*self._places, SENSITIVE] if wanted.l else self._places
        self._counted: pa.Table | None = None
        self._waiting: list[pa.Table] = []

    def add(self, batch: pd.DataFrame) -> None:
        """Count the rows of one more sanitised batch.

        Raises:
            ManifestError: too many different combinations to count, let alone to hide in.
        """
        cells = self._identifying(batch)
        if self.wanted.l:
            cells = cells.append_column(SENSITIVE, _cells(batch, self._sensitive))
        found = cells.group_by(self._keys).aggregate([([], "count_all")])
        self._waiting.append(found.rename_columns({"count_all": ROWS}))
        n_waiting = sum(table.num_rows for table in self._waiting)
        if self._counted is None or n_waiting > self._counted.num_rows:
            self._merge()

    def small(self, batch: pd.DataFrame) -> NDArray[np.bool_]:
        """Return which rows of a batch stand in combinations that are too small or too uniform, (rows,)."""
        groups = self._groups()
        below = groups[groups[SMALL]][[*self._places, SMALL]]
        rows = _frame(self._identifying(batch)).merge(below, how="left", on=self._places)
        return np.asarray(rows[SMALL].notna(), dtype=bool)

    def outcome(self, *, suppressed: bool, n_classes_lost: int = 0) -> AnonymityOutcome:
        """Return what was found, before and after the small combinations were left out."""
        groups = self._groups()
        left = groups[~groups[SMALL]] if suppressed else groups
        n_below = int(groups.loc[groups[SMALL], ROWS].sum())
        return AnonymityOutcome(
            quasi_identifiers=self.wanted.quasi_identifiers,
            k=self.wanted.k,
            n_combinations=len(groups),
            smallest_before=_least(groups, ROWS),
            smallest_after=_least(left, ROWS),
            n_rows_below=n_below,
            n_suppressed=n_below if suppressed else 0,
            n_classes_lost=n_classes_lost,
            l=self.wanted.l,
            least_diverse_before=_least(groups, VALUES) if self.wanted.l else None,
            least_diverse_after=_least(left, VALUES) if self.wanted.l else None,
            risk_max=1 / _least(left, ROWS) if len(left) else 0.0,
            risk_mean=len(left) / int(left[ROWS].sum()) if len(left) else 0.0,
        )

    def _identifying(self, batch: pd.DataFrame) -> pa.Table:
        names = zip(self._places, self.wanted.quasi_identifiers, strict=True)
        return pa.table({place: _cells(batch, column) for place, column in names})

    def _merge(self) -> None:
        tables = [*([self._counted] if self._counted is not None else []), *self._waiting]
        whole = pa.concat_tables(tables).group_by(self._keys).aggregate([(ROWS, "sum")])
        self._counted, self._waiting = whole.rename_columns({f"{ROWS}_sum": ROWS}), []
        if whole.num_rows > N_COMBINATIONS_MAX:
            raise ManifestError(
                "too-many-combinations",
                f"The quasi-identifiers {_named(self.wanted.quasi_identifiers)} have more than "
                f"{N_COMBINATIONS_MAX:,} combinations.",
                "Generalise these columns further, or name fewer of them.",
            )

    def _groups(self) -> pd.DataFrame:
        """Return one row a combination: its cells, rows, different sensitive values, and whether it is small."""
        self._merge()
        counted = pa.table({}) if self._counted is None else self._counted
        sums = counted.group_by(self._places).aggregate([(ROWS, "sum"), (ROWS, "count")])
        groups = _frame(sums.rename_columns({f"{ROWS}_sum": ROWS, f"{ROWS}_count": VALUES}))
        groups[SMALL] = groups[ROWS] < self.wanted.k
        if self.wanted.l:
            groups[SMALL] |= groups[VALUES] < self.wanted.l
        return groups


def _cells(batch: pd.DataFrame, column: str) -> pa.Array:
    """Return a column with one zero: -0.0 and 0.0 are the same to whoever looks."""
    cells = as_arrow(batch[column])
    return pc.add(cells, 0.0) if pa.types.is_floating(cells.type) else cells


def _frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _least(groups: pd.DataFrame, column: str) -> int:
    return int(groups[column].min()) if len(groups) else 0


def _named(columns: Sequence[str]) -> str:
    return ", ".join(repr(column) for column in columns)
