"""Matrices of gates and of short circuits on few qubits; the first qubit is the most significant."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from math import pi

import numpy as np
from numpy.typing import NDArray

from tasks.quantum.scanning.angles import Angles
from tasks.quantum.scanning.interactions import Quaternion, Vector, double, single

Matrix = NDArray[np.complex128]
PAULIS = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=np.complex128)
_MORE_CONTROLS = {"ccx": "x", "ccz": "z", "c3x": "x", "c4x": "x", "cswap": "swap", "c3sqrtx": "sx"}
_RCCX = (
    ("h", (2,)), ("t", (2,)), ("cx", (1, 2)), ("tdg", (2,)), ("cx", (0, 2)),
    ("t", (2,)), ("cx", (1, 2)), ("tdg", (2,)), ("h", (2,)),
)  # fmt: skip
_RCCCX = (
    ("h", (3,)), ("t", (3,)), ("cx", (2, 3)), ("tdg", (3,)), ("h", (3,)), ("cx", (0, 3)), ("t", (3,)),
    ("cx", (1, 3)), ("tdg", (3,)), ("cx", (0, 3)), ("t", (3,)), ("cx", (1, 3)), ("tdg", (3,)), ("h", (3,)),
    ("t", (3,)), ("cx", (2, 3)), ("tdg", (3,)), ("h", (3,)),
)  # fmt: skip
_WRITTEN_OUT = {"rccx": _RCCX, "rcccx": _RCCCX}


def of_turn(turn: Quaternion) -> Matrix:
    """Return a turn of one qubit as a matrix of determinant 1."""
    w, x, y, z = turn
    return np.array([[w - 1j * z, -y - 1j * x], [y - 1j * x, w + 1j * z]], dtype=np.complex128)


def applied(gate: Matrix, qubits: Sequence[int], whole: Matrix) -> Matrix:
    """Return the gate times the columns of a matrix of more qubits."""
    k, n = len(qubits), whole.shape[0].bit_length() - 1
    tensor = whole.reshape((2,) * n + (-1,))
    made = np.tensordot(gate.reshape((2,) * 2 * k), tensor, axes=(range(k, 2 * k), qubits))
    return np.moveaxis(made, range(k), qubits).reshape(whole.shape)


def circuit(parts: Iterable[tuple[Matrix, Sequence[int]]], n: int) -> Matrix:
    """Return the matrix of gates on n qubits, in order of time."""
    start: Matrix = np.eye(2**n, dtype=np.complex128)
    return reduce(lambda whole, part: applied(part[0], part[1], whole), parts, start)


@lru_cache(maxsize=2048)
def standard(name: str, params: Angles, n: int) -> Matrix:
    """Return a standard gate's matrix, up to a global phase; read-only, for it is shared.

    Raises:
        KeyError: the scan knows no such gate.
    """
    made = _standard(name, params, n)
    made.setflags(write=False)
    return made


def _standard(name: str, params: Angles, n: int) -> Matrix:
    if n == 1:
        return of_turn(single(name, params))
    if name == "mcx" or name == "mcphase":
        last = np.exp(1j * params[0]) if name == "mcphase" else None
        return _controlled(PAULIS[0] if last is None else np.diag([1, last]), n)
    if name in _MORE_CONTROLS:
        return _controlled(_exact(_MORE_CONTROLS[name]), n)
    if name in _WRITTEN_OUT:
        return circuit(((standard(part, (), len(q)), q) for part, q in _WRITTEN_OUT[name]), n)
    return _pair(name, params)


def _pair(name: str, params: Angles) -> Matrix:
    whole: Matrix = np.eye(4, dtype=np.complex128)
    for first, second, turns in double(name, params):
        whole = np.kron(of_turn(first), of_turn(second)) @ whole
        for a, b, angle in turns:
            whole = _both(a, b, angle) @ whole
    return whole


def _both(a: Vector, b: Vector, angle: float) -> Matrix:
    product = np.kron(np.tensordot(a, PAULIS, 1), np.tensordot(b, PAULIS, 1))
    made: Matrix = np.cos(angle / 2) * np.eye(4) - 1j * np.sin(angle / 2) * product
    return made


def _exact(name: str) -> Matrix:
    """Return what is controlled with its own phase, which a control makes visible."""
    if name == "swap":
        return np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]
    phase = {"x": pi / 2, "z": pi / 2, "sx": pi / 4}[name]
    made: Matrix = np.exp(1j * phase) * of_turn(single(name, ()))
    return made


def _controlled(inner: Matrix, n: int) -> Matrix:
    whole: Matrix = np.eye(2**n, dtype=np.complex128)
    whole[-len(inner) :, -len(inner) :] = inner
    return whole


def same(one: Matrix, other: Matrix) -> bool:
    """Return whether two unitaries are the same up to a global phase."""
    return one.shape == other.shape and bool(abs(abs(np.vdot(one, other)) - len(one)) < 1e-6 * len(one))
