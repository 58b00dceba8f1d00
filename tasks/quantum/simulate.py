"""Circuits on Aer, and the noise that we simulate. Runs in the worker's child only.

Aer keeps the interpreter lock while it simulates, so nothing in this process can stop it: the
deadline belongs to the parent. One parametrised circuit with runtime-bound values is several
times cheaper than a bound circuit a row; nothing is transpiled, and the noise meets exactly the
gates of the template.
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
from tasks.quantum.circuit import ONE_QUBIT, TWO_QUBITS

GATE_1Q_DEPOLARISING = 0.001
GATE_2Q_DEPOLARISING = 0.01
READOUT_FLIP = 0.02
"""Orders of magnitude of superconducting devices of the mid-2020s; no particular device."""

PROBABILITY_TOLERANCE = 1e-9

Values = NDArray[np.float64]


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
