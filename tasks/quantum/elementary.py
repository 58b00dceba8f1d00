"""A program in four kinds of gates, the same but for a global phase: what can be trained is built from them.

`rx` and `ry` turn one qubit, `phase` multiplies by exp(i angle) where all
of its qubits are 1, and `flip` flips its last qubit where all others are 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tasks.quantum.parsing.expressions import CONSTANTS, Expression, evaluate, expression
from tasks.quantum.parsing.source import tokens
from tasks.quantum.program import Instruction, Program
from tasks.quantum.unitary import unitary_part

Kind = Literal["rx", "ry", "phase", "flip"]

SAME: Mapping[str, Kind] = {
    "rx": "rx", "ry": "ry", "phase": "phase", "flip": "flip",
    "rz": "phase", "p": "phase", "u1": "phase", "cp": "phase", "cu1": "phase", "mcphase": "phase",
    "x": "flip", "cx": "flip", "ccx": "flip", "c3x": "flip", "c4x": "flip", "mcx": "flip",
}  # fmt: skip
"""Names of a gate of ours."""

_WRITTEN_OUT = {
    "id": "",
    "z": "phase(pi) 0",
    "s": "phase(pi/2) 0",
    "sdg": "phase(-pi/2) 0",
    "t": "phase(pi/4) 0",
    "tdg": "phase(-pi/4) 0",
    "y": "ry(pi) 0",
    "h": "phase(pi) 0, ry(pi/2) 0",
    "sx": "rx(pi/2) 0",
    "sxdg": "rx(-pi/2) 0",
    "r": "phase(-b) 0, rx(a) 0, phase(b) 0",
    "u2": "phase(b) 0, ry(pi/2) 0, phase(a) 0",
    "u": "phase(c) 0, ry(a) 0, phase(b) 0",
    "u3": "phase(c) 0, ry(a) 0, phase(b) 0",
    "cy": "phase(-pi/2) 1, flip 0 1, phase(pi/2) 1",
    "cz": "phase(pi) 0 1",
    "ch": "ry(-pi/4) 1, phase(pi) 0 1, ry(pi/4) 1",
    "csx": "h 1, phase(pi/2) 0 1, h 1",
    "swap": "flip 0 1, flip 1 0, flip 0 1",
    "dcx": "flip 0 1, flip 1 0",
    "iswap": "rxx(-pi/2) 0 1, ryy(-pi/2) 0 1",
    "ecr": "rzx(pi/4) 0 1, flip 0, rzx(-pi/4) 0 1",
    "crx": "h 1, crz(a) 0 1, h 1",
    "cry": "ry(a/2) 1, flip 0 1, ry(-a/2) 1, flip 0 1",
    "crz": "phase(-a/2) 0, phase(a) 0 1",
    "rzz": "phase(a) 0, phase(a) 1, phase(-2*a) 0 1",
    "rzx": "h 1, rzz(a) 0 1, h 1",
    "rxx": "h 0, h 1, rzz(a) 0 1, h 0, h 1",
    "ryy": "rx(pi/2) 0, rx(pi/2) 1, rzz(a) 0 1, rx(-pi/2) 0, rx(-pi/2) 1",
    "xx_plus_yy": "phase(b) 0, rxx(a/2) 0 1, ryy(a/2) 0 1, phase(-b) 0",
    "xx_minus_yy": "phase(-b) 1, rxx(a/2) 0 1, ryy(-a/2) 0 1, phase(b) 1",
    "cu3": "phase(c) 0 1, cry(a) 0 1, phase(b) 0 1",
    "cu": "phase(d) 0, cu3(a,b,c) 0 1",
    "ccz": "phase(pi) 0 1 2",
    "cswap": "flip 2 1, flip 0 1 2, flip 2 1",
    "rccx": "h 2, t 2, flip 1 2, tdg 2, flip 0 2, t 2, flip 1 2, tdg 2, h 2",
    "rcccx": "h 3, t 3, flip 2 3, tdg 3, h 3, flip 0 3, t 3, flip 1 3, tdg 3, flip 0 3, t 3, flip 1 3, tdg 3, "
    "h 3, t 3, flip 2 3, tdg 3, h 3",
    "c3sqrtx": "h 3, phase(pi/2) 0 1 2 3, h 3",
}
"""Other gates in gates before them or of ours; a, b, c and d are their parameters, numbers their qubits."""


@dataclass(frozen=True, slots=True)
class Elementary:
    """One gate; its angle is `factor` times what the arithmetic is worth, which is 1 where there is none."""

    kind: Kind
    qubits: tuple[int, ...]
    factor: float = 1.0
    angle: Expression | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """One gate of a definition; `place` is the parameter that its angle is `factor` times of."""

    kind: Kind
    qubits: tuple[int, ...]
    factor: float
    place: int | None


def elementary(program: Program) -> tuple[Elementary, ...]:
    """Return a program's gates in order.

    Raises:
        StageError: the program is more than gates ("quantum-program-dynamic").
    """
    return tuple(gate for step in unitary_part(program) for gate in _gates(step))


@lru_cache(maxsize=4096)
def arithmetic(text: str) -> Expression:
    """Return the arithmetic in an instruction's parameter."""
    return expression(tokens(text), "**")


def _gates(step: Instruction) -> Iterator[Elementary]:
    for part in _parts(step.name, len(step.qubits), bool(step.params)):
        qubits = tuple(step.qubits[qubit] for qubit in part.qubits)
        angle = 1.0 if part.place is None else step.params[part.place]
        if isinstance(angle, str):
            yield Elementary(part.kind, qubits, part.factor, arithmetic(angle))
        else:
            yield Elementary(part.kind, qubits, part.factor * angle)


@lru_cache(maxsize=256)
def _parts(name: str, n_qubits: int, has_angle: bool) -> tuple[_Part, ...]:
    if name in SAME:
        return (_Part(SAME[name], tuple(range(n_qubits)), 1.0, 0 if has_angle else None),)
    return tuple(part for text in _WRITTEN_OUT[name].split(", ") if text for part in _written_out(text))


def _written_out(text: str) -> Iterator[_Part]:
    called, *places = text.split(" ")
    name, _, given = called.removesuffix(")").partition("(")
    angles = [_angle(each) for each in given.split(",") if each]
    for part in _parts(name, len(places), bool(angles)):
        factor, place = (1.0, None) if part.place is None else angles[part.place]
        yield _Part(part.kind, _chosen(places, part.qubits), part.factor * factor, place)


def _angle(text: str) -> tuple[float, int | None]:
    """Return how often an angle is the parameter that it names, or the angle itself."""
    found = arithmetic(text)
    (letter,) = found.names - CONSTANTS.keys() or {""}
    factor = float(evaluate(found, {letter: 1.0}, "definition"))
    return factor, "abcd".index(letter) if letter else None


def _chosen(places: Sequence[str], qubits: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(places[qubit]) for qubit in qubits)
