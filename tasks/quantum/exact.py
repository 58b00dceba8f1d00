"""What a Hamiltonian does, exactly, for as long as its matrix fits: held against what circuits answer."""

from collections.abc import Sequence
from math import fsum
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackNoConvergence, eigsh, expm_multiply
from threadpoolctl import threadpool_limits

from policy_checks.errors import StageError
from tasks.quantum.hamiltonian import PauliSum, is_diagonal, values_of
from tasks.quantum.matrices import sparse

Values = NDArray[np.float64]
States = NDArray[np.complex128]
Initial = Literal["up", "neel", "plus"]

QUBITS_MAX = 12
DENSE_MAX = 10
"""Qubits up to which all eigenvectors are found, so that time costs nothing: a matrix of 1024 x 1024."""
PRODUCTS_MAX = 2e10
"""Multiplications that a Taylor series may take beyond: about a minute."""
RESTARTS_MAX = 2_000


def ground_energy(terms: PauliSum) -> float:
    """Return the least eigenvalue, by exact diagonalisation.

    Raises:
        StageError: more than `QUBITS_MAX` qubits, too many entries, or no convergence.

    Source: Lehoucq, Sorensen and Yang, "ARPACK Users' Guide" (1998), beyond `DENSE_MAX` qubits.
    """
    n_qubits = len(terms[0][0])
    _refuse_wide(n_qubits)
    if is_diagonal(terms):
        return float(values_of(terms).min())
    matrix = sparse(terms)
    # More threads than idle cores make it slower by orders.
    with threadpool_limits(1):
        if n_qubits <= DENSE_MAX:
            return float(np.linalg.eigvalsh(matrix.toarray())[0])
        return _by_lanczos(matrix)


def evolved(terms: PauliSum, initial: Initial, times: Sequence[float]) -> Values:
    """Return <Z_q> of exp(-i t H) on an initial state, shape (times, qubits), qubit 0 first.

    Raises:
        StageError: more than `QUBITS_MAX` qubits, too many entries, or beyond `DENSE_MAX` qubits too long
            a time.

    Source: Al-Mohy and Higham, "Computing the action of the matrix exponential", SIAM Journal on Scientific
        Computing 33, 488 (2011), beyond `DENSE_MAX` qubits.
    """
    n_qubits = len(terms[0][0])
    _refuse_wide(n_qubits)
    state = _state(initial, n_qubits)
    with threadpool_limits(1):
        states = (_by_eigenvectors if n_qubits <= DENSE_MAX else _by_series)(terms, state, times)
    bits = np.arange(state.size)[:, None] >> np.arange(n_qubits) & 1
    return np.array(np.abs(states) ** 2 @ (1.0 - 2.0 * bits))


def _by_lanczos(matrix: csr_array) -> float:
    """Return the least eigenvalue; Lanczos sees only what its first vector holds, a random one all symmetries."""
    start = np.random.default_rng(0).normal(size=matrix.shape[0])
    try:
        return float(
            eigsh(matrix, 1, which="SA", v0=start, maxiter=RESTARTS_MAX, return_eigenvectors=False)[0]
        )
    except ArpackNoConvergence:
        raise StageError(
            "reference-not-found",
            f"no ground energy was found in {RESTARTS_MAX} restarts: its levels lie too close together",
            f"Ask for {DENSE_MAX} qubits or fewer, or for coefficients of one size.",
        ) from None


def _by_eigenvectors(terms: PauliSum, state: Values, times: Sequence[float]) -> States:
    energies, vectors = np.linalg.eigh(sparse(terms).toarray())
    phases = np.exp(-1j * np.outer(times, energies))
    return np.array((phases * (vectors.conj().T @ state)) @ vectors.T)


def _by_series(terms: PauliSum, state: Values, times: Sequence[float]) -> States:
    """Return the states, one after the other; the identity turns only their global phase."""
    moving = tuple(term for term in terms if term[0].strip("I")) or terms
    matrix = sparse(moving)
    _refuse_slow(moving, matrix, times)
    states, current, now = [], state.astype(np.complex128), 0.0
    for time in times:
        current, now = expm_multiply(-1j * (time - now) * matrix, current), time
        states.append(current)
    return np.array(states)


def _state(initial: Initial, n_qubits: int) -> Values:
    if initial == "plus":
        return np.full(1 << n_qubits, 2.0 ** (-n_qubits / 2))
    state = np.zeros(1 << n_qubits)
    state[sum(1 << qubit for qubit in range(0, n_qubits, 2)) if initial == "neel" else 0] = 1.0
    return state


def _refuse_slow(terms: PauliSum, matrix: csr_array, times: Sequence[float]) -> None:
    """Refuse a series whose length grows with energy and time, before its first product."""
    if matrix.nnz * max(times) * fsum(abs(value) for _, value in terms) > PRODUCTS_MAX:
        raise StageError(
            "reference-too-slow",
            "the exact evolution would take minutes: its energies times its time are too large",
            f"Watch a shorter time, or {DENSE_MAX} qubits or fewer.",
        )


def _refuse_wide(n_qubits: int) -> None:
    if n_qubits > QUBITS_MAX:
        raise StageError(
            "reference-too-wide",
            f"no exact answer for {n_qubits} qubits, at most {QUBITS_MAX} are computed",
            "Ask for fewer qubits, or read the result without a reference.",
        )
