"""Angles as numbers: free inputs take seeded values, so that what holds for them holds for almost all values."""

from collections.abc import Mapping
from functools import lru_cache
from zlib import crc32

from tasks.quantum.parsing.expressions import evaluate, expression
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import tokens

Angles = tuple[float, ...]
FALLBACK = 0.5
"""The value of an expression that has none at the drawn inputs, such as the logarithm of a negative number."""


class _Drawn(dict[str, float]):
    """Values of free inputs, each drawn from its own name."""

    def __missing__(self, name: str) -> float:
        return 0.35 + 0.8 * crc32(name.encode()) / 2**32

    def __contains__(self, name: object) -> bool:
        return name not in ("pi", "tau", "euler")


def angles(params: tuple[float | str, ...]) -> Angles:
    """Return the parameters as numbers, free inputs at values drawn from their names."""
    if not any(isinstance(param, str) for param in params):
        return params  # type: ignore[return-value]
    return tuple(value(param, None) if isinstance(param, str) else param for param in params)


def value(text: str, known: Mapping[str, float] | None) -> float:
    """Return an expression's value where its names have these values, or drawn ones."""
    return _drawn(text) if known is None else _value(text, known)


@lru_cache(maxsize=4096)
def _drawn(text: str) -> float:
    return _value(text, _Drawn())


def _value(text: str, known: Mapping[str, float]) -> float:
    try:
        return float(evaluate(expression(tokens(text), "**"), known, "a gate"))
    except (CircuitRefused, ValueError):
        return FALLBACK
