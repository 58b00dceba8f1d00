"""Expectations of bound circuits on Aer: exact, sampled, or noisy. Runs in the worker's child only.

Aer keeps the interpreter lock while it simulates, so nothing in this process can stop it: the
deadline belongs to the parent. One parametrised circuit with runtime-bound values is several
times cheaper than a bound circuit a row; `ry`, `rz` and `cx` are native, so nothing is transpiled
and the noise meets exactly the gates of the template.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

from policy_checks.errors import StageError
from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.ansatz import Ansatz, build
from tasks.quantum.circuit import ONE_QUBIT, TWO_QUBITS
from tasks.quantum.request import Angles, SimulationRequest

GATE_1Q_DEPOLARISING = 0.001
GATE_2Q_DEPOLARISING = 0.01
READOUT_FLIP = 0.02
"""Orders of magnitude of superconducting devices of the mid-2020s; no particular device."""

PROBABILITY_TOLERANCE = 1e-9

Values = NDArray[np.float64]


def expectations(request: SimulationRequest, weights: Angles, angles: Angles) -> Values:
    """Return <Z_q> of every row, shape (rows, n_qubits), column q = qubit q, in [-1, 1].

    Shots are drawn from the exact distribution, one multinomial a row: the same law as sampling
    each shot, and many times cheaper. Only these means leave; never a bitstring.

    Args:
        request: what to simulate and how.
        weights: radians, shape (n_layers, n_qubits, 2).
        angles: radians, shape (rows, n_qubits).

    Raises:
        ValueError: an array has another dtype or shape than the circuit needs.
        StageError: angles that are not finite (code "quantum-angles-refused"), or a simulation
            that failed, is incomplete or no probability distribution ("quantum-simulation-failed").
    """
    request.refuse_unfit(weights, angles)
    if not (np.isfinite(weights).all() and np.isfinite(angles).all()):
        raise StageError(
            "quantum-angles-refused", "Angles found that are not finite.", "Inspect the model that made them."
        )
    probabilities = _probabilities(request, weights, angles)
    if request.noise is not None:
        probabilities = with_readout_flips(probabilities, request.circuit.qubits)
    if request.shots is not None:
        random = np.random.default_rng([request.seed, request.batch])
        probabilities = random.multinomial(request.shots, probabilities) / request.shots
    return np.clip(probabilities @ _signs(request.circuit.qubits), -1.0, 1.0)


def completed(
    circuit: QuantumCircuit, rows: Mapping[Parameter, Sequence[float]], noise: str | None, n_rows: int
) -> Iterator[Any]:
    """Give what the simulator saved of every row; rows that nothing tells apart are simulated once.

    Args:
        rows: the values of what is still free, one a row.

    Raises:
        StageError: a row is missing or failed ("quantum-simulation-failed").
    """
    binds = [{parameter: list(values) for parameter, values in rows.items()}] if rows else None
    result = _backend(noise).run(circuit, parameter_binds=binds).result()
    if not result.success or result.status != "COMPLETED":
        raise _failed("the simulator did not complete every circuit")
    if len(result.results) != (n_rows if rows else 1):
        raise _failed("the simulator returned another number of results than was asked for")
    for experiment in result.results:
        if not experiment.success:
            raise _failed("the simulator failed on one of the circuits")
        yield from repeat(experiment, 1 if rows else n_rows)


def distributions(
    circuit: QuantumCircuit, rows: Mapping[Parameter, Sequence[float]], noise: str | None, n_rows: int
) -> Values:
    """Return exact basis-state probabilities, shape (n_rows, 2**n_qubits), qubit 0 least significant.

    Raises:
        StageError: as `completed`, or what came is no distribution.
    """
    found = [
        np.asarray(each.data.probabilities, dtype=np.float64)
        for each in completed(circuit, rows, noise, n_rows)
    ]
    if {len(row) for row in found} != {2**circuit.num_qubits}:
        raise _failed("the simulator returned distributions of another size")
    return _checked(np.stack(found))


def _probabilities(request: SimulationRequest, weights: Angles, angles: Angles) -> Values:
    ansatz = _measured(request.circuit)
    bound = ansatz.circuit.assign_parameters(dict(zip(ansatz.weights, weights.ravel().tolist(), strict=True)))
    rows = {parameter: angles[:, qubit].tolist() for qubit, parameter in enumerate(ansatz.inputs)}
    return distributions(bound, rows, request.noise, len(angles))


def _checked(probabilities: Values) -> Values:
    """Return a distribution a row, rounding noise removed; refuse what is none."""
    totals = probabilities.sum(axis=1, keepdims=True)
    if not np.isfinite(totals).all() or probabilities.min() < -PROBABILITY_TOLERANCE:
        raise _failed("probabilities found that are not finite or negative")
    if np.abs(totals - 1.0).max() > PROBABILITY_TOLERANCE:
        raise _failed("probabilities found that do not sum to 1")
    np.clip(probabilities, 0.0, None, out=probabilities)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities


def with_readout_flips(probabilities: Values, n_qubits: int) -> Values:
    """Return the distribution of what a reader sees who errs on each qubit independently."""
    seen = probabilities
    for qubit in range(n_qubits):
        split = seen.reshape(len(seen), -1, 2, 2**qubit)
        seen = (1 - READOUT_FLIP) * split + READOUT_FLIP * split[:, :, ::-1, :]
    return seen.reshape(len(seen), -1)


@lru_cache(maxsize=16)
def _signs(n_qubits: int) -> Values:
    """Return the eigenvalue of Z_q on each basis state, shape (2**n_qubits, n_qubits)."""
    states = np.arange(2**n_qubits)[:, np.newaxis]
    return np.asarray(1.0 - 2.0 * ((states >> np.arange(n_qubits)) & 1), dtype=np.float64)


@lru_cache(maxsize=16)
def _measured(circuit: CircuitRequest) -> Ansatz:
    ansatz = build(circuit)
    ansatz.circuit.save_probabilities()
    return ansatz


@lru_cache(maxsize=2)
def _backend(noise: str | None) -> AerSimulator:
    """Return a simulator of fixed method; `automatic` would change it silently on large circuits.

    Without fusion a gate costs about the same in every circuit, so its time can be told beforehand; with it
    the cost of a gate differs ninefold between circuits of 16 qubits and more.
    """
    return AerSimulator(
        method="statevector" if noise is None else "density_matrix",
        noise_model=None if noise is None else _depolarising(),
        precision="double",
        runtime_parameter_bind_enable=True,
        max_parallel_threads=1,
        fusion_enable=False,
    )


def _depolarising() -> NoiseModel:
    """Return depolarising noise after each gate, E(rho) = (1 - p) rho + p I / 2**n."""
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(GATE_1Q_DEPOLARISING, 1), sorted(ONE_QUBIT))
    model.add_all_qubit_quantum_error(depolarizing_error(GATE_2Q_DEPOLARISING, 2), sorted(TWO_QUBITS))
    return model


def _failed(what: str) -> StageError:
    return StageError(
        "quantum-simulation-failed", f"No usable result: {what}.", "Run it again; use the neural answer."
    )
