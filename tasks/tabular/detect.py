"""Which cells hold an e-mail, a telephone number, a payment card or a US social security number?

A cheap test over distinct values in Arrow comes first; the recognisers see only what it leaves.
Fractions, dates and truth values are never personal. Digits alone need a cue, but a column of which
at least half are valid card numbers is a column of cards, whatever its name.

Limits: 17 to 19 digits in a floating column are already rounded; non-Latin digits are not mapped;
names, addresses and birth dates are declared, not detected.
"""

import re
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.tabular.cells import as_arrow, as_text, is_text, is_whole
from tasks.tabular.recognisers import RECOGNISERS, Entity, is_card

Values: TypeAlias = Iterable[str] | pd.Series | pa.Array | pa.ChunkedArray
Mask: TypeAlias = NDArray[np.bool_]

CARD_SHARE_MIN = 0.5
SHORTEST = 10**6
SUSPECT = r"@|[0-9](?:[ ().\-/]{0,3}[0-9]){6}"
FRACTION = r"^[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?$"
INVISIBLE = r"[\x{00AD}\x{034F}\x{061C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]"
DASHES = r"[\x{058A}\x{2010}-\x{2015}\x{2043}\x{2212}\x{FE58}\x{FE63}\x{FF0D}]"
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


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
    text = _searchable(as_arrow(values))
    if text is None:
        return {}
    encoded = text.dictionary_encode()
    distinct = normalised(encoded.dictionary)
    rows = np.asarray(encoded.indices.fill_null(-1))
    found = _recognised(distinct, column)
    cards = _card_column(distinct, rows)
    if cards is not None:
        found["card"] = found.get("card", np.zeros_like(cards)) | cards
    return {entity: np.append(found[entity], False)[rows] for entity in sorted(found)}


def normalised(text: pa.Array) -> pa.Array:
    """Return text after NFKC, without invisible characters, with ASCII dashes, trimmed, `.0` cut off.

    Full-width letters, soft hyphens and spreadsheet floats hide a value from patterns, not from people.
    """
    if not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.utf8_normalize(text, form="NFKC")
        text = pc.replace_substring_regex(text, pattern=INVISIBLE, replacement="")
        text = pc.replace_substring_regex(text, pattern=DASHES, replacement="-")
    text = pc.utf8_trim_whitespace(text)
    return pc.replace_substring_regex(text, pattern=r"^([0-9]+)\.0+$", replacement=r"\1")


def _searchable(array: pa.Array) -> pa.Array | None:
    """Return the cells as text, or None where a type or size can hold nothing personal."""
    kind = array.type
    if is_text(array):
        return pc.cast(array, pa.large_string())
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or is_whole(array):
        largest = pc.max(array).as_py()
        return as_text(array) if largest is not None and largest >= SHORTEST else None
    return None


def _recognised(distinct: pa.Array, column: str) -> dict[Entity, Mask]:
    suspect = pc.and_not(
        pc.match_substring_regex(distinct, pattern=SUSPECT),
        pc.match_substring_regex(distinct, pattern=FRACTION),
    )
    places = np.flatnonzero(np.asarray(suspect))
    candidates = distinct.take(pa.array(places))
    name = " ".join(WORDS.findall(column))
    found: dict[Entity, Mask] = {}
    for recogniser in RECOGNISERS:
        mask = found.setdefault(recogniser.entity, np.zeros(len(distinct), dtype=bool))
        gated = np.asarray(pc.match_substring_regex(candidates, pattern=recogniser.gate))
        open_places = places[gated & ~mask[places]]
        cued = recogniser.cue is not None and recogniser.cue.search(name) is not None
        texts = distinct.take(pa.array(open_places)).to_pylist()
        mask[open_places] = [recogniser.finds(text, cued) for text in texts]
    return {entity: mask for entity, mask in found.items() if mask.any()}


def _card_column(distinct: pa.Array, rows: NDArray[np.int32]) -> Mask | None:
    """Return which distinct values are card numbers, if at least half of the filled cells are."""
    shaped = np.asarray(pc.match_substring_regex(distinct, pattern=r"^[0-9]{13,19}$"))
    filled = np.append(np.asarray(pc.greater(pc.utf8_length(distinct), 0)), False)[rows]
    if not filled.any() or shaped[rows][filled].mean() < CARD_SHARE_MIN:
        return None
    cards = np.zeros(len(distinct), dtype=bool)
    places = np.flatnonzero(shaped)
    cards[places] = [is_card(text) for text in distinct.take(pa.array(places)).to_pylist()]
    return cards if cards[rows][filled].mean() >= CARD_SHARE_MIN else None
