"""A circuit as plain values, in the four kinds of gates that a trainable layer is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

Arithmetic = tuple[tuple[str, Any], ...]
"""Steps in postfix order: ("value", number), ("name", input), ("function" or "operator", its name)."""

ONE: Arithmetic = ()

ONE_ARGUMENT: dict[str, Callable[[Tensor], Tensor]] = {
    "negation": torch.neg, "sin": torch.sin, "cos": torch.cos, "tan": torch.tan, "exp": torch.exp,
    "sqrt": torch.sqrt, "log": torch.log, "ln": torch.log, "arcsin": torch.asin, "arccos": torch.acos,
    "arctan": torch.atan, "asin": torch.asin, "acos": torch.acos, "atan": torch.atan,
}  # fmt: skip
TWO_ARGUMENTS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div, "%": torch.remainder, "**": torch.pow,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate, by an angle of `factor` times what `angle` is worth; nothing at all is worth 1.

    `rx` and `ry` turn one qubit. `phase` multiplies by exp(i angle) where all of its qubits are 1. `flip`
    flips its last qubit where all others are 1, and has no angle.
    """

    kind: Literal["rx", "ry", "phase", "flip"]
    qubits: tuple[int, ...]
    factor: float = 1.0
    angle: Arithmetic = ONE


@dataclass(frozen=True, slots=True)
class GateList:
    """A circuit on |0...0>: its gates in order, up to a global phase.

    The inputs x0, x1 ... take one angle a qubit and row, by the qubit's number.

    Attributes:
        weights: the names of all other inputs, in the order of the trained weights.
    """

    n_qubits: int
    weights: tuple[str, ...]
    gates: tuple[Gate, ...]


def worth(angle: Arithmetic, known: Mapping[str, Tensor], one: Tensor) -> Tensor:
    """Return what arithmetic is worth, differentiable in all that it names.

    Args:
        one: a one of the wanted type.
    """
    stack = [one]
    for kind, step in angle:
        if kind == "value":
            stack.append(one * step)
        elif kind == "name":
            stack.append(known[step])
        elif step in ONE_ARGUMENT:
            stack.append(ONE_ARGUMENT[step](stack.pop()))
        else:
            second, first = stack.pop(), stack.pop()
            stack.append(TWO_ARGUMENTS[step](first, second))
    return stack[-1]


def names(angle: Arithmetic) -> frozenset[str]:
    """Return the inputs that arithmetic needs."""
    return frozenset(step for kind, step in angle if kind == "name")
