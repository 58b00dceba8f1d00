"""A text as sentences, a sentence as clauses, a clause as units: words or phrases that each do one thing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policy_checks.claim_language.letters import BREAKS, Word
from policy_checks.claim_language.lexicon import LONGEST_FROM, MEANINGS, Kind

UNITS_MAX = 80
"""Of a sentence; what runs on is cut, so that looking around in a sentence takes bounded time."""

DETERMINERS = frozenset({"the", "a", "an", "each", "every", "our", "its", "this", "that", "these", "all"})
JOINERS = frozenset({"and", "so", "which", "or", "then"})
CONDITIONS = frozenset(
    {"if", "unless", "should", "provided that", "in case", "until", "before", "were", "had"}
)


class Unit(NamedTuple):
    """A word or phrase; its kind says what it does, "mark" is punctuation, None says nothing."""

    text: str
    kind: Kind | None
    start: int
    end: int
    is_mark: bool = False


Units = Sequence[Unit]


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with one subject.

    Attributes:
        opening: what it begins with, where that makes it depend on the clause that follows.
    """

    units: Units
    opening: Unit | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """Clauses up to a full stop, and whether they ask."""

    units: Units
    clauses: tuple[Clause, ...]
    is_question: bool


def sentences(found: Sequence[Word]) -> Iterator[Sentence]:
    """Yield the sentences that words make."""
    units: list[Unit] = []
    for unit in _units(found):
        ends = unit.text in {".", "!", "?", "|", "\n"}
        if not ends:
            units.append(unit)
        if units and (ends or len(units) == UNITS_MAX):
            yield Sentence(units, tuple(_clauses(units)), unit.text == "?")
            units = []
    if units:
        yield Sentence(units, tuple(_clauses(units)), is_question=False)


def _units(found: Sequence[Word]) -> Iterator[Unit]:
    place = 0
    while place < len(found):
        first = found[place]
        longest = LONGEST_FROM.get(first.text, 0)
        for length in range(min(longest, len(found) - place), 0, -1):
            part = tuple(word.text for word in found[place : place + length])
            if part in MEANINGS:
                yield Unit(" ".join(part), MEANINGS[part], first.start, found[place + length - 1].end)
                place += length
                break
        else:
            kind: Kind | None = "no" if first.text.endswith("n't") else None
            yield Unit(first.text, kind, first.start, first.end, is_mark=not first.text[0].isalnum())
            place += 1


def _clauses(units: Units) -> Iterator[Clause]:
    """Yield the parts between strong marks, conjunctions and the comma that ends a leading part."""
    start = 0
    for place, unit in enumerate(units):
        if place > start and _divides(units, start, place):
            yield from _clause(units[start:place])
            start = place + (unit.is_mark or unit.kind == "but")
    yield from _clause(units[start:])


def _clause(units: Units) -> Iterator[Clause]:
    while units and units[0].is_mark:
        units = units[1:]
    if not units:
        return
    opens = units[0].kind in {"opening", "against", "if", "without"} or units[0].text in CONDITIONS | {"by"}
    yield Clause(units, units[0] if opens else None)


def _divides(units: Units, start: int, place: int) -> bool:
    unit = units[place]
    if unit.text in BREAKS or unit.text in {"(", ")"} or (unit.kind == "but" and unit.text != "so"):
        return True
    if unit.text != ",":
        return False
    first = units[start]
    after = units[place + 1] if place + 1 < len(units) else None
    return (
        first.kind in {"opening", "against", "if", "without", "no", "but", "self", "settled", "test"}
        or first.text in {"when", "to", "by", "far from"}
        or (after is not None and (after.text in JOINERS or after.kind in {"but", "settled", "self"}))
    )
