"""A sum of Pauli operators as a matrix, for as long as matrices fit."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from policy_checks.errors import StageError
from tasks.quantum.hamiltonian import PauliSum, mask, walsh

ENTRIES_MAX = 1 << 22
"""Entries of a matrix: about 250 MiB while it is made. Eleven qubits never have more."""


def sparse(terms: PauliSum) -> csr_array:
    """Return the matrix, shape (2**n, 2**n), real where it can be; state b has qubit 0 as its lowest bit.

    A term takes |b> to a phase times |b ^ flips>, so terms with the same flips share their entries, and
    every row has as many as there are kinds of flips.

    Raises:
        StageError: more than `ENTRIES_MAX` entries.
    """
    _refuse_dense(terms)
    flipped = _by_flips(terms)
    flips = np.fromiter(sorted(flipped), dtype=np.int64)
    states = np.arange(1 << len(terms[0][0]))
    columns = states[:, None] ^ flips
    phases = np.stack([flipped[int(flip)][states ^ flip] for flip in flips], axis=1)
    starts = np.arange(0, columns.size + 1, flips.size)
    entries = phases if np.any(phases.imag) else phases.real
    return csr_array((entries.ravel(), columns.ravel(), starts), shape=(states.size, states.size))


def _by_flips(terms: PauliSum) -> dict[int, NDArray[np.complex128]]:
    """Return flips -> the phase that each basis state takes with them: Y|b> = i (-1)**b |b ^ 1>."""
    size = 1 << len(terms[0][0])
    phases: defaultdict[int, NDArray[np.complex128]] = defaultdict(
        lambda: np.zeros(size, dtype=np.complex128)
    )
    for label, coefficient in terms:
        phases[mask(label, "XY")][mask(label, "YZ")] += coefficient * 1j ** label.count("Y")
    for values in phases.values():
        walsh(values)
    return phases


def _refuse_dense(terms: PauliSum) -> None:
    n_entries = len({mask(label, "XY") for label, _ in terms}) << len(terms[0][0])
    if n_entries > ENTRIES_MAX:
        raise StageError(
            "reference-too-dense",
            f"the problem's matrix has {n_entries} entries, at most {ENTRIES_MAX} are computed with",
            "Give fewer kinds of terms with X and Y, or fewer qubits.",
        )
