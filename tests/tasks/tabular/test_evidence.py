"""What a column looks like is counted over batches as over the whole, and told without a cell."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.tabular import evidence
from tasks.tabular.evidence import DISTINCT_MAX, Evidence

CELLS = st.one_of(
    st.none(),
    st.integers(-9999, 10**16).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["a", "two words", "2026-11-23", "1.5", "7", "jane@example.org", "4000000000000002", " 8 "]
    ),
)


def of(cells, name="x") -> Evidence:
    (found,) = evidence.gather([pd.DataFrame({name: pd.Series(cells, dtype="str")})])
    return found


def counts(found: Evidence) -> dict[str, object]:
    fields = {name: value for name, value in vars(found).items() if name != "_distinct"}
    return fields | {"n_distinct": found.n_distinct}


@given(st.lists(CELLS, min_size=1, max_size=60), st.integers(0, 60))
def test_batches_add_up_to_the_whole(cells, cut):
    frame = pd.DataFrame({"x": pd.Series(cells, dtype="str")})
    parts = [part for part in (frame.iloc[:cut], frame.iloc[cut:]) if len(part)]
    (whole,), (added,) = evidence.gather([frame]), evidence.gather(parts)
    assert counts(whole) == counts(added)


@given(st.lists(CELLS, min_size=1, max_size=60))
def test_cells_are_empty_or_numbers_or_texts(cells):
    found = of(cells)
    assert found.n_rows == len(cells)
    assert found.n_missing + found.n_numbers + found.n_texts == found.n_rows
    assert found.n_luhn <= found.n_digits <= found.n_distinct <= found.n_filled


def test_days_sentences_and_digits_are_counted():
    assert of(["2026-11-23", "1.2.1950", "23/11/2026 12:00", "no day"]).n_dates == 3
    assert of(["three blanks in here", "none"]).n_words == 3
    cards = of(["4000000000000002", "4000000000000010", "4000000000000003"])
    assert (cards.n_digits, cards.n_luhn) == (3, 2)


@pytest.mark.parametrize("cells", [["1.0", "2"], [1.0, 2.0], [1, 2]], ids=["text", "floats", "integers"])
def test_whole_numbers_are_known_however_they_are_kept(cells):
    frame = pd.DataFrame({"x": cells})
    (whole,) = evidence.gather([frame])
    (broken,) = evidence.gather([frame, pd.DataFrame({"x": ["2.5"]})])
    assert (whole.is_whole, broken.is_whole) == (True, False)


def test_of_too_many_different_values_it_is_told_that_there_are_more():
    found = evidence.gather(pd.DataFrame({"x": range(n, n + 15_000)}) for n in (0, 15_000, 30_000))[0]
    assert found.has_many
    assert DISTINCT_MAX < found.n_distinct <= DISTINCT_MAX + 15_000


def test_nothing_of_a_cell_is_shown():
    assert "jane" not in repr(of(["jane@example.org"]))
