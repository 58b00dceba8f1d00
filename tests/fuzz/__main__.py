"""Fuzz every parser for some seconds, and end non-zero if one let anything but its verdict out.

python -m tests.fuzz [--seconds 60] [--seed N] [NAME ...]
"""

import argparse
import random
import sys
import time

from tests.fuzz.mutations import mutated
from tests.fuzz.parsers import PARSERS, Parser

SHOWN_BYTES = 400


def fuzz(parser: Parser, seconds: float, seed: int) -> tuple[int, int, bytes | None]:
    """Return how many inputs were tried, how many were accepted, and the first that escaped the verdict."""
    rng, tried, accepted = random.Random(seed), 0, 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = mutated(parser.seeds, rng)
        tried += 1
        try:
            accepted += parser.accepts(found)
        except Exception:
            return tried, accepted, found
    return tried, accepted, None


def main() -> None:
    """Print a line for each parser."""
    words = argparse.ArgumentParser(prog="python -m tests.fuzz")
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    words.add_argument("names", nargs="*", choices=[[], *PARSERS])
    asked = words.parse_args()
    escaped = 0
    for name in asked.names or PARSERS:
        with PARSERS[name]() as parser:
            tried, accepted, escape = fuzz(parser, asked.seconds, asked.seed)
        print(f"{name:10} seed {asked.seed}: {tried:,} inputs, {accepted:,} accepted unchanged in meaning")
        if escape is not None:
            escaped += 1
            print(f"{name}: this input raised something else than its verdict: {escape[:SHOWN_BYTES]!r}")
    sys.exit(1 if escaped else 0)


if __name__ == "__main__":
    main()
