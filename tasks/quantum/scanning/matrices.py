"""The standard gates as matrices; of several qubits the first is the most significant.

Source: OpenQASM 2 (arXiv 1707.03429) with Qiskit's qelib1.inc; OpenQASM 3 (arXiv 2104.14722), stdgates.inc.
"""

from cmath import exp
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]


def kron(first: Matrix, second: Matrix) -> Matrix:
    """Return the gate that two gates are side by side."""
    size = len(first) * len(second)
    both: Matrix = np.multiply.outer(first, second).swapaxes(1, 2).reshape(size, size)
    return both


def _matrix(*rows: Sequence[complex]) -> Matrix:
    return np.array(rows, dtype=complex)


def controlled(inner: Matrix, times: int = 1) -> Matrix:
    """Return the gate that acts where all of so many further qubits, which come first, are 1."""
    whole = np.eye(len(inner) << times, dtype=complex)
    whole[-len(inner) :, -len(inner) :] = inner
    return whole


def _euler(theta: float, phi: float, lam: float) -> Matrix:
    c, s = cos(theta / 2), sin(theta / 2)
    return _matrix((c, -exp(1j * lam) * s), (exp(1j * phi) * s, exp(1j * (phi + lam)) * c))


def _phase(lam: float) -> Matrix:
    return _matrix((1, 0), (0, exp(1j * lam)))


def _about(pauli: Matrix, theta: float) -> Matrix:
    """Return the rotation by theta about a product of Pauli operators."""
    turned: Matrix = cos(theta / 2) * (I2 if len(pauli) == 2 else I4) - 1j * sin(theta / 2) * pauli
    return turned


def _partial_swap(theta: float, beta: float, outer: bool) -> Matrix:
    """Return XX +- YY of Qiskit: a rotation between |01> and |10>, or between |00> and |11>."""
    low, high = (0, 3) if outer else (2, 1)
    whole = np.eye(4, dtype=complex)
    whole[low, low] = whole[high, high] = cos(theta / 2)
    whole[low, high] = -1j * sin(theta / 2) * exp(-1j * beta)
    whole[high, low] = -1j * sin(theta / 2) * exp(1j * beta)
    return whole


X, Y, Z = _matrix((0, 1), (1, 0)), _matrix((0, -1j), (1j, 0)), _matrix((1, 0), (0, -1))
I2, I4, H = np.eye(2, dtype=complex), np.eye(4, dtype=complex), _matrix((1, 1), (1, -1)) / sqrt(2)
SX = _matrix((1 + 1j, 1 - 1j), (1 - 1j, 1 + 1j)) / 2
SWAP: Matrix = np.eye(4, dtype=complex)[[0, 2, 1, 3]]
CX: Matrix = controlled(X)
REVERSED_CX: Matrix = np.eye(4, dtype=complex)[[0, 3, 2, 1]]

XX, YY, ZZ, ZX = kron(X, X), kron(Y, Y), kron(Z, Z), kron(Z, X)

FIXED: dict[str, Matrix] = {
    "id": I2, "x": X, "y": Y, "z": Z, "h": H, "s": _phase(pi / 2), "sdg": _phase(-pi / 2),
    "t": _phase(pi / 4), "tdg": _phase(-pi / 4), "sx": SX, "sxdg": SX.conj().T,
    "cx": CX, "cy": controlled(Y), "cz": controlled(Z), "ch": controlled(H), "csx": controlled(SX),
    "swap": SWAP, "iswap": SWAP * _matrix((1, 1, 1, 1), (1, 1, 1j, 1), (1, 1j, 1, 1), (1, 1, 1, 1)),
    "ecr": (kron(X, I2) - kron(Y, X)) / sqrt(2), "dcx": REVERSED_CX @ CX,
    "ccx": controlled(X, 2), "ccz": controlled(Z, 2), "cswap": controlled(SWAP), "c3x": controlled(X, 3),
    "c4x": controlled(X, 4), "c3sqrtx": controlled(SX, 3),
}  # fmt: skip
TURNING: dict[str, Callable[..., Matrix]] = {
    "rx": lambda t: _about(X, t),
    "ry": lambda t: _about(Y, t),
    "rz": lambda t: _about(Z, t),
    "p": _phase,
    "u1": _phase,
    "u2": lambda p, q: _euler(pi / 2, p, q),
    "r": lambda t, p: _euler(t, p - pi / 2, pi / 2 - p),
    "u": _euler,
    "u3": _euler,
    "cp": lambda t: controlled(_phase(t)),
    "cu1": lambda t: controlled(_phase(t)),
    "crx": lambda t: controlled(_about(X, t)),
    "cry": lambda t: controlled(_about(Y, t)),
    "crz": lambda t: controlled(_about(Z, t)),
    "rxx": lambda t: _about(XX, t),
    "ryy": lambda t: _about(YY, t),
    "rzz": lambda t: _about(ZZ, t),
    "rzx": lambda t: _about(ZX, t),
    "xx_plus_yy": lambda t, b: _partial_swap(t, b, outer=False),
    "xx_minus_yy": lambda t, b: _partial_swap(t, b, outer=True),
    "cu3": lambda t, p, q: controlled(_euler(t, p, q)),
    "cu": lambda t, p, q, g: controlled(exp(1j * g) * _euler(t, p, q)),
}
RELATIVE = {
    "rccx": "h2 t2 cx12 tdg2 cx02 t2 cx12 tdg2 h2",
    "rcccx": "h3 t3 cx23 tdg3 h3 cx03 t3 cx13 tdg3 cx03 t3 cx13 tdg3 h3 t3 cx23 tdg3 h3",
}
"""Gates whose phases depend on who wrote them down: as Qiskit does, gate by gate with the qubits' places."""

MANY_QUBITS_MAX = 10
"""A gate on more qubits than this has no matrix here."""


@lru_cache(maxsize=4096)
def matrix(name: str, params: tuple[float, ...], n_qubits: int) -> Matrix:
    """Return the unitary of a standard gate; it is shared, so nobody may write into it."""
    if name in FIXED:
        return FIXED[name]
    if name in ("mcx", "mcphase"):
        return controlled(X if name == "mcx" else _phase(*params), n_qubits - 1)
    return TURNING[name](*params)
