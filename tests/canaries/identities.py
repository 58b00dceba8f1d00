"""Canaries: invented identities, each a value that nothing but a leak can repeat."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle, islice
from random import Random
from string import ascii_lowercase, ascii_uppercase, digits
from types import ModuleType

from stdnum import iban, luhn
from stdnum.br import cpf
from stdnum.gb import nhs
from stdnum.iso7064 import mod_97_10

LETTERS = ascii_lowercase + digits
BASE64 = ascii_lowercase + ascii_uppercase + digits
DECLARED = frozenset({"name", "address", "birth_date", "passport"})
"""Kinds that no search finds: a column that is declared so is the only way for them to be known."""


@dataclass(frozen=True)
class Canary:
    """One invented value.

    Attributes:
        text: as it stands in a cell.
        cores: what is searched for: each alone would give the person away.
        sentence: the same as somebody would write it in a note.
    """

    kind: str
    text: str
    cores: tuple[str, ...]
    sentence: str


def canaries(n: int, seed: int) -> tuple[Canary, ...]:
    """Return n canaries of all kinds in turn, no core of which occurs twice."""
    rng, seen = Random(seed), set[str]()
    return tuple(islice(_fresh(rng, seen), n))


def _fresh(rng: Random, seen: set[str]) -> Iterator[Canary]:
    for kind in cycle(MAKERS):
        for _ in count():
            made = MAKERS[kind](rng)
            if not seen & set(made.cores):
                seen |= set(made.cores)
                yield made
                break


def _some(rng: Random, n: int, letters: str = LETTERS) -> str:
    return "".join(rng.choices(letters, k=n))


def _number(kind: str, text: str, cue: str = "") -> Canary:
    """Return a canary that is looked for as it is written and without its separators."""
    bare = "".join(letter for letter in text if letter.isalnum())
    return Canary(kind, text, tuple({text, bare}), f"seen before: {cue}{text}, please ask")


def _email(rng: Random) -> Canary:
    local = f"{_some(rng, 6, ascii_lowercase)}.{_some(rng, 6)}"
    return Canary("email", f"{local}@example.org", (local,), f"write to {local}@example.org first")


def _phone(rng: Random) -> Canary:
    return _number("phone", f"+49 151 {rng.randrange(10**7, 10**8)}", "call ")


def _card(rng: Random) -> Canary:
    bare = "4" + _some(rng, 14, digits)
    bare += luhn.calc_check_digit(bare)
    return _number("card", " ".join(bare[at : at + 4] for at in range(0, 16, 4)), "card ")


def _iban(rng: Random) -> Canary:
    account = _some(rng, 18, digits)
    check = mod_97_10.calc_check_digits(account + "DE")
    return _number("iban", iban.compact(f"DE{check}{account}"), "IBAN ")


def _ip_address(rng: Random) -> Canary:
    tail = ":".join(_some(rng, 4, "abcdef123456789") for _ in range(4))
    return Canary(
        "ip_address", f"2a02:8109:9c40:1f00:{tail}", (tail,), f"from 2a02:8109:9c40:1f00:{tail} at night"
    )


def _mac_address(rng: Random) -> Canary:
    return _number(
        "mac_address", ":".join(["3c", "22", *(_some(rng, 2, "abcdef0123456789") for _ in range(4))])
    )


def _us_ssn(rng: Random) -> Canary:
    return _number(
        "us_ssn", f"{rng.randrange(100, 600)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}", "SSN "
    )


def _us_itin(rng: Random) -> Canary:
    return _number(
        "us_itin", f"{rng.randrange(900, 999)}-{rng.randrange(70, 88)}-{rng.randrange(1000, 9999)}", "ITIN "
    )


def _uk_nino(rng: Random) -> Canary:
    return _number(
        "uk_nino", f"{rng.choice(('AB', 'CE', 'HK', 'JM', 'SW'))} {_pairs(rng)} {rng.choice('ABCD')}", "NINO "
    )


def _pairs(rng: Random) -> str:
    return " ".join(_some(rng, 2, digits) for _ in range(3))


def _uk_nhs(rng: Random) -> Canary:
    bare = _valid(nhs, lambda: "9" + _some(rng, 8, digits), 1)
    return _number("uk_nhs", f"{bare[:3]} {bare[3:6]} {bare[6:]}", "NHS number ")


def _national_id(rng: Random) -> Canary:
    bare = _valid(cpf, lambda: _some(rng, 9, "123456789"), 2)
    return _number("national_id", f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}", "CPF ")


def _valid(numbers: ModuleType, beginning: Callable[[], str], n_digits: int) -> str:
    """Return the first number that the check digits allow."""
    while True:
        begun = beginning()
        for check in range(10**n_digits):
            if numbers.is_valid(f"{begun}{check:0{n_digits}}"):
                return f"{begun}{check:0{n_digits}}"


def _passport(rng: Random) -> Canary:
    return _number("passport", f"C{_some(rng, 9, digits)}", "passport ")


def _url_credentials(rng: Random) -> Canary:
    secret = _some(rng, 14)
    text = f"https://clinic:{secret}@db.example.org/patients"
    return Canary("url_credentials", text, (secret,), f"the table is at {text} now")


def _api_key(rng: Random) -> Canary:
    secret = _some(rng, 36, BASE64)
    return Canary("api_key", f"ghp_{secret}", (secret[:18],), f"with ghp_{secret} it works")


def _private_key(rng: Random) -> Canary:
    body = _some(rng, 64, BASE64)
    text = f"-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----"
    return Canary("private_key", text, (body[:20], body[-20:]), text)


def _jwt(rng: Random) -> Canary:
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    body, mark = part({"sub": _some(rng, 12)}), _some(rng, 43, BASE64)
    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{body}.{mark}"
    return Canary("jwt", text, (body[8:], mark[:20]), f"token {text}")


def _name(rng: Random) -> Canary:
    family = f"Ø{_some(rng, 5, ascii_lowercase)}ß{_some(rng, 5, ascii_lowercase)}"
    return Canary("name", f"Zoë {family}", (family,), f"spoke with Zoë {family} on Monday")


def _address(rng: Random) -> Canary:
    street = f"{_some(rng, 9, ascii_lowercase).title()}straße {rng.randrange(100, 999)}"
    return Canary("address", f"{street}, 04177 Leipzig", (street,), f"lives at {street}")


def _birth_date(rng: Random) -> Canary:
    day = f"{rng.randrange(1801, 1899)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    return Canary("birth_date", day, (day,), f"born {day}")


MAKERS: dict[str, Callable[[Random], Canary]] = {
    "email": _email, "phone": _phone, "card": _card, "iban": _iban, "ip_address": _ip_address,
    "mac_address": _mac_address, "us_ssn": _us_ssn, "us_itin": _us_itin, "uk_nino": _uk_nino, "uk_nhs": _uk_nhs,
    "national_id": _national_id, "passport": _passport, "url_credentials": _url_credentials, "api_key": _api_key,
    "private_key": _private_key, "jwt": _jwt, "name": _name, "address": _address, "birth_date": _birth_date,
}  # fmt: skip
