"""Means of Pauli sums over any program, on Aer: exact, sampled, or noisy. Runs in the worker's child only.

Exact means are Aer's own, so that a wide circuit needs no memory besides its state; several means of Z's come
from one distribution where that is small, which is cheaper. Samples are drawn from
the exact distribution of each measured basis, one multinomial a row: the same law as sampling each shot,
and many times cheaper. Only sums over all shots leave; never a bitstring.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.quantum_info import SparsePauliOp

from tasks.quantum.circuit import NARROW, NATIVE, Template, bound, template
from tasks.quantum.observables import Basis, PauliSum, bases, support
from tasks.quantum.request import EstimateRequest, Estimates, WordRequest, bounds, program_of
from tasks.quantum.simulate import completed, distributions, with_readout_flips

Values = NDArray[np.float64]
Observables = tuple[PauliSum, ...]

SHARED_QUBITS_MAX = 12
"""Up to this width one distribution is cheaper than a mean for each observable."""

CHUNK_AMPLITUDES = 1 << 20
"""So many probabilities of all rows, or signs of all labels, are held at once."""


def estimates(request: EstimateRequest, values: Values) -> Estimates:
    """Return the mean of every observable in every row, and its standard error, 0 where nothing is drawn.

    Args:
        values: of the program's inputs, shape (rows, n_inputs).

    Raises:
        ValueError: sizes that do not fit the program.
        StageError: more than gates in the program ("quantum-program-dynamic"), angles that are not finite
            ("quantum-angles-refused"), or a simulation without a usable result ("quantum-simulation-failed").
    """
    request.refuse_unfit(program_of(request.program), values)
    if request.mode == "exact" and not _is_small_distribution(request):
        mean = _exact(request, values)
        return Estimates(mean, np.zeros_like(mean))
    return _measured(request, values)


def best_word(request: WordRequest, values: Values) -> tuple[float, Values]:
    """Return the best value among the words that are drawn, and that one word, qubit 0 first.

    Args:
        values: of the program's inputs, shape (1, n_inputs).

    Raises:
        ValueError: sizes that do not fit the program.
        StageError: as `estimates`.
    """
    program = program_of(request.program)
    request.refuse_unfit(program, values)
    random = np.random.default_rng([request.seed, request.batch])
    (basis,) = bases(request.observables) or (Basis(),)
    turned = _turned(request.program, 0, 0, request.noise)
    (shares,) = _shares(turned, values[:1], request, random)
    words = np.flatnonzero(shares)
    masks = np.array([support(label) for label in basis.labels], dtype=np.int64)
    signs = 1.0 - 2.0 * (np.bitwise_count(words & masks[:, np.newaxis]) & 1)
    worth = _coefficients(basis, request.observables)[0] @ signs + _constants(request.observables)[0]
    best = int(worth.argmax() if request.largest else worth.argmin())
    bits = words[best] >> np.arange(program.n_qubits) & 1
    return float(worth[best]), bits.astype(np.float64)


def _is_small_distribution(request: EstimateRequest) -> bool:
    letters = {letter for each in request.observables for label, _ in each for letter in label}
    n_qubits = program_of(request.program).n_qubits
    return len(request.observables) > 1 and letters <= {"I", "Z"} and n_qubits <= SHARED_QUBITS_MAX


def _exact(request: EstimateRequest, values: Values) -> Values:
    circuit, rows = bound(_observed(request.program, request.observables), values)
    names = [str(number) for number in range(len(request.observables))]
    found = [
        [getattr(experiment.data, name) for name in names]
        for experiment in completed(circuit, rows, None, len(values))
    ]
    most = bounds(request.observables)
    return np.clip(np.asarray(found, dtype=np.float64), -most, most)


def _measured(request: EstimateRequest, values: Values) -> Estimates:
    """Add up what each basis tells; bases are measured apart, so their variances add."""
    random = np.random.default_rng([request.seed, request.batch])
    shape = (len(values), len(request.observables))
    mean, variance = np.zeros(shape) + _constants(request.observables), np.zeros(shape)
    for basis in bases(request.observables):
        turned = _turned(request.program, basis.x, basis.z, request.noise)
        size = max(1, CHUNK_AMPLITUDES >> turned.circuit.num_qubits)
        for start in range(0, len(values), size):
            rows = slice(start, start + size)
            shares = _shares(turned, values[rows], request, random)
            first, second = _moments(shares, basis, request)
            del shares  # the next circuit's state needs the room
            mean[rows] += first
            if request.shots is not None:
                variance[rows] += np.clip(second - first**2, 0.0, None) / (request.shots - 1)
    return Estimates(mean, np.sqrt(variance))


def _shares(
    turned: Template, values: Values, request: EstimateRequest, random: np.random.Generator
) -> Values:
    """Return the share of each outcome, drawn or exact, shape (rows, 2**n_qubits)."""
    circuit, rows = bound(turned, values)
    found = distributions(circuit, rows, request.noise, len(values))
    if request.noise is not None:
        found = with_readout_flips(found, circuit.num_qubits)
    if request.shots is None:
        return found
    return np.asarray(random.multinomial(request.shots, found) / request.shots)


def _moments(weights: Values, basis: Basis, request: EstimateRequest) -> tuple[Values, Values]:
    """Return the mean of each observable's part in a basis, and of its square, shape (rows, n_observables).

    Squares are 0 where nothing is drawn: there is no error to tell.

    Args:
        weights: the share of each outcome, shape (rows, 2**n_qubits).
    """
    observables, masks = request.observables, np.array([support(label) for label in basis.labels])
    coefficients = _coefficients(basis, observables)
    outcomes = np.flatnonzero(weights.any(axis=0))
    first, second = np.zeros((2, len(weights), len(observables)))
    size = max(1, CHUNK_AMPLITUDES // (len(masks) + len(observables)))
    for start in range(0, len(outcomes), size):
        part = outcomes[start : start + size]
        signs = 1.0 - 2.0 * (np.bitwise_count(part & masks[:, np.newaxis]) & 1)
        values, shares = (coefficients @ signs).T, weights[:, part]
        first += shares @ values
        if request.shots is not None:
            second += shares @ values**2
    return first, second


def _coefficients(basis: Basis, observables: Observables) -> Values:
    """Return the weight of each of a basis's labels in each observable, shape (n_observables, n_labels)."""
    place = {label: index for index, label in enumerate(basis.labels)}
    found = np.zeros((len(observables), len(place)))
    for row, observable in enumerate(observables):
        for label, weight in observable:
            if label in place:
                found[row, place[label]] += weight
    return found


