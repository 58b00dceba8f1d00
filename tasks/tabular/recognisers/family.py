"""A family of recognisers: a cheap gate that Arrow and Python read alike, and who looks behind it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic

Find = Callable[[str, frozenset[Topic]], Iterator[Entity]]
BEGIN, END = r"(?<![\w.+-])", r"(?![\w-]|\.\d)"


@dataclass(frozen=True)
class Family:
    """Entities that are sought together.

    Attributes:
        gate: RE2 pattern, ASCII only, that matches every normalised text in which `find` finds anything
            while the column's name says nothing.
        find: yields entities of a normalised text; the topics are those of the column's name.
    """

    gate: str
    find: Find


def pattern(body: str, *, any_case: bool = False) -> re.Pattern[str]:
    """Return a pattern that stands alone: no letter, digit or fraction touches it."""
    return re.compile(BEGIN + body + END, re.ASCII | (re.IGNORECASE if any_case else 0))


def digits_of(text: str) -> str:
    """Return the ASCII digits of a text."""
    return re.sub(r"[^0-9]", "", text)
