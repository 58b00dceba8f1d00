"""What a graph problem is worth without a quantum computer: the best answer, a greedy one, a guess."""

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policy_checks.errors import StageError
from policy_checks.schemas.problem import Graph
from tasks.quantum.hamiltonian import ENUMERATED_MAX, constant, pauli_sum, support, values_of

Values = NDArray[np.float64]
FLIPS_MAX = 10_000


class Assignment(NamedTuple):
    """What an assignment is worth; `bits` has variable 0 first."""

    value: float
    bits: tuple[int, ...]


def value_of(problem: Graph, bits: Sequence[int]) -> float:
    """Return the cut's weight or the objective of an assignment, variable 0 first."""
    spins = [1 - 2 * bit for bit in bits]
    if problem.form == "maxcut":
        return fsum(weight for i, j, weight in problem.terms if bits[i] != bits[j])
    if problem.form == "qubo":
        return fsum(weight for i, j, weight in problem.terms if bits[i] and bits[j])
    return fsum(weight * spins[i] * (spins[j] if i != j else 1) for i, j, weight in problem.terms)


def maximises(problem: Graph) -> bool:
    """Return whether more is better."""
    return problem.form == "maxcut"


def best_value(problem: Graph) -> Assignment:
    """Return the best of all assignments, or one of several that are equally good.

    Raises:
        StageError: more than `ENUMERATED_MAX` variables.
    """
    if problem.n_variables > ENUMERATED_MAX:
        found = f"no exact answer for {problem.n_variables} variables, at most {ENUMERATED_MAX} are tried out"
        raise StageError("reference-too-wide", found, "Compare with the greedy answer.")
    values = values_of(pauli_sum(problem))
    best = int(values.argmax() if maximises(problem) else values.argmin())
    bits = tuple(best >> variable & 1 for variable in range(problem.n_variables))
    return Assignment(value_of(problem, bits), bits)


def random_value(problem: Graph) -> float:
    """Return the mean over all assignments: what guessing is worth.

    >>> random_value(Graph(form="maxcut", n_variables=2, terms=((0, 1, 3.0),)))
    1.5
    """
    return constant(pauli_sum(problem))


def greedy(problem: Graph, seed: int) -> Assignment:
    """Return an assignment that is good at once: chosen variable by variable, then one flip after the other.

    Each variable, in random order, takes the side that is better on average over those that are not yet
    chosen, so the answer is never worse than a guess is on average: for a maxcut of weights that are not
    negative, half of all weight. Then the best single flip is made as long as one improves.

    Source: Sahni and Gonzalez, "P-complete approximation problems", Journal of the ACM 23, 555 (1976);
        Alon and Spencer, "The Probabilistic Method" (2016), section 16.1, for the averages.
    """
    fields, couplings = _spin_glass(problem)
    spins = np.zeros(problem.n_variables)
    for variable in np.random.default_rng(seed).permutation(problem.n_variables):
        pull = fields[variable] + couplings[variable] @ spins
        spins[variable] = -np.sign(pull) or 1.0
    least = 1e-12 * (np.abs(fields).sum() + np.abs(couplings).sum())
    for _ in range(FLIPS_MAX):
        gains = 2 * spins * (fields + couplings @ spins)
        best = int(gains.argmax())
        if gains[best] <= least:
            break
        spins[best] = -spins[best]
    bits = tuple(int(spin < 0) for spin in spins)
    return Assignment(value_of(problem, bits), bits)


def _spin_glass(problem: Graph) -> tuple[Values, Values]:
    """Return fields and symmetric couplings of spins, to be minimised in every form."""
    fields, couplings = np.zeros(problem.n_variables), np.zeros((problem.n_variables,) * 2)
    sign = -1 if maximises(problem) else 1
    for label, coefficient in pauli_sum(problem):
        match support(label):
            case (i,):
                fields[i] = sign * coefficient
            case (i, j):
                couplings[i, j] = couplings[j, i] = sign * coefficient
    return fields, couplings
