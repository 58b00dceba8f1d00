"""What `inv`, `pow`, `ctrl` and `negctrl` make of standard gates; whatever has no standard name is refused."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tasks.quantum.parsing.expressions import Value
from tasks.quantum.parsing.gates import CONTROLLED, INVERSES, NEGATED_INVERSE, REORDERED, SELF_INVERSE
from tasks.quantum.parsing.refusal import CircuitRefused

PHASE = "gphase"
"""A global phase: nobody can measure it, but under a control it is a gate."""


class Operation(NamedTuple):
    """A standard gate, or a barrier, on numbered qubits."""

    name: str
    params: tuple[Value, ...]
    qubits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Modified:
    """How a gate is changed: `power` times (negative: the inverse), under controls on 1 (True) or 0."""

    power: int = 1
    controls: tuple[bool, ...] = ()

    @property
    def n_negative(self) -> int:
        """Return how many controls are on 0."""
        return self.controls.count(False)


UNMODIFIED = Modified()


def modified(
    body: Sequence[Operation], how: Modified, controls: tuple[int, ...], line: int
) -> list[Operation]:
    """Return the operations of a gate that is repeated, inverted and controlled.

    Args:
        body: its operations, on qubits numbered like `controls`.

    Raises:
        CircuitRefused: one of them has no inverse, or no controlled form, with a standard name.
    """
    once = list(body) if how.power >= 0 else [_inverse(each, line) for each in reversed(body)]
    for control in reversed(controls):
        once = [_controlled(each, control, line) for each in once]
    flips = [
        Operation("x", (), (qubit,)) for qubit, on_1 in zip(controls, how.controls, strict=True) if not on_1
    ]
    return [*flips, *once * abs(how.power), *flips]


def _inverse(found: Operation, line: int) -> Operation:
    name, params, qubits = found
    if name in SELF_INVERSE or name == "barrier":
        return found
    if name in INVERSES:
        return Operation(INVERSES[name], params, qubits)
    if name in NEGATED_INVERSE or name == PHASE:
        return Operation(name, (_negative(params[0]),), qubits)
    if name in REORDERED:
        theta, phi, lam = map(_negative, params)
        return Operation(name, (theta, lam, phi), qubits)
    if name == "u2":
        phi, lam = map(_negative, params)
        return Operation("u", (-math.pi / 2, lam, phi), qubits)
    raise CircuitRefused("circuit-modifier", line, name)


def _controlled(found: Operation, control: int, line: int) -> Operation:
    name, params, qubits = found
    if name == "barrier":
        return found
    if name == PHASE:
        return Operation("p", params, (control,))
    if name not in CONTROLLED:
        raise CircuitRefused("circuit-modifier", line, name)
    return Operation(CONTROLLED[name], params, (control, *qubits))


def _negative(value: Value) -> Value:
    return f"(-{value})" if isinstance(value, str) else -value
