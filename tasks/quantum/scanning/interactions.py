"""Two-qubit gates as what they do to a pair: turns about axes, exp(-i angle/2 a.s x b.s), and turns of each qubit.

Every gate of the standard libraries is one to three commuting turns of the pair (Cartan decomposition), with
single-qubit turns before and after. Turns of one qubit are unit quaternions (w, x, y, z) = w - i(xX + yY + zZ).
"""

from collections.abc import Callable
from functools import lru_cache
from math import atan2, cos, pi, sin
from typing import NamedTuple

from tasks.quantum.scanning.angles import Angles

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
STILL: Quaternion = (1.0, 0.0, 0.0, 0.0)
X: Vector = (1.0, 0.0, 0.0)
Y: Vector = (0.0, 1.0, 0.0)
Z: Vector = (0.0, 0.0, 1.0)


class Turn(NamedTuple):
    """exp(-i angle/2 a.s x b.s) on a pair."""

    a: Vector
    b: Vector
    angle: float

    @property
    def axes(self) -> tuple[Vector, Vector]:
        """Return the axis of either qubit."""
        return self.a, self.b


class Step(NamedTuple):
    """Turns of the first and the second qubit alone, then turns of both together."""

    first: Quaternion
    second: Quaternion
    turns: tuple[Turn, ...]


def overlap(one: Vector, other: Vector) -> float:
    """Return the cosine between two axes."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def turned(axis: Vector, angle: float) -> Quaternion:
    """Return the turn of one qubit about an axis."""
    s = sin(angle / 2)
    return cos(angle / 2), axis[0] * s, axis[1] * s, axis[2] * s


def after(second: Quaternion, first: Quaternion) -> Quaternion:
    """Return the turn that does the first, then the second."""
    a, b, c, d = second
    e, f, g, h = first
    return (
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    )


def back(turn: Quaternion) -> Quaternion:
    """Return the turn that takes a turn back."""
    return turn[0], -turn[1], -turn[2], -turn[3]


def rounded(turn: Quaternion) -> Quaternion:
    """Return a turn in ten-thousandths, the same for a turn and for one that goes round once more."""
    sign = next((1 if part > 0 else -1 for part in turn if abs(part) > 1e-3), 1)
    w, x, y, z = (round(sign * part, 4) + 0.0 for part in turn)
    return w, x, y, z


def seen_from(turn: Quaternion, axis: Vector) -> Vector:
    """Return the axis as it was before the turn: what a later gate's axis is in the frame of the start."""
    w, x, y, z = turn[0], -turn[1], -turn[2], -turn[3]
    a, b, c = axis
    p, q, r = 2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)
    return a + w * p + y * r - z * q, b + w * q + z * p - x * r, c + w * r + x * q - y * p


def _euler(theta: float, phi: float, lam: float) -> Quaternion:
    return after(turned(Z, phi), after(turned(Y, theta), turned(Z, lam)))


_H: Quaternion = (0.0, 0.5**0.5, 0.0, 0.5**0.5)
_FIXED: dict[str, Quaternion] = {
    "id": STILL, "x": turned(X, pi), "y": turned(Y, pi), "z": turned(Z, pi), "h": _H,
    "s": turned(Z, pi / 2), "sdg": turned(Z, -pi / 2), "t": turned(Z, pi / 4), "tdg": turned(Z, -pi / 4),
    "sx": turned(X, pi / 2), "sxdg": turned(X, -pi / 2),
}  # fmt: skip
_TURNING: dict[str, Callable[..., Quaternion]] = {
    "rx": lambda t: turned(X, t), "ry": lambda t: turned(Y, t), "rz": lambda t: turned(Z, t),
    "p": lambda t: turned(Z, t), "u1": lambda t: turned(Z, t),
    "u2": lambda p, q: _euler(pi / 2, p, q), "u": _euler, "u3": _euler,
    "r": lambda t, p: turned((cos(p), sin(p), 0.0), t),
}  # fmt: skip


