"""Which cells of a column hold personal data, and of which kind.

A cheap test over distinct cells in Arrow comes first; each family of recognisers has a gate of its own
behind it, and sees only what passes. The verdict of a cell is that of `recognise.recognised`; what
only a column can tell (`column_statistics`) is added. Fractions, dates and truth values are never
personal. Names, addresses, birth dates and free text are declared, not detected.
"""

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from policy_checks.schemas.privacy import Entity
from tasks.tabular import disguise
from tasks.tabular.cells import as_arrow, as_text, is_text, is_whole
from tasks.tabular.column_statistics import column_entities
from tasks.tabular.disguise import LOST, normalised
from tasks.tabular.recognise import HARMLESS, NEUTRAL, in_decoded, whole
from tasks.tabular.recognisers import FAMILIES
from tasks.tabular.recognisers.cues import Topic, topics_of_name

Values: TypeAlias = Iterable[str] | pd.Series | pa.Array | pa.ChunkedArray
Mask: TypeAlias = NDArray[np.bool_]

SHORTEST = 10**6
NOT_PLAIN = r"[^\t\n\r -~]"
SPREADSHEET = r"^[0-9]+\.0+$"
SUSPECT = "|".join([*(family.gate for family in FAMILIES), disguise.GATE])


def detect(values: Values, column: str) -> dict[Entity, int]:
    """Return the number of cells for each entity that occurs; nothing personal is the empty dict.

    Args:
        values: (rows,) of text or numbers; nulls are skipped.
        column: the column's name, which may be a cue.

    >>> detect(["a@example.org", "12.5", "ISO 2026-11-23"], "remark")
    {'email': 1}
    """
    return {entity: int(mask.sum()) for entity, mask in flags(values, column).items()}


def flags(values: Values, column: str) -> dict[Entity, Mask]:
    """Return for each entity that occurs which cells hold it, (rows,) of bool."""
    array = _as_arrow(values)
    topics = topics_of_name(column)
    text = _searchable(array)
    if text is None:
        return {}
    encoded = text.dictionary_encode()
    distinct = _readable(encoded.dictionary)
    rows = np.asarray(encoded.indices.fill_null(-1))
    found = _recognised(distinct, topics) if topics or is_text(array) else {}
    for entity, mask in column_entities(distinct):
        found[entity] = found.get(entity, np.zeros_like(mask)) | mask
    return {entity: np.append(found[entity], False)[rows] for entity in sorted(found)}


def _as_arrow(values: Values) -> pa.Array:
    """Return one array; halves of characters, which UTF-8 cannot hold, are lost."""
    try:
        return as_arrow(values)
    except UnicodeEncodeError:
        cells = values.tolist() if isinstance(values, pd.Series) else list(values)
        return as_arrow([_whole_characters(cell) if isinstance(cell, str) else cell for cell in cells])


def _whole_characters(text: str) -> str:
    return "".join(LOST if "\ud800" <= character <= "\udfff" else character for character in text)


def _searchable(array: pa.Array) -> pa.Array | None:
    """Return the cells as text, or None where a type or size can hold nothing personal."""
    kind = array.type
    if is_text(array):
        return pc.cast(array, pa.large_string())
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or is_whole(array):
        largest = pc.max(array).as_py()
        return as_text(array) if largest is not None and largest >= SHORTEST else None
    return None


def _readable(text: pa.Array) -> pa.Array:
    """Return text as `recognise` reads it: normalised, trimmed, whole numbers without a fraction of zeros."""
    text = pc.utf8_trim_whitespace(text)
    strange = pc.or_(
        pc.match_substring_regex(text, pattern=NOT_PLAIN), pc.match_substring_regex(text, pattern=SPREADSHEET)
    )
    if not pc.any(strange).as_py():
        return text
    plain = [whole(normalised(cell).strip()) for cell in text.filter(strange).to_pylist()]
    return pc.replace_with_mask(text, strange, pa.array(plain, pa.large_string()))


def _recognised(distinct: pa.Array, topics: frozenset[Topic]) -> dict[Entity, Mask]:
    """Return which distinct cells hold what; `recognise.in_normalised`, a family at a time."""
    suspect = pc.match_substring_regex(distinct, pattern=SUSPECT)
    if topics:
        suspect = pc.or_(suspect, pc.match_substring_regex(distinct, pattern="[0-9]"))
    places = np.flatnonzero(np.asarray(suspect))
    harmless = HARMLESS if topics else f"{HARMLESS}|{NEUTRAL}"
    places = places[~_matches(distinct, places, f"^(?:{harmless})$")]
    found: dict[Entity, Mask] = {}
    told = _matches(distinct, places, "[0-9]") if topics else np.zeros(len(places), dtype=bool)
    for family in FAMILIES:
        open_places = places[told | _matches(distinct, places, family.gate)]
        for place, text in zip(open_places, distinct.take(pa.array(open_places)).to_pylist(), strict=True):
            for entity in family.find(text, topics):
                found.setdefault(entity, np.zeros(len(distinct), dtype=bool))[place] = True
    coded = places[_matches(distinct, places, disguise.GATE)]
    for place, text in zip(coded, distinct.take(pa.array(coded)).to_pylist(), strict=True):
        for entity in in_decoded(text, topics):
            found.setdefault(entity, np.zeros(len(distinct), dtype=bool))[place] = True
    return found


def _matches(distinct: pa.Array, places: NDArray[np.int64], pattern: str) -> Mask:
    cells = distinct.take(pa.array(places))
    return np.asarray(pc.match_substring_regex(cells, pattern=pattern)).astype(bool)
