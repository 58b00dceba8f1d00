"""Cells and sentences about invented people, by locale, each with what it holds; made by Faker from a seed."""

import base64
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from urllib.parse import quote

from faker import Faker

from policy_checks.schemas.privacy import Entity
from tests.corpus import innocent, secrets

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR", "sv_SE",
           "cs_CZ", "da_DK", "fi_FI", "el_GR", "ro_RO", "hu_HU", "tr_TR", "ja_JP", "no_NO", "hr_HR")  # fmt: skip
# No case of these was looked at while the recognisers were built; keep it so.
HELD_OUT = ("sl_SI", "id_ID", "vi_VN", "fa_IR", "ka_GE", "az_AZ", "en_NZ", "bn_BD", "hy_AM", "hi_IN")
# What the people of a country call a telephone, and its number of a person with Faker's method for it.
WORDS: dict[str, tuple[str, str, Entity | None]] = {
    "en_US": ("Phone", "SSN", "us_ssn"), "en_GB": ("Mobile", "NI number", "uk_nino"), "de_DE": ("Telefon", "", None), "fr_FR": ("Téléphone", "NIR", "national_id"),
    "es_ES": ("Teléfono", "DNI", "national_id"), "it_IT": ("Cellulare", "Codice fiscale", "national_id"), "nl_NL": ("Telefoon", "BSN", "national_id"),
    "pl_PL": ("Telefon", "PESEL", "national_id"), "pt_BR": ("Telefone", "CPF", "national_id"), "sv_SE": ("Mobil", "Personnummer", "national_id"),
    "cs_CZ": ("Telefon", "Rodné číslo", "national_id"), "da_DK": ("Tlf", "", None), "fi_FI": ("Puhelin", "Henkilötunnus", "national_id"), "el_GR": ("Τηλέφωνο", "\u0391\u039c\u039a\u0391", "national_id"),
    "ro_RO": ("Telefon", "CNP", "national_id"), "hu_HU": ("Telefon", "", None), "tr_TR": ("Telefon", "TC Kimlik No", "national_id"), "ja_JP": ("電話番号", "", None),
    "no_NO": ("Mobil", "Fødselsnummer", "national_id"), "hr_HR": ("Mobitel", "OIB", "national_id"),
    "sl_SI": ("Telefon", "", None), "id_ID": ("Telepon", "", None), "vi_VN": ("Điện thoại", "", None), "fa_IR": ("تلفن", "", None), "ka_GE": ("ტელეფონი", "", None),
    "az_AZ": ("Telefon", "", None), "en_NZ": ("Mobile", "", None), "bn_BD": ("ফোন", "", None), "hy_AM": ("Հեռախոս", "", None), "hi_IN": ("फ़ोन", "", None),
}  # fmt: skip
IDENTITIES: dict[str, str] = {"es_ES": "nif", "el_GR": "ssn", "cs_CZ": "birth_number"}
SPELLINGS = (("[at]", "[dot]"), ("(at)", "(dot)"), ("at", "dot"), ("{at}", "{dot}"))
SENTENCES = (
    "{0}", "{0}.", "Please note: {0}", "{0} - since last May", "According to the file, {0}; nothing else is known.", "({0})",
    "Met the customer in March. {0}. Will come back.", "\u201e{0}\u201c", "{{\"note\": \"{0}\"}}",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A cell under a column's name, and what it holds; nothing is the empty string."""

    text: str
    column: str
    entity: Entity | str
    locale: str


Maker = Callable[[Faker, Random, str], tuple[str, str, str]]


def cells(locale: str, n: int, seed: int) -> Iterator[Case]:
    """Yield n cells of a locale: half of them hold something, under a fitting column or none that helps."""
    fake, chance = _faker(locale, seed)
    made = makers(locale)
    for _ in range(n):
        if chance.random() < 0.5:
            entity = chance.choice(sorted(made))
            value, column, _ = made[entity](fake, chance, locale)
            yield Case(_disguised(value, entity, chance), column, entity, locale)
        else:
            column, text = innocent.cell(fake, chance)
            yield Case(text, column, "", locale)


def sentences(locale: str, n: int, seed: int) -> Iterator[Case]:
    """Yield n sentences of a locale; two of three hold something, announced as people announce it."""
    fake, chance = _faker(locale, seed)
    made = makers(locale)
    for _ in range(n):
        if chance.random() < 0.66:
            entity = chance.choice(sorted(made))
            value, _, word = made[entity](fake, chance, locale)
            said = f"{word}{chance.choice([': ', ' ', ' = ', ' no. '])}{value}" if word else value
            if entity in ("email", "ip_address") and chance.random() < 0.3:
                said = _disguised(value, entity, chance)
            around = chance.choice(SENTENCES).format(said)
            yield Case(
                f"{fake.sentence()} {around} {fake.sentence()}" if chance.random() < 0.5 else around,
                "note",
                entity,
                locale,
            )
        else:
            yield Case(innocent.sentence(fake, chance), "note", "", locale)


def makers(locale: str) -> dict[str, Maker]:
    """Return for each entity what makes (value, column, word that announces it) in a locale."""
    phone_word, id_word, id_entity = WORDS[locale]
    made: dict[str, Maker] = {
        "email": lambda f, c, _: (f.email(), c.choice(["email", "contact", "remark"]), ""),
        "phone": lambda f, c, _: (f.phone_number(), c.choice(["phone", phone_word]), phone_word),
        "card": lambda f, c, _: (_grouped(f.credit_card_number(), c), "card_number", "card"),
        "iban": lambda f, c, _: (_spaced(f.iban(), c), c.choice(["iban", "remark"]), ""),
        "ip_address": lambda f, c, _: (c.choice([f.ipv4, f.ipv6])(), c.choice(["ip", "remark"]), ""),
        "mac_address": lambda f, c, _: (
            c.choice([str, str.upper, lambda m: m.replace(":", "-") + ""])(_lettered(f.mac_address())),
            "device",
            "",
        ),
        "passport": lambda f, c, _: (
            c.choice(string.ascii_uppercase) + str(c.randrange(10**7, 10**8)),
            "passport_no",
            "Passport",
        ),
        "api_key": lambda f, c, _: (secrets.API_KEYS[c.choice(sorted(secrets.API_KEYS))](c), "remark", ""),
        "jwt": lambda f, c, _: (secrets.jwt(c), "remark", ""),
        "private_key": lambda f, c, _: (secrets.private_key(c), "remark", ""),
        "url_credentials": lambda f, c, _: (secrets.url_with_password(c), "url", ""),
    }
    if id_entity:
        method = IDENTITIES.get(locale, "ssn")
        made[id_entity] = lambda f, c, _: (getattr(f, method)(), id_word, id_word)
    return made


def _faker(locale: str, seed: int) -> tuple[Faker, Random]:
    fake = Faker(locale)
    fake.seed_instance(seed)
    return fake, Random(f"{locale} {seed}")


def _disguised(value: str, entity: str, chance: Random) -> str:
    """Return the value as people and programs hide it, one time in three."""
    if chance.random() > 0.33 or entity in ("private_key", "api_key", "jwt"):
        return value
    ways: list[Callable[[str], str]] = [
        full_width,
        lambda text: text[:2] + "\u200b" + text[2:],
        lambda text: text.replace("-", "\u2011"),
    ]
    if entity in ("email", "url_credentials", "iban"):
        ways += [lambda text: base64.b64encode(text.encode()).decode(), lambda text: quote(text, safe="")]
    if entity == "email":
        ways += [partial(_spelled, at=at, dot=dot) for at, dot in SPELLINGS]
        ways += [
            lambda text: text.replace("@", "(at)"),
            lambda text: text.replace("@", " AT ").replace(".", " DOT "),
        ]
    return chance.choice(ways)(value)


def _spelled(text: str, at: str, dot: str) -> str:
    return text.replace("@", f" {at} ").replace(".", f" {dot} ")


def full_width(text: str) -> str:
    """Return printable ASCII as full-width characters."""
    return "".join(
        chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text
    )


def _grouped(number: str, chance: Random) -> str:
    if len(number) != 16 or chance.random() < 0.5:
        return number
    return chance.choice(" -").join(number[place : place + 4] for place in range(0, 16, 4))


def _spaced(number: str, chance: Random) -> str:
    return (
        number
        if chance.random() < 0.5
        else " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    )


def _lettered(address: str) -> str:
    return address if any(character in "abcdef" for character in address) else "a" + address[1:]
