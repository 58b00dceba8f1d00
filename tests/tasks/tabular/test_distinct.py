"""Different values and repeated ones, over batches: the same as a table at once would tell."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from tasks.tabular import distinct
from tasks.tabular.distinct import DistinctCount, Repeats

BATCHES = st.lists(st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh"))))


def an_array(cells: list[str | None]) -> pa.Array:
    return pa.array(cells, pa.large_string())


@given(BATCHES, st.integers(0, 8))
def test_different_values_are_counted_as_pandas_counts_them(
    batches: list[list[str | None]], n_max: int
) -> None:
    count = DistinctCount(n_max)
    for batch in batches:
        count.add(an_array(batch))
    n = len({cell for batch in batches for cell in batch} - {None})
    assert count.n == (n if n <= n_max else None)


@given(BATCHES)
def test_repeated_cells_are_counted_as_pandas_counts_them(batches: list[list[str | None]]) -> None:
    repeats = Repeats("a")
    for batch in batches:
        repeats.add(an_array(batch))
    cells = pd.Series([cell for batch in batches for cell in batch], dtype="object").dropna()
    assert repeats.n_repeated() == cells.duplicated(keep=False).sum()


@pytest.mark.parametrize(("n", "fits"), [(3, True), (4, True), (5, False)])
def test_more_cells_than_can_be_remembered_are_refused(
    n: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distinct, "N_REMEMBERED_MAX", 4)
    repeats = Repeats("a")
    if fits:
        repeats.add(an_array(["x"] * n))
    else:
        with pytest.raises(ManifestError, match="more than 4 cells"):
            repeats.add(an_array(["x"] * n))