@lru_cache(maxsize=4096)
def single(name: str, params: Angles) -> Quaternion:
    """Return a single-qubit gate as a turn; its global phase is left out.

    Raises:
        KeyError: no standard gate of one qubit.
    """
    return _FIXED[name] if name in _FIXED else _TURNING[name](*params)


def controlled(turn: Quaternion, phase: float) -> tuple[Step, ...]:
    """Return the controlled form of exp(i phase) times a turn."""
    w, axis = turn[0], turn[1:]
    length = sum(part * part for part in axis) ** 0.5
    if length < 1e-12:
        return (Step(turned(Z, phase if w > 0 else phase + pi), STILL, ()),)
    unit: Vector = (axis[0] / length, axis[1] / length, axis[2] / length)
    half = atan2(length, w)
    both = Turn(Z, unit, -half)
    return (Step(turned(Z, phase), turned(unit, half), (both,)),)


def _exchange(angle: float, sign: float) -> tuple[Turn, Turn]:
    return Turn(X, X, angle), Turn(Y, Y, sign * angle)


def _along(a: Vector, b: Vector, angle: float) -> tuple[Step, ...]:
    return (Step(STILL, STILL, (Turn(a, b, angle),)),)


_CX = controlled(turned(X, pi), pi / 2)
_BACK = tuple(Step(s, f, tuple(Turn(b, a, t) for a, b, t in turns)) for f, s, turns in _CX)
_HALVES = tuple(Turn(axis, axis, -pi / 2) for axis in (X, Y, Z))
_FIXED_PAIRS: dict[str, tuple[Step, ...]] = {
    "cx": _CX,
    "cy": controlled(turned(Y, pi), pi / 2),
    "cz": controlled(turned(Z, pi), pi / 2),
    "ch": controlled(_H, pi / 2),
    "csx": controlled(turned(X, pi / 2), pi / 4),
    "swap": (Step(STILL, STILL, _HALVES),),
    "iswap": (Step(STILL, STILL, _HALVES[:2]),),
    "dcx": _CX + _BACK,
    "ecr": (Step(STILL, STILL, (Turn(Z, X, pi / 2),)), Step(turned(X, pi), STILL, ())),
}
_TURNING_PAIRS: dict[str, Callable[..., tuple[Step, ...]]] = {
    "cp": lambda t: controlled(turned(Z, t), t / 2),
    "cu1": lambda t: controlled(turned(Z, t), t / 2),
    "crx": lambda t: controlled(turned(X, t), 0.0),
    "cry": lambda t: controlled(turned(Y, t), 0.0),
    "crz": lambda t: controlled(turned(Z, t), 0.0),
    "rxx": lambda t: _along(X, X, t),
    "ryy": lambda t: _along(Y, Y, t),
    "rzz": lambda t: _along(Z, Z, t),
    "rzx": lambda t: _along(Z, X, t),
    "cu3": lambda t, p, q: controlled(_euler(t, p, q), (p + q) / 2),
    "cu": lambda t, p, q, g: controlled(_euler(t, p, q), g + (p + q) / 2),
    "xx_plus_yy": lambda t, b: (
        Step(turned(Z, b), STILL, _exchange(t / 2, 1)),
        Step(turned(Z, -b), STILL, ()),
    ),
    "xx_minus_yy": lambda t, b: (
        Step(STILL, turned(Z, -b), _exchange(t / 2, -1)),
        Step(STILL, turned(Z, b), ()),
    ),
}


@lru_cache(maxsize=4096)
def double(name: str, params: Angles) -> tuple[Step, ...]:
    """Return a two-qubit gate as steps in order of time; its global phase is left out.

    Raises:
        KeyError: no standard gate of two qubits.
    """
    return _FIXED_PAIRS[name] if name in _FIXED_PAIRS else _TURNING_PAIRS[name](*params)
