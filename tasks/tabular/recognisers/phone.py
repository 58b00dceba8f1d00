"""Telephone numbers: international ones anywhere, national ones where a word or the column says so."""

import re
from collections.abc import Iterator

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic, topics_near
from tasks.tabular.recognisers.family import Family, digits_of

BEGIN, END = r"(?<![\w+-])(?<!\d[.,])", r"(?![\w-]|\.\d)"
EXTENSION = r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|poste|#)[ :=]?\d{1,6})?"
GAP = r"[ ().\-/]{0,3}"
INTERNATIONAL = re.compile(rf"{BEGIN}\(?\+[ (]{{0,2}}\d(?:{GAP}\d){{6,14}}{EXTENSION}{END}", re.ASCII)
TRUNK_00 = re.compile(rf"{BEGIN}00[ \-]?[1-9]\d{{0,2}}[ .\-/(](?:{GAP}\d){{6,13}}{EXTENSION}{END}", re.ASCII)
NORTH_AMERICAN = re.compile(
    rf"{BEGIN}(?:\+?1[-. ])?(?:\(([2-9]\d\d)\) ?|[2-9]\d\d[-. ])[2-9]\d\d[-. ]\d{{4}}{EXTENSION}{END}",
    re.ASCII,
)
DATE = r"(?:\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4})(?!\d)"
YEARS = r"(?:1[5-9]|20)\d\d ?[-/] ?(?:1[5-9]|20)\d\d(?!\d)"
FRACTION = r"(?:0|[1-9]\d*)\.\d+(?![\d.])"
ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}(?![.\d])"
NATIONAL = re.compile(
    rf"{BEGIN}(?!{DATE}|{YEARS}|{FRACTION}|{ADDRESS})[(+]{{0,2}}\d(?:{GAP}\d){{4,14}}{EXTENSION}{END}",
    re.ASCII,
)
SCIENTIFIC = re.compile(r"\+\d{1,3}\.\d{3,}", re.ASCII)
SEPARATOR = re.compile(r"\d[ ().\-/]+\d")
EXTENSION_AT_END = re.compile(r"(?:x|ext\.?|extension|poste|#)[ :=]?\d{1,6}$")
IN_TEXT_MIN, LONGEST = 7, 15


def find(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    """Yield "phone" where the text holds a telephone number."""
    cued = "phone" in topics
    if (
        any(_international(text, found, cued) for found in INTERNATIONAL.finditer(text))
        or any(_is_assigned("+" + found[0].lstrip("0")) for found in TRUNK_00.finditer(text))
        or any(_north_american(text, found) for found in NORTH_AMERICAN.finditer(text))
        or any(_national(text, found, cued) for found in NATIONAL.finditer(text))
    ):
        yield "phone"


def _international(text: str, found: re.Match[str], cued: bool) -> bool:
    """Return whether the number is assigned, or of a fitting length where it is written as numbers are."""
    number = found[0].lstrip("(")
    trusted = cued or "phone" in topics_near(text, found.start(), found.end())
    if SCIENTIFIC.match(number) and not trusted:
        return False
    return _is_assigned(number, possible=trusted or SEPARATOR.search(number) is not None)


def _north_american(text: str, found: re.Match[str]) -> bool:
    if found[1]:
        return True
    near = topics_near(text, found.start(), found.end())
    if near and "phone" not in near:
        return False
    return _is_assigned("+1" + digits_of(EXTENSION_AT_END.sub("", found[0]))[-10:])


def _national(text: str, found: re.Match[str], cued: bool) -> bool:
    number = EXTENSION_AT_END.sub("", found[0])
    length = len(digits_of(number))
    if cued:
        return length <= LONGEST and (length >= IN_TEXT_MIN or len(found[0]) == len(text))
    return IN_TEXT_MIN <= length <= LONGEST and "phone" in topics_near(text, found.start(), found.end())


def _is_assigned(number: str, *, possible: bool = False) -> bool:
    """Return whether a numbering plan has the number; `possible` asks for its length only."""
    import phonenumbers  # 35 ms, and more for each country

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return False
    return possible or phonenumbers.is_valid_number(parsed)


PHONE = Family(r"[0-9](?:[ ().\-/]{0,3}[0-9]){6}", find)
