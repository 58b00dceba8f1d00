"""Single columns: masks, bands of years and measures."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.tabular.convert import banded_dates, binned, masked, measured, shortened

TEXT = st.text(st.characters(codec="utf-8"))


def arrow(values: list[object], kind: pa.DataType | None = None) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, kind)), name="x")


def codes(problems: list) -> list[str]:
    return [problem.code for problem in problems]


@given(st.lists(TEXT))
def test_a_mask_keeps_length_and_at_most_the_last_two_characters(values: list[str]) -> None:
    for before, after in zip(values, masked(pd.Series(values, dtype="str")), strict=True):
        n_hidden = len(before) - 2 if len(before) > 2 else len(before)
        assert after == "*" * n_hidden + before[n_hidden:]


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("1", "*"), ("12", "**"), ("123", "*23"), ("a\nb\nc", "***\nc"), ("\U0001f600abc", "**bc")],
    ids=["empty", "one", "two", "three", "lines", "beyond-16-bit"],
)
def test_a_mask_of_short_and_odd_text(before: str, after: str) -> None:
    assert masked(pd.Series([before, None], dtype="str")).to_list()[0] == after


def test_a_number_is_masked_by_its_digits() -> None:
    assert masked(arrow([2125550142])).to_list() == ["********42"]


@given(st.lists(st.dates()), st.sampled_from([1, 5]))
def test_a_date_falls_into_its_band(days: list[date], years: int) -> None:
    bands, problems = banded_dates(pd.Series([str(day) for day in days], dtype="str"), years)
    assert problems == []
    for day, band in zip(days, bands, strict=True):
        first, last = int(band[:4]), int(band[-4:])
        assert first <= day.year <= last
        assert last - first == years - 1
        assert first % years == 0 or years == 1


@pytest.mark.parametrize(
    ("day", "band"),
    [
        ("1954-12-31", "1950-1954"),
        ("1955-01-01", "1955-1959"),
        ("1959-12-31", "1955-1959"),
        ("1960-01-01", "1960-1964"),
    ],
)
def test_bands_of_five_years_begin_at_multiples_of_five(day: str, band: str) -> None:
    assert banded_dates(pd.Series([day]), 5)[0].to_list() == [band]


@pytest.mark.parametrize(
    "values",
    [
        arrow(["1957-03-04"]),
        arrow(["1957-03-04T05:06:07Z"]),
        arrow([date(1957, 3, 4)]),
        arrow([datetime(1957, 3, 4, 5, 6)], pa.timestamp("ns")),
        pd.Series(pd.to_datetime(["1957-03-04"])),
    ],
    ids=["text", "text-with-time", "date", "moment", "pandas"],
)
def test_every_way_to_store_a_date_gives_the_same_year(values: pd.Series) -> None:
    assert banded_dates(values, 1)[0].to_list() == ["1957"]


@pytest.mark.parametrize(
    "text",
    [
        "03/04/1957",
        "1957",
        "19570304",
        "1957-W10-1",
        "1957-02-30",
        "1957-3-4",
        "",
        "1957-03-04x",
        "\uff11\uff19\uff15\uff17-03-04",
    ],
)
def test_what_is_no_iso_date_is_counted_and_not_shown(text: str) -> None:
    values = pd.Series([text, "1957-03-04", None, text], name="birth_date", dtype="str")
    _, (problem,) = banded_dates(values, 1)
    assert (problem.code, problem.found) == ("not-a-date", "'birth_date' has 2 cells that are no date")


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))))
def test_numbers_as_text_come_back_exactly(values: list[float | None]) -> None:
    text = arrow([None if value is None else repr(value) for value in values], pa.string())
    result, problems = measured(text)
    assert problems == []
    assert result.dtype == np.float64
    assert np.array_equal(result, np.array([np.nan if v is None else v for v in values]), equal_nan=True)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        *[
            (cell, "not-a-number")
            for cell in ("abc", "1,5", "0x10", "1_000", "nan", "NaN", "-", ".", "1e", "٣", "")
        ],
        *[(cell, "not-finite") for cell in ("inf", "-Infinity", "+INF", "1e999", "-1e999")],
    ],
)
def test_text_that_is_no_finite_number_is_counted_and_not_shown(cell: str, code: str) -> None:
    _, problems = measured(arrow(["1.5", cell, None, cell]))
    assert codes(problems) == [code]
    assert "2 cells" in problems[0].found


@pytest.mark.parametrize("cell", ["1", "+1", "-1", "1.", ".5", " 1.5 ", "1e5", "1E-5", "007"])
def test_plain_numbers_are_read(cell: str) -> None:
    result, problems = measured(arrow([cell]))
    assert (result.to_list(), problems) == ([float(cell)], [])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (arrow([1, None]), [1.0, np.nan]),
        (arrow([True, False]), [1.0, 0.0]),
        (arrow([1.5, float("nan")]), [1.5, np.nan]),
        (arrow([2**60], pa.int64()), [float(2**60)]),
    ],
    ids=["whole", "truth-values", "floating-with-nan", "beyond-exact"],
)
def test_numbers_of_every_type_become_float64(values: pd.Series, expected: list[float]) -> None:
    result, problems = measured(values)
    assert problems == []
    assert np.array_equal(result, expected, equal_nan=True)


def test_infinite_numbers_and_dates_are_no_measures() -> None:
    assert codes(measured(arrow([1.0, float("inf")]))[1]) == ["not-finite"]
    assert codes(measured(arrow([date(1957, 3, 4), None]))[1]) == ["not-a-number"]


def test_a_column_keeps_its_index_and_name() -> None:
    values = pd.Series(["1957-03-04", "1960-01-01"], index=[7, 3], name="x")
    numbers = pd.Series(["1", "2"], index=[7, 3], name="x")
    for result in (masked(values), banded_dates(values, 1)[0], measured(numbers)[0]):
        assert (result.index.to_list(), result.name, result.notna().all()) == ([7, 3], "x", True)


WIDTHS = st.floats(1e-3, 1e6)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), WIDTHS)
def test_a_number_lies_in_the_bin_that_its_lower_bound_names(values: list[float], width: float) -> None:
    lower, problems = binned(pd.Series(values), width)
    assert problems == []
    place = np.rint(lower / width)
    assert np.array_equal(place * width, lower)
    assert (lower <= values).all()
    assert ((place + 1) * width > values).all()


@pytest.mark.parametrize(
    ("value", "width", "lower"),
    [
        (0.25, 0.1, 0.2),
        (0.3, 0.1, 0.2),
        (1.7, 0.1, 1.6),
        (4.3, 0.1, 4.3),
        (-0.5, 1.0, -1.0),
        (-0.0, 1.0, 0.0),
        (4.99, 5, 0),
        (5, 5, 5),
    ],
)
def test_bins_begin_at_multiples_as_floating_point_has_them(value: float, width: float, lower: float) -> None:
    found = binned(pd.Series([value]), float(width))[0].to_list()[0]
    assert found == lower
    assert np.copysign(1, found) == (-1 if found < 0 else 1)


def test_empty_cells_have_no_bin_and_numbers_beyond_every_bin_are_counted() -> None:
    values = pd.Series([1.0, None, 1e300], name="x")
    lower, problems = binned(values, 1e-3)
    assert lower.isna().to_list()[1]
    assert codes(problems) == ["bin-too-narrow"]
    assert codes(binned(pd.Series(["a"], name="x"), 1.0)[1]) == ["not-a-number"]


@given(st.lists(TEXT), st.integers(1, 8))
def test_a_prefix_shows_at_most_its_characters_and_never_a_whole_cell(values: list[str], n: int) -> None:
    for before, after in zip(values, shortened(pd.Series(values, dtype="str"), n), strict=True):
        assert len(after) <= n
        assert after.strip("*") == "" or len(before) > 0
        if set(after) - {"*"}:
            assert len(after) == n


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("75008", "75"),
        (" 75008 ", "75"),
        ("\uff17\uff15\uff10\uff10\uff18", "75"),
        ("75", "**"),
        ("7", "*"),
        ("", ""),
        ("SW1A 1AA", "SW"),
    ],
)
def test_a_prefix_of_postcodes(before: str, after: str) -> None:
    assert shortened(pd.Series([before, None], dtype="str"), 2).to_list()[0] == after


def test_a_postcode_that_was_read_as_a_number_is_shortened_like_its_digits() -> None:
    assert shortened(arrow([75008.0, 75009.5]), 3).to_list() == ["750", "750"]
