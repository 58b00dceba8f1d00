"""Time two things in turn, so that a machine that slows down slows both."""

import time
from collections.abc import Callable
from statistics import median

Work = Callable[[], object]


def seconds(work: Work) -> float:
    """Return the wall seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turn(*works: Work, rounds: int, warm_up: int = 2) -> list[float]:
    """Return the median seconds of each, called A B A B ... after a warm-up."""
    for _ in range(warm_up):
        for work in works:
            work()
    found = [[seconds(work) for work in works] for _ in range(rounds)]
    return [median(column) for column in zip(*found, strict=True)]


def ms(value: float) -> str:
    """Return seconds as milliseconds, for people."""
    return f"{value * 1000:.2f} ms"
