"""Payment cards by issuer and check digit, bank accounts (IBAN) by country and check digits."""

import re
from collections.abc import Iterator

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic, topics_near
from tasks.tabular.recognisers.family import Family, digits_of, pattern

ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d)\d{12,15}"  # Discover, UnionPay
    r"|(?:35\d\d\d{12,15}|(?:2131|1800)\d{11})"  # JCB
    r"|3(?:0[0-5]|095|[689]\d)\d{11,15}"  # Diners Club
    r"|(?:50|5[6-8]|6304|639\d|6759|676[1-3])\d{8,15}"  # Maestro
    r"|(?:220[0-4]|60\d\d|81\d\d|9792)\d{12}"  # Mir, RuPay, Troy
)
GROUPED = pattern(r"\d{4}([ .-])(?:\d{4}\1\d{4}\1\d{1,7}|\d{6}\1\d{4,5})")
BARE = pattern(r"\d(?:[ -]?\d){11,18}")
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.ASCII | re.IGNORECASE)
IBAN_LENGTHS = range(15, 35)
# Countries that use the form and are not in the registry, with the length that they use.
UNREGISTERED = {
    "AO": 25, "BF": 28, "BJ": 28, "CF": 27, "CG": 27, "CI": 28, "CM": 27, "CV": 25, "DZ": 26, "GA": 27, "GQ": 27, "GW": 25, "IR": 26,
    "KM": 27, "MA": 28, "MG": 27, "ML": 28, "MZ": 25, "NE": 28, "SN": 28, "TD": 27, "TG": 28,
}  # fmt: skip


def is_card(text: str) -> bool:
    """Return whether the digits of `text` have an issuer's prefix, a length and a Luhn check digit.

    Source: ISO/IEC 7812-1, annex B.

    >>> is_card("4000 0000 0000 0002"), is_card("4000 0000 0000 0003")
    (True, False)
    """
    digits = digits_of(text)
    return ISSUERS.fullmatch(digits) is not None and _luhn(digits) == 0


def is_iban(text: str, *, cued: bool = False) -> bool:
    """Return whether `text` begins with an account number: its country's length and form, and check digits.

    Args:
        cued: a word says that it is one, so that the check digits suffice.

    Source: ISO 13616-1.

    >>> is_iban("GB82 WEST 1234 5698 7654 32 and more"), is_iban("GB83WEST12345698765432")
    (True, False)
    """
    account = re.sub(r"[ -]", "", text.upper())
    tail = account[4 : min(IBAN_LENGTHS.stop - 1, len(account))]
    head = int("".join(str(int(character, 36)) for character in account[:4]))
    scale = 10 ** len(str(head))
    value = 0
    for length, character in enumerate(tail, 5):
        number = int(character, 36)
        value = (value * (10 if number < 10 else 100) + number) % 97
        if (
            length in IBAN_LENGTHS
            and (value * scale + head) % 97 == 1
            and (cued or _has_form(account[:length]))
        ):
            return True
    return False


def find(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    """Yield "card" and "iban" where the text holds one."""
    if any(is_card(found[0]) for found in GROUPED.finditer(text)) or any(
        _luhn(digits_of(found[0])) == 0
        for found in BARE.finditer(text)
        if "card" in topics or "card" in topics_near(text, found.start(), found.end())
    ):
        yield "card"
    if any(
        is_iban(found[0], cued="iban" in topics or "iban" in topics_near(text, found.start(), found.end()))
        for found in IBAN.finditer(text)
    ):
        yield "iban"


def _has_form(account: str) -> bool:
    if account[:2] in UNREGISTERED:
        return len(account) == UNREGISTERED[account[:2]]
    from stdnum import iban  # its registry of countries is a file

    return bool(iban.is_valid(account, check_country=False))


def _luhn(digits: str) -> int:
    double = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    return (sum(map(int, digits[-1::-2])) + sum(double[int(digit)] for digit in digits[-2::-2])) % 10


PAYMENT = Family(
    r"[0-9](?:[ .-]?[0-9]){11}|(?:^|[^A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11}", find
)
