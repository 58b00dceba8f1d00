"""What one text holds: the row-wise answer, which imports no table library and is quick to load.

`detect` gives the same answer for whole columns, and adds what only a column can tell.
"""

import re
from collections.abc import Iterator

from policy_checks.schemas.privacy import Entity
from tasks.tabular.disguise import decoded, normalised
from tasks.tabular.recognisers import FAMILIES
from tasks.tabular.recognisers.cues import Topic, topics_of_name

WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
TIME = r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
PSEUDONYM = (
    r"(?:id|email|phone|name|birth_date|address|free_text|category|card|national_id|other)-[0-9a-f]{32}"
)
HARMLESS = (
    r"[+-]?(?:0|[1-9][0-9]*)?[.,][0-9]*[1-9][0-9]*(?:[eE][+-]?[0-9]+)?"  # a fraction
    r"|-?[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]+"
    rf"|[12][0-9]{{3}}-[01][0-9]-[0-3][0-9](?:{TIME})?"
    r"|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
    r"|-?[0-9]{1,4}"
    rf"|{PSEUDONYM}"
)
NEUTRAL = (
    r"-?[0-9]+"
    r"|(?:0x|sha(?:1|256|512)[:-]|md5[:-])?"
    r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})|t-[0-9a-f]{16}"
)
NOTHING, NOTHING_UNTOLD = re.compile(HARMLESS), re.compile(f"{HARMLESS}|{NEUTRAL}")
GATES = tuple(re.compile(family.gate) for family in FAMILIES)
DIGIT = re.compile("[0-9]")


def recognised(text: str, column: str = "") -> frozenset[Entity]:
    """Return every entity that `text` holds; nothing personal is the empty set.

    Args:
        column: name of the column or field, which may be a cue.

    >>> sorted(recognised("write to ann [at] example [dot] org"))
    ['email']
    >>> recognised("12.5"), sorted(recognised("2125550142", "phone"))
    (frozenset(), ['phone'])
    """
    return in_normalised(normalised(text), topics_of_name(column))


def in_normalised(text: str, topics: frozenset[Topic]) -> frozenset[Entity]:
    """Return the same for a text that is normalised, under a column's topics."""
    text = whole(text.strip())
    if (NOTHING if topics else NOTHING_UNTOLD).fullmatch(text):
        return frozenset()
    return frozenset(_found(text, topics)) | in_decoded(text, topics)


def in_decoded(text: str, topics: frozenset[Topic]) -> frozenset[Entity]:
    """Return what the parts of a normalised text hold that are encoded, once."""
    return frozenset(entity for said in decoded(text) for entity in _found(said.strip(), topics))


def whole(text: str) -> str:
    """Return a whole number without the fraction that a spreadsheet gave it."""
    number = WHOLE_FLOAT.fullmatch(text)
    return number[1] if number else text


def _found(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    told = bool(topics) and DIGIT.search(text) is not None
    for family, gate in zip(FAMILIES, GATES, strict=True):
        if told or gate.search(text):
            yield from family.find(text, topics)
