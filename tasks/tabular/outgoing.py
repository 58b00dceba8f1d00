"""The one door for everything outgoing: a document of known types, or text, in which nothing personal is found.

What leaves is a strict document, whose fields are the list of what may leave, or text made from one. Numbers,
moments and truth values pass by their type, digests and ids by their shape; every other text is searched.
Names, addresses and birth dates go by declaration: no search finds them, so no cell may ever get this far.
"""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from policy_checks.errors import StageError
from policy_checks.schemas.base import Document
from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognise import recognised

CODE = "personal-data-outgoing"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CLOSED = rf"\b(?:sha256:)?[0-9a-f]{{64}}\b|\bt-[0-9a-f]{{16}}\b|\b{UUID}\b"
# Pictures, keys and signed envelopes, whose content came through this door before it was sealed.
BLOB = r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+|[A-Za-z0-9+/_-]{256,}={0,2}"
SHAPED, IN_TEXT = re.compile(CLOSED), re.compile(f"{BLOB}|{CLOSED}")


def require_clean(content: object, where: str) -> None:
    """Return if nothing personal is found in a document, or in the plain values that one is made of.

    Raises:
        StageError: some field holds personal data, or something whose type may not leave; it is named.
    """
    for place, value in _leaves(content, where):
        if not isinstance(value, str):
            if value is not None and not isinstance(value, bool | int | float | Decimal | datetime):
                raise _held_back(f"{place} is of a type that may not leave")
        elif found := found_in(value):
            raise _held_back(f"{place} holds what looks like personal data ({min(found)})")


def require_clean_text(text: str, where: str) -> None:
    """Return if nothing personal is found in any line of Markdown, HTML or plain text.

    Raises:
        StageError: some line holds personal data; its number is told.
    """
    for number, line in enumerate(html.unescape(IN_TEXT.sub(" ", text)).splitlines(), start=1):
        if found := recognised(line):
            raise _held_back(f"line {number} of {where} holds what looks like personal data ({min(found)})")


def personal_place(document: Document) -> str | None:
    """Return where a document first holds personal data, as a dotted place without any key of its tables."""
    places = (place for place, value in _leaves(document, "") if isinstance(value, str) and found_in(value))
    return next(places, None)


def found_in(text: str, cue: str = "") -> frozenset[Entity]:
    """Return what looks personal in a text, digests and ids aside; `cue` is read like a column's name."""
    return recognised(SHAPED.sub(" ", text), cue)


def _leaves(content: object, where: str) -> Iterator[tuple[str, object]]:
    """Yield every value with its place; keys are values too, and a place counts them instead of naming them."""
    match content:
        case Document():
            for name in type(content).model_fields:
                yield from _leaves(getattr(content, name), f"{where}.{name}" if where else name)
        case Mapping():
            for number, (key, value) in enumerate(content.items(), start=1):
                yield f"the name of {where}.{number}", key
                yield from _leaves(value, f"{where}.{number}")
        case tuple() | list():
            for number, value in enumerate(content, start=1):
                yield from _leaves(value, f"{where}.{number}")
        case _:
            yield where, content


def _held_back(what: str) -> StageError:
    return StageError(
        CODE,
        f"Nothing was written: {what}.",
        "Take it out of the manifest or of the table's labels; what it says was left out of this message.",
    )
