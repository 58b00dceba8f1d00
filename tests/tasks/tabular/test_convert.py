"""Single columns: masks, bands of years and measures."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.tabular.convert import banded_dates, masked, measured

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
