"""Bytes to words: which language it is, and the words of it, each with its line."""

import re
from typing import NamedTuple

from policy_checks.circuit_text import TEXT_BYTES_MAX
from tasks.quantum.parsing.refusal import CircuitRefused

BINARY = {
    b"QISKIT": "QPY",
    b"\x80": "a pickle",
    b"PK\x03\x04": "an archive",
    b"\x1f\x8b": "an archive",
    b"BC\xc0\xde": "QIR",
}
SPACES = "space"
TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f]+|//[^\n]*|/\*.*?\*/)
    |(?P<open>/\*|["'](?![^"'\n]*["']))
    |(?P<string>"[^"\n]*"|'[^'\n]*')
    |(?P<duration>(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?(?:dt|ns|us|µs|ms|s)\b)
    |(?P<float>(?:\d++\.\d*+|\.\d++)(?:[eE][+-]?\d++)?|\d++[eE][+-]?\d++)
    |(?P<int>\d++)
    |(?P<word>[^\W\d]\w*)
    |(?P<physical>\$\d+)
    |(?P<symbol>->|\*\*|==|!=|<=|>=|&&|\|\||\+\+|[-+*/%^~!<>=&|()\[\]{},;:@\#])
    |(?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Digits are matched without backtracking, so that a number of any length takes one pass."""


class Token(NamedTuple):
    """A word of the text; `kind` is the group of `TOKEN` that it matched, or "end"."""

    kind: str
    text: str
    line: int


def text_of(found: bytes) -> str:
    """Return the text, if its size and encoding allow it to be looked at.

    Raises:
        CircuitRefused: too long, a binary format, or no UTF-8.
    """
    for magic, name in BINARY.items():
        if found.startswith(magic):
            raise CircuitRefused("circuit-binary", found=name)
    if len(found) > TEXT_BYTES_MAX:
        raise CircuitRefused("circuit-too-long", found=str(len(found)))
    try:
        return found.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise CircuitRefused("circuit-not-text", found[: error.start].count(b"\n") + 1) from None


def tokens(text: str) -> list[Token]:
    """Return the words of a text, closed by one of kind "end".

    Raises:
        CircuitRefused: a comment or a string is never closed.
    """
    words, line = [], 1
    for match in TOKEN.finditer(text):
        kind, word = match.lastgroup or "", match[0]
        if kind == SPACES:
            line += word.count("\n")
            continue
        if kind == "open":
            raise CircuitRefused("circuit-unreadable", line, "an open comment or string")
        words.append(Token(kind, word, line))
    return [*words, Token("end", "the end", line)]