def _constants(observables: Observables) -> Values:
    """Return the weight of the identity in each observable."""
    return np.array([sum(weight for label, weight in each if not support(label)) for each in observables])


@lru_cache(maxsize=8)
def _observed(program: str, observables: Observables) -> Template:
    found = _template(program, NATIVE)
    circuit: Any = found.circuit.copy()
    for number, observable in enumerate(observables):
        operator = SparsePauliOp.from_list(observable, num_qubits=circuit.num_qubits)
        circuit.save_expectation_value(operator, circuit.qubits, label=str(number))
    return Template(circuit, found.angles, found.inputs)


@lru_cache(maxsize=64)
def _turned(program: str, x: int, z: int, noise: str | None) -> Template:
    """Return the program with a basis turned to Z, on the qubits whose bit is set: X by H, Y by S^-1 and H."""
    found = _template(program, NATIVE if noise is None else NARROW)
    circuit: Any = found.circuit.copy()
    for qubit in range(circuit.num_qubits):
        if x & z & 1 << qubit:
            circuit.sdg(qubit)
        if x & 1 << qubit:
            circuit.h(qubit)
    circuit.save_probabilities()
    return Template(circuit, found.angles, found.inputs)


@lru_cache(maxsize=8)
def _template(program: str, native: frozenset[str]) -> Template:
    return template(program_of(program), native)
