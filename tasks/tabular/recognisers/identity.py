"""Numbers of persons: social security, tax, health, passport; by shape, check digits, and words that announce them.

Shapes with letters that nothing else has may stand alone; all others need a word beside them or in
the column's name. In a column whose name says which number it holds, the shape convicts without the
check digits: a mistyped number is still somebody's.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic, topics_near
from tasks.tabular.recognisers.family import Family, digits_of, pattern
from tasks.tabular.recognisers.identity_numbers import IDENTITY_NUMBERS, IdentityNumber

GAP = "[ ./-]?"
CLASSES = {"9": "[0-9]", "A": "[A-Za-z]", "N": "[0-9A-Za-z]"}
EDGES = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
CANDIDATE = re.compile(
    r"(?<![^\W_])(?:[A-Za-z]{1,6}[ -]?)?(?=(\d))(?:\d(?:[ ./+-]?(?:\d|[A-Za-z]{1,2}(?![A-Za-z]))){4,22})",
    re.ASCII,
)
SPAN = 28
SSN_DASHED = pattern(r"\d{3}-\d\d-\d{4}")
SSN_ANY = pattern(r"\d{3}([ .-]?)\d\d\1\d{4}")
NINO = pattern(
    r"(?:(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]|[A-Z]{2}(?: \d\d){3} [A-DT]|[A-Z]{2}(?:-\d\d){3}-[A-DT])",
    any_case=True,
)
NINO_CUED = pattern(r"[A-Z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-Z ]?", any_case=True)
PASSPORT = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Z]{6,12}|\d\d ?\d\d ?\d{6}|[A-Z]{1,3}[ -]\d{6,8})(?![0-9A-Za-z])"
)
WHOLE_ID = re.compile(r"[0-9A-Za-z](?:[ ./+-]?[0-9A-Za-z]){5,21}")
DATE = re.compile(r"\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4}|\d{4} ?[-/] ?\d{4}")
DIGITS_MIN, PASSPORT_DIGITS_MIN = 5, 4
PASSPORT_WORDS = (
    "passport|passeport|reisepass|pasaporte|passaport|paspoort|paszport|pasaport|passin?[ :]|utlevel|putovnic|passn|passno|cestovn|pasu[ :]|ppt[ :.]|potni list|"
    "паспорт|διαβατηρι|דרכון|جواز|护照|護照|パスポート|旅券|여권|पासपोर्ट|หนังสือเดินทาง"
)


UNRELATED = frozenset({"other", "phone", "card", "iban", "mac", "secret"})


def find(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    """Yield every identity that the text holds."""
    found: set[Entity] = set(_alone(text))
    if topics:
        found |= set(_said_by_column(text, topics))
    for match in CANDIDATE.finditer(text):
        near = topics | topics_near(text, match.start(1), match.end())
        if near - UNRELATED:
            around = text[max(0, match.start() - 1) : match.start() + SPAN + 8]
            found.update(_said_nearby(around, near, found))
    for match in PASSPORT.finditer(text):
        if len(digits_of(match[0])) >= PASSPORT_DIGITS_MIN and (
            "passport" in topics or "passport" in topics_near(text, match.start(), match.end())
        ):
            found.add("passport")
    yield from found


def is_valid(number: IdentityNumber, text: str) -> bool:
    """Return whether the number's own rules accept `text`; without rules the shape has said all."""
    if not number.module:
        return True
    try:
        return bool(_module(number.module).is_valid(text.upper()))
    except (ValueError, IndexError, KeyError, TypeError):
        return False


@lru_cache(maxsize=256)
def shaped(shapes: str) -> re.Pattern[str]:
    """Return the pattern of `IdentityNumber.shapes`, separators allowed everywhere."""
    bodies = (
        GAP.join(CLASSES[sign] for sign in shape) for shape in sorted(shapes.split(), key=len, reverse=True)
    )
    return re.compile(f"{EDGES[0]}(?:{'|'.join(bodies)}){EDGES[1]}")


def _alone(text: str) -> Iterator[Entity]:
    for match in ALONE.finditer(text):
        number = IDENTITY_NUMBERS[int(str(match.lastgroup)[1:])]
        if is_valid(number, match[0]):
            yield number.entity
    for match in SSN_DASHED.finditer(text):
        yield from _ssn(match[0])
    if NINO.search(text):
        yield "uk_nino"


def _ssn(text: str) -> Iterator[Entity]:
    """Yield what nine digits are in the US: a tax number of a person begins with 9 and has a group of its own."""
    digits = digits_of(text)
    if digits[:3] in ("000", "666") or digits[3:5] == "00" or digits[5:] == "0000":
        return
    yield "us_itin" if _module("us.itin").is_valid(digits) else "us_ssn"


def _said_by_column(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    if DATE.fullmatch(text):
        return
    for number in IDENTITY_NUMBERS:
        if number.topic in topics and shaped(number.shapes).fullmatch(text):
            yield number.entity
    of_us = topics & {"us_ssn", "us_itin"} and SSN_ANY.fullmatch(text)
    if "national" in topics and not of_us and WHOLE_ID.fullmatch(text) and len(digits_of(text)) >= DIGITS_MIN:
        yield "national_id"


def _said_nearby(text: str, near: frozenset[Topic], known: set[Entity]) -> Iterator[Entity]:
    """Yield what is announced by name; "tax id" and its like may announce any number that has check digits."""
    found = {
        one.entity
        for one in IDENTITY_NUMBERS
        if one.topic in near and one.entity not in known and _holds(text, one)
    }
    if near & {"us_ssn", "us_itin"}:
        found.update(entity for match in SSN_ANY.finditer(text) for entity in _ssn(match[0]))
    if "uk_nino" in near and NINO_CUED.search(text):
        found.add("uk_nino")
    if not found and "national" in near and "national_id" not in known and _holds_any(text):
        found.add("national_id")
    yield from found


@lru_cache(maxsize=65_536)
def _holds_any(text: str) -> bool:
    """Return whether a text holds a number that any state checks; numbers of one shape are looked for once."""
    return any(
        is_valid(number, match[0])
        for shapes, numbers in BY_SHAPES.items()
        for match in shaped(shapes).finditer(text)
        for number in numbers
    )


def _holds(text: str, number: IdentityNumber) -> bool:
    return any(is_valid(number, match[0]) for match in shaped(number.shapes).finditer(text))


@lru_cache(maxsize=256)
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


ALONE = pattern(
    "(?:"
    + "|".join(f"(?P<n{place}>{one.alone})" for place, one in enumerate(IDENTITY_NUMBERS) if one.alone)
    + ")"
)
BY_SHAPES = {
    shapes: [one for one in IDENTITY_NUMBERS if one.shapes == shapes and one.rate is not None]
    for shapes in dict.fromkeys(one.shapes for one in IDENTITY_NUMBERS if one.rate is not None)
}
IDENTITY = Family(
    r"[0-9](?:[ ().\-/+]{0,2}[A-Za-z]?[0-9]){5}|[A-Za-z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}"
    rf"|[A-Za-z]{{6}}(?:[0-9L-NP-Vl-np-v]{{2}}[A-Za-z]){{2}}[0-9L-NP-Vl-np-v]{{3}}[A-Za-z]|[A-Za-z]{{4,5}}[ -]?[0-9]{{4}}|(?i:{PASSPORT_WORDS})",
    find,
)
