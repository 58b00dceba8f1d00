"""How many different values are there, over all batches: exact up to a limit, and memory bounded by it."""

from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from policy_checks.errors import ManifestError
from tasks.tabular.cells import as_text

N_COUNTED_MAX = 10_000
N_REMEMBERED_MAX = 1 << 24
FINGERPRINT_BYTES = 16


class DistinctCount:
    """Counts different values until there are more than a limit; then it forgets them all."""

    def __init__(self, n_max: int = N_COUNTED_MAX) -> None:
        self._values: set[object] | None = set()
        self._n_max = n_max

    def add(self, array: pa.Array) -> None:
        """Count the cells of one more batch; nulls are none."""
        if self._values is None:
            return
        distinct = pc.unique(array)
        if len(distinct) > self._n_max + 1:
            self._values = None
            return
        self._values.update(value for value in distinct.to_pylist() if value is not None)
        if len(self._values) > self._n_max:
            self._values = None

    @property
    def n(self) -> int | None:
        """The exact number, or None if it is above the limit."""
        return None if self._values is None else len(self._values)


class Repeats:
    """Counts cells whose value stands more than once in a whole column, by fingerprints of 128 bits."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._batches: list[np.ndarray] = []
        self.n_cells = self.n_missing = 0

    def add(self, array: pa.Array) -> None:
        """Remember the cells of one more batch; nulls are none.

        Raises:
            ManifestError: more cells than can be remembered.
        """
        self.n_cells, self.n_missing = self.n_cells + len(array), self.n_missing + array.null_count
        if self.n_cells > N_REMEMBERED_MAX:
            raise ManifestError(
                "uniqueness-too-large",
                f"{self._column!r} is expected to be unique, but has more than {N_REMEMBERED_MAX:,} cells.",
                "Leave out this expectation, or check it where the table is made.",
            )
        texts = as_text(array.drop_null()).to_pylist()
        marks = b"".join(blake2b(text.encode(), digest_size=FINGERPRINT_BYTES).digest() for text in texts)
        self._batches.append(np.frombuffer(marks, dtype=[("high", "<u8"), ("low", "<u8")]))

    def n_repeated(self) -> int:
        """Return how many cells share their value with another one."""
        if not self._batches:
            return 0
        marks = np.concatenate(self._batches)
        marks.sort(order=("high", "low"))
        same = marks[1:] == marks[:-1]
        return int((np.append(same, False) | np.append(False, same)).sum())
