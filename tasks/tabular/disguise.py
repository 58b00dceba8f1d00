"""What a cell says once its disguise is off: full-width letters, invisible characters, base64, percent signs."""

import base64
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

PLAIN = re.compile(r"[\t\n\r -~]*")
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
FULL_STOPS = "\u3002\uff0e\uff61"
STROKES = dict(
    zip("\u0111\u0110\u00f8\u00d8\u0142\u0141\u0131\u0127\u00f0", "dDoOlLihd", strict=True)
)  # no mark to take off
LOST = "\ufffd"
# Each byte of ASCII text begins with a zero bit, which leaves base64 about half of its letters in
# every place: three groups in a row that keep to them are rare in words and in digests.
BASE64_GATE = r"(?:[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghkloptswx014589][A-Za-z0-9+/_-]){3}"
PERCENT_GATE = r"%[0-9A-Fa-f]{2}"
GATE = f"{BASE64_GATE}|{PERCENT_GATE}"
TOKEN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}")
GROUPS = re.compile(BASE64_GATE)
PERCENT = re.compile(PERCENT_GATE)
URL_SAFE = str.maketrans("-_", "+/")


class _Characters(dict[int, str]):
    """What each character reads as, found once: its compatibility form without marks, in ASCII where it has one.

    Character by character, because normalising a whole text takes the square of its length where
    combining marks follow each other.
    """

    def __missing__(self, code: int) -> str:
        self[code] = read = _read(chr(code))
        return read


def normalised(text: str) -> str:
    """Return what a reader sees: compatibility forms, ASCII digits and dashes, no marks, nothing invisible.

    >>> normalised("\\uff41nn\\u200b@ex\\u00e1mple\\u3002org"), normalised("\\u0664\\u0662")
    ('ann@example.org', '42')
    """
    return text if PLAIN.fullmatch(text) else text.translate(CHARACTERS)


def decoded(text: str) -> Iterator[str]:
    """Yield what parts of a normalised text say when base64 or percent signs are undone once."""
    if PERCENT.search(text):
        yield normalised(unquote_to_bytes(text).decode("utf-8", "replace"))
    if GROUPS.search(text):
        for token in TOKEN.finditer(text):
            if said := _said(token[0]):
                yield normalised(said)


def _said(token: str) -> str | None:
    if not GROUPS.match(token):
        return None
    whole = token[: len(token) - (len(token) % 4 == 1)].translate(URL_SAFE)
    try:
        said = base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8")
    except ValueError:
        return None
    return said if all(c.isprintable() or c in "\t\n\r" for c in said) else None


def _read(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\r":
        return character
    if character in BLANK_LETTERS or category in ("Cf", "Cc", "Mn", "Mc", "Me"):
        return ""
    if category == "Cs":
        return LOST
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\u2212":
        return "-"
    if category in ("Zs", "Zl", "Zp"):
        return " "
    if character in FULL_STOPS:
        return "."
    if character in STROKES:
        return STROKES[character]
    form = unicodedata.normalize("NFKD", character)
    return character if form == character else "".join(_read(part) for part in form)


CHARACTERS = _Characters()
