"""What an e-mail, a telephone number, a payment card and a US social security number look like.

Each recogniser has a pattern, a check of what the pattern found, and, where digits alone prove
nothing, a cue: a word that the column's name or the cell itself must hold. Text is searched after
`detect.normalised`, so digits, dashes and blanks are ASCII.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import phonenumbers
from stdnum import luhn

Entity = Literal["card", "email", "phone", "ssn"]

BEGIN, END = r"(?<![\w.+-])", r"(?![\w-]|\.\d)"
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL")
ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d)\d{12,15}"  # Discover, UnionPay
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|3(?:0[0-5]|095|[689]\d)\d{11,15}"  # Diners Club
    r"|(?:50|5[6-8]|6304|6759|676[1-3])\d{10,17}"  # Maestro
)
LENGTHS = range(13, 20)


@dataclass(frozen=True)
class Recogniser:
    """One shape of one entity.

    `gate` is an RE2 pattern that every match of `pattern` also matches: Arrow runs it over a whole
    column, Python sees only what is left.
    """

    entity: Entity
    gate: str
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool]
    cue: re.Pattern[str] | None = None

    def finds(self, text: str, cued: bool) -> bool:
        """Return whether `text` holds the entity; `cued` says that the column's name is a cue."""
        if self.cue and not cued and not self.cue.search(text):
            return False
        return any(self.accepts(match[0]) for match in self.pattern.finditer(text))


def is_card(text: str) -> bool:
    """Return whether the digits of `text` have an issuer's prefix, a length and a Luhn check digit.

    Source: ISO/IEC 7812-1, annex B.

    >>> is_card("4000 0000 0000 0002"), is_card("4000 0000 0000 0003")
    (True, False)
    """
    digits = _digits(text)
    return len(digits) in LENGTHS and ISSUERS.fullmatch(digits) is not None and bool(luhn.is_valid(digits))


def is_ssn(text: str) -> bool:
    """Return whether nine digits have the shape of a US social security or tax number.

    Areas from 900 count: they are tax numbers of persons (ITIN).

    >>> is_ssn("912-34-5678"), is_ssn("000-34-5678"), is_ssn("912-00-5678")
    (True, False, False)
    """
    digits = _digits(text)
    return digits[:3] not in ("000", "666") and digits[3:5] != "00" and digits[5:] != "0000"


def is_phone(text: str) -> bool:
    """Return whether `text` is a number that a numbering plan has: international, or of the US."""
    return _is_valid(text, "US")


def is_local_phone(text: str) -> bool:
    """Return whether `text` is a national number in one of `REGIONS`."""
    return any(_is_valid(text, region) for region in REGIONS)


def _is_valid(text: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(BEGIN + body + END, re.ASCII)


def _cue(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.ASCII | re.IGNORECASE)


CARD_CUE = _cue(r"(?:credit|debit|bank|insurance)?cards?|cardn(?:o|umber)|pan|ccn?|visa|mastercard|amex")
PHONE_CUE = _cue(r"(?:tele|cell|mobile|home|work)?phones?|phonen(?:o|umber)|tel|mobile|fax|msisdn|call")
SSN_CUE = _cue(r"ssns?|social|social security|itin|tax ?id|national ?id|tin")

RECOGNISERS = (
    Recogniser(
        "email",
        r"@",
        re.compile(
            r"[^\W_][\w.%+'-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:xn--\w{2,59}|[^\W\d_]{2,24})(?![^\W_])"
        ),
        lambda found: True,
    ),
    Recogniser("phone", r"\+[0-9]", _pattern(r"\+\d(?:[ ().\-/]{0,3}\d){6,14}"), is_phone),
    Recogniser(
        "phone",
        r"[0-9]{3}[-. )]{1,2}[0-9]{3}[-. ][0-9]{4}",
        _pattern(r"(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}"),
        is_phone,
    ),
    Recogniser(
        "phone",
        r"[0-9](?:[ ().\-/]{0,3}[0-9]){6}",
        _pattern(r"(?!\d{4}-\d\d-\d\d)\(?\d(?:[ ().\-/]{0,3}\d){6,14}"),
        is_local_phone,
        PHONE_CUE,
    ),
    Recogniser(
        "card",
        r"[0-9]{4}[ -](?:[0-9]{4}[ -][0-9]{4}|[0-9]{6})[ -][0-9]",
        _pattern(r"\d{4}([ -])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{4,5})"),
        is_card,
    ),
    Recogniser("card", r"[0-9]{13}", _pattern(r"\d{13,19}"), is_card, CARD_CUE),
    Recogniser("ssn", r"[0-9]{3}-[0-9]{2}-[0-9]{4}", _pattern(r"\d{3}-\d\d-\d{4}"), is_ssn),
    Recogniser("ssn", r"[0-9]{3} ?[0-9]{2} ?[0-9]{4}", _pattern(r"\d{3}( ?)\d\d\1\d{4}"), is_ssn, SSN_CUE),
)
