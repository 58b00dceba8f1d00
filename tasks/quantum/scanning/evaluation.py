"""Angles with and without free inputs: what an expression is worth when every input has a drawn value."""

from functools import lru_cache

import numpy as np

from tasks.quantum.parsing.expressions import Expression, evaluate, expression
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import tokens
from tasks.quantum.program import Program

Inputs = dict[str, int | float | str]
UNDEFINED = 0.731
"""Stands for what an expression is worth where it has no value, such as the root of a negative input."""


def drawn(program: Program, seed: int) -> Inputs:
    """Return a value in [0.2, 3) for every free input, the same ones for the same names and seed."""
    values = np.random.default_rng(seed).uniform(0.2, 3, len(program.inputs))
    return dict(zip(sorted(program.inputs), map(float, values), strict=True))


@lru_cache(maxsize=32_768)
def _read(text: str) -> Expression:
    return expression(tokens(text), "**")


def angle(param: float | str, inputs: Inputs) -> float:
    """Return the angle in radians."""
    if not isinstance(param, str):
        return param
    try:
        return float(evaluate(_read(param), inputs, "scan"))
    except (CircuitRefused, ArithmeticError):
        return UNDEFINED
