"""Inputs that are almost right: bytes flipped, cut, doubled, spliced, numbers and words exchanged."""

import random
import re
from collections.abc import Sequence

TOKENS = (
    b"", b"\x00", b"\xff", b"\xe2\x80\x94 ", b"\n", b"\n\n", b"{}", b"[]", b"null", b"NaN", b"-1", b"0", b"1e999",
    b"18446744073709551616", b'"', b"\\u0000", b"\\ud800", b"=", b"==", b"[" * 40, b'{"a":' * 20, b"9" * 400,
    b"[[x]]", b"'''", b"\r", b"\t", b"\xef\xbb\xbf", b"payload", b"sigs", b"A" * 4096,
)  # fmt: skip
NUMBER = re.compile(rb"\d+")
MUTATIONS_MAX = 5


def mutated(seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """Return one of the seeds after one to five mutations."""
    found = rng.choice(seeds)
    for _ in range(rng.randint(1, MUTATIONS_MAX)):
        found = _once(found, seeds, rng)
    return found


def _once(found: bytes, seeds: Sequence[bytes], rng: random.Random) -> bytes:
    begin = rng.randrange(len(found) + 1)
    end = min(len(found), begin + rng.choice((1, 1, 2, 8, 64, 1024)))
    match rng.randrange(7):
        case 0 if begin < len(found):
            return found[:begin] + bytes([found[begin] ^ 1 << rng.randrange(8)]) + found[begin + 1 :]
        case 1:
            return found[:begin] + found[end:]
        case 2:
            return found[:end] + found[begin:]
        case 3:
            return found[:begin] + rng.choice(TOKENS) + found[begin:]
        case 4:
            return found[:begin] + rng.choice(TOKENS) + found[end:]
        case 5:
            other = rng.choice(seeds)
            return found[:begin] + other[rng.randrange(len(other) + 1) :]
    numbers = list(NUMBER.finditer(found))
    if not numbers:
        return found
    number = rng.choice(numbers)
    return (
        found[: number.start()] + rng.choice((b"0", b"-1", b"9" * 30, b"1.5", b"007")) + found[number.end() :]
    )
