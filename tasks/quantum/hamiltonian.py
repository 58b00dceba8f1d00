"""A problem as a sum of Pauli operators: what is minimised, maximised or evolved, in one form for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from math import fsum
from typing import TYPE_CHECKING, Any

from policy_checks.errors import ManifestError
from policy_checks.schemas.problem import Chain, Graph, Paulis, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PauliSum = tuple[tuple[str, float], ...]
"""(label, coefficient), sorted by label; qubit 0 is rightmost (Qiskit order); never empty."""

ENUMERATED_MAX = 20
"""Qubits whose basis states are listed one by one: 2**20 values take 8 MiB."""


def pauli_sum(problem: Problem) -> PauliSum:
    """Return the operator of a problem, each label once, without the terms that cancel.

    Bit 0 is spin 1 is |0>: Z_i is spin i and (1 - Z_i) / 2 is bit i. A cut's weight is an expectation of
    it, so a maxcut is maximised. A sum that cancels altogether keeps one identity with coefficient 0.

    >>> pauli_sum(Graph(form="maxcut", n_variables=2, terms=((0, 1, 3.0),)))
    (('II', 1.5), ('ZZ', -1.5))

    Source: Lucas, "Ising formulations of many NP problems", Frontiers in Physics 2, 5 (2014), section 1.
    """
    parts: defaultdict[str, list[float]] = defaultdict(list)
    for label, coefficient in _parts(problem):
        parts[label].append(coefficient)
    total = {label: fsum(coefficients) for label, coefficients in parts.items()}
    terms = tuple(sorted((label, value) for label, value in total.items() if value))
    return terms or (("I" * problem.n_qubits, 0.0),)


def constant(terms: PauliSum) -> float:
    """Return the coefficient of the identity: the mean over all states, and no part of any dynamics."""
    return fsum(value for label, value in terms if not label.strip("I"))


def is_diagonal(terms: PauliSum) -> bool:
    """Return whether every term is made of Z alone: basis states are its eigenstates."""
    return not any({*label} & {"X", "Y"} for label, _ in terms)


def support(label: str) -> tuple[int, ...]:
    """Return the qubits on which a term acts, ascending.

    >>> support("ZIX")
    (0, 2)
    """
    return tuple(qubit for qubit, letter in enumerate(reversed(label)) if letter != "I")


def values_of(terms: PauliSum) -> NDArray[np.float64]:
    """Return the value of a diagonal sum on each basis state, shape (2**n,), qubit 0 the lowest bit.

    A product of Z is a Walsh function, so one Walsh-Hadamard transform of the coefficients gives all
    values, in time that hardly depends on the number of terms.

    Raises:
        ManifestError: the sum is not diagonal, or has more than `ENUMERATED_MAX` qubits.

    Source: Hadfield, "On the representation of Boolean and real functions as Hamiltonians for quantum
        computing", ACM Transactions on Quantum Computing 2 (2021), section 2.
    """
    import numpy as np

    n_qubits = len(terms[0][0])
    refuse_off_diagonal(terms)
    if n_qubits > ENUMERATED_MAX:
        found = f"{n_qubits} qubits have more basis states than are listed, {ENUMERATED_MAX} allowed"
        raise ManifestError("too-many-to-enumerate", found, "Ask for fewer variables.")
    values = np.zeros(1 << n_qubits)
    for label, coefficient in terms:
        values[mask(label, "Z")] = coefficient
    walsh(values)
    return values


def mask(label: str, letters: str) -> int:
    """Return the qubits on which a term has one of these letters, as bits.

    >>> bin(mask("ZIYX", "XY"))
    '0b11'
    """
    return int("".join("01"[letter in letters] for letter in label), 2)


def walsh(values: NDArray[Any]) -> None:
    """Replace coefficients c[m] by the sums over m of c[m] (-1)**|m & b|, in place; the length is 2**n."""
    for qubit in range(values.size.bit_length() - 1):
        pairs = values.reshape(-1, 2, 1 << qubit)
        pairs[:, 0] += pairs[:, 1]
        pairs[:, 1] = pairs[:, 0] - 2 * pairs[:, 1]


def refuse_off_diagonal(terms: PauliSum) -> None:
    """Return if a sum is diagonal.

    Raises:
        ManifestError: a term holds X or Y.
    """
    if not is_diagonal(terms):
        raise ManifestError(
            "problem-not-diagonal",
            "the problem holds X or Y, only I and Z are allowed where basis states have values",
            'Give a problem of the form "maxcut", "qubo" or "ising", or Paulis of I and Z alone.',
        )


def _parts(problem: Problem) -> Iterator[tuple[str, float]]:
    """Give terms in any order, a label as often as it comes."""
    if isinstance(problem, Paulis):
        yield from problem.terms.items()
    elif isinstance(problem, Chain):
        yield from _chain(problem)
    else:
        yield from _graph(problem)


def _graph(problem: Graph) -> Iterator[tuple[str, float]]:
    n = problem.n_variables
    for i, j, weight in problem.terms:
        both = {i: "Z", j: "Z"}
        if problem.form == "maxcut":
            yield _label(n, {}), weight / 2
            yield _label(n, both), -weight / 2
        elif problem.form == "ising":
            yield _label(n, both), weight
        elif i == j:
            yield _label(n, {}), weight / 2
            yield _label(n, both), -weight / 2
        else:
            yield _label(n, {}), weight / 4
            yield _label(n, {i: "Z"}), -weight / 4
            yield _label(n, {j: "Z"}), -weight / 4
            yield _label(n, both), weight / 4


def _chain(problem: Chain) -> Iterator[tuple[str, float]]:
    n = problem.sites
    is_ising = problem.form == "ising_chain"
    coupling = -problem.coupling if is_ising else problem.coupling
    for site in range(n if problem.periodic else n - 1):
        for letter in "Z" if is_ising else "XYZ":
            yield _label(n, {site: letter, (site + 1) % n: letter}), coupling
    for site in range(n):
        yield _label(n, {site: "X" if is_ising else "Z"}), -problem.field if is_ising else problem.field


def _label(n_qubits: int, letters: dict[int, str]) -> str:
    label = ["I"] * n_qubits
    for qubit, letter in letters.items():
        label[n_qubits - 1 - qubit] = letter
    return "".join(label)
