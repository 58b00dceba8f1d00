"""Turn one column into what its rule asks for, and count the cells that cannot be turned."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tasks.tabular.cells import as_arrow, as_text, is_text, text_series
from tasks.tabular.problems import Problem

NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
INFINITE = r"(?i)^[+-]?inf(?:inity)?$"
ISO_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII | re.DOTALL)
N_SHOWN = 2
EXACT_MAX = 2.0**53


def masked(values: pd.Series) -> pd.Series:
    """Return text of the same length with `*` for all but the last two characters, (rows,); nulls stay.

    One or two characters are hidden whole: showing the last two would show everything.
    """
    text = as_text(as_arrow(values))
    stars = _starred(pc.utf8_slice_codeunits(text, 0, -N_SHOWN))
    shown = pc.utf8_slice_codeunits(text, -N_SHOWN)
    long = pc.greater(pc.utf8_length(text), N_SHOWN)
    return text_series(
        pc.if_else(long, pc.binary_join_element_wise(stars, shown, pa.scalar("", text.type)), _starred(text)),
        values,
    )


def banded_dates(values: pd.Series, years: int) -> tuple[pd.Series, list[Problem]]:
    """Return the year, `1957`, or the band of years, `1955-1959`, of ISO dates, (rows,); nulls stay.

    Args:
        values: `YYYY-MM-DD`, with or without a time, or a column of dates.
        years: width of a band; bands begin at its multiples.
    """
    encoded = as_text(as_arrow(values)).dictionary_encode()
    bands = [_band(text, years) for text in encoded.dictionary.to_pylist()]
    result = pa.array(bands, pa.large_string()).take(encoded.indices)
    n_unread = result.null_count - encoded.null_count
    return text_series(result, values), _problems(
        values, "not-a-date", n_unread, "no date", "write YYYY-MM-DD"
    )


def measured(values: pd.Series) -> tuple[pd.Series, list[Problem]]:
    """Return float64, (rows,), nulls as NaN; count cells that are no number or not finite."""
    array = as_arrow(values)
    if is_text(array):
        array = pc.utf8_trim_whitespace(array)
        infinite = pc.match_substring_regex(array, pattern=INFINITE)
        readable = pc.match_substring_regex(array, pattern=NUMBER)
        numbers = pc.cast(pc.if_else(readable, array, pa.scalar(None, array.type)), pa.float64())
        n_unread = _count(pc.invert(pc.or_(readable, infinite)))
        n_infinite = _count(infinite) + _count(pc.is_inf(numbers))
    elif pa.types.is_temporal(array.type):
        numbers = pa.nulls(len(array), pa.float64())
        n_unread, n_infinite = len(array) - array.null_count, 0
    else:
        numbers = pc.cast(array, pa.float64(), safe=False)
        n_unread, n_infinite = 0, _count(pc.is_inf(numbers))
    result = pd.Series(numbers.to_numpy(zero_copy_only=False), index=values.index, name=values.name)
    return result, [
        *_problems(values, "not-a-number", n_unread, "no number", "write plain numbers with a decimal point"),
        *_problems(values, "not-finite", n_infinite, "infinite", "leave such cells empty"),
    ]


def shortened(values: pd.Series, n_characters: int) -> pd.Series:
    """Return the first characters of each text, (rows,), after NFKC and without blanks around; nulls stay.

    What follows is cut, not starred: its length would tell, too. Text that is no longer than what is shown
    is hidden whole, because showing all of it generalises nothing.
    """
    text = pc.utf8_trim_whitespace(pc.utf8_normalize(as_text(as_arrow(values)), form="NFKC"))
    shown = pc.utf8_slice_codeunits(text, 0, n_characters)
    return text_series(
        pc.if_else(pc.greater(pc.utf8_length(text), n_characters), shown, _starred(text)), values
    )


def binned(values: pd.Series, width: float) -> tuple[pd.Series, list[Problem]]:
    """Return the lower bound of each number's bin, float64, (rows,); bins begin at multiples of the width."""
    numbers, problems = measured(values)
    with np.errstate(over="ignore", invalid="ignore"):
        place = np.floor(numbers / width)
        # Division rounds: the bounds themselves decide.
        place += (place + 1) * width <= numbers
        place -= place * width > numbers
        n_unplaced = int((place.abs() > EXACT_MAX).sum())
        lower = place * width + 0.0
    remedy = "choose a wider bin_width, or leave such cells empty"
    return lower, [
        *problems,
        *_problems(values, "bin-too-narrow", n_unplaced, "too large for the bin", remedy),
    ]


def _band(text: str, years: int) -> str | None:
    match = ISO_DATE.fullmatch(text)
    try:
        year = date.fromisoformat(match[1]).year if match else None
    except ValueError:
        return None
    if year is None or years == 1:
        return None if year is None else f"{year:04d}"
    first = year - year % years
    return f"{first:04d}-{first + years - 1:04d}"


def _problems(values: pd.Series, code: str, n_cells: int, are: str, remedy: str) -> list[Problem]:
    if not n_cells:
        return []
    return [Problem(code, repr(values.name), remedy, n_cells, f"cells that are {are}")]


def _starred(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, pattern=r"(?s).", replacement="*")


def _count(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0
