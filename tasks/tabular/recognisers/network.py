"""Addresses of machines, which are people's: IPv4, IPv6 and MAC."""

import ipaddress
import re
from collections.abc import Iterator

from policy_checks.schemas.privacy import Entity
from tasks.tabular.recognisers.cues import Topic, topics_near
from tasks.tabular.recognisers.family import Family

OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
V4 = re.compile(rf"(?<![\w.+-])(?:{OCTET}\.){{3}}{OCTET}(?![\w-]|\.\d)", re.ASCII)
NOBODY = re.compile(r"127\.|0\.0\.0\.0|255\.255\.")
VERSION = re.compile(
    r"(?:\bversion|\bver|\brelease|\bbuild|\bfirmware|\bv|\boid|\bsection)[ .:=#]{0,3}$", re.IGNORECASE
)
V6 = re.compile(
    r"(?<![\w:.-])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])",
    re.ASCII | re.IGNORECASE,
)
MAC = re.compile(
    r"(?<![\w:.-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w-]|:\w)", re.ASCII | re.IGNORECASE
)
MAC_DOTTED = re.compile(
    r"(?<![\w:.-])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w-]|\.\w)", re.ASCII | re.IGNORECASE
)
MAC_BARE = re.compile(r"(?<![\w:.-])[0-9a-f]{12}(?![\w:-])", re.ASCII | re.IGNORECASE)
LETTER = re.compile(r"[A-Fa-f]")
NO_MACHINE = frozenset(("000000000000", "ffffffffffff"))
GROUP_MIN = 3


def find(text: str, topics: frozenset[Topic]) -> Iterator[Entity]:
    """Yield "ip_address" and "mac_address" where the text holds one."""
    if any(_is_v4(text, found) for found in V4.finditer(text)) or any(
        _is_v6(found[0]) for found in V6.finditer(text)
    ):
        yield "ip_address"
    if (
        any(_is_mac(found[0], found[1] == ":") for found in MAC.finditer(text))
        or any(_is_mac(found[0], False) for found in MAC_DOTTED.finditer(text))
        or any(
            "mac" in topics or "mac" in topics_near(text, found.start(), found.end())
            for found in MAC_BARE.finditer(text)
        )
    ):
        yield "mac_address"


def _is_v4(text: str, found: re.Match[str]) -> bool:
    return (
        NOBODY.match(found[0]) is None
        and VERSION.search(text[max(0, found.start() - 12) : found.start()]) is None
    )


def _is_v6(text: str) -> bool:
    """Return whether `text` is an address of a host, not of this one; "a::b" is a name in a program."""
    groups = [group for group in text.split(":") if group]
    if not groups or max(map(len, groups)) < GROUP_MIN or not re.search(r"\d", text):
        return False
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_mac(text: str, colons: bool) -> bool:
    digits = re.sub(r"[:.-]", "", text).lower()
    return digits not in NO_MACHINE and (colons or LETTER.search(digits) is not None)


NETWORK = Family(
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){3}|(?:[0-9A-Fa-f]{2}-){4}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12}",
    find,
)
