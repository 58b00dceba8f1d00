"""256 rows on Aer through the killable worker, against Aer's best ordinary use in this process."""

from collections.abc import Iterator

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import ParameterVector
from qiskit_aer import AerSimulator

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.ansatz import program
from tasks.quantum.observables import each_z
from tasks.quantum.trainable import trained, weight_inputs
from tasks.quantum.worker import CircuitWorker
from tests.bench.timing import Work, in_turn, ms

ROWS, LAYERS, DEADLINE_S = 256, 4, 30.0
SIZES = {4: 15, 8: 9, 12: 5}


def measure() -> Iterator[tuple[str, ...]]:
    """Yield a row for each width, and one for shots and noise at four qubits."""
    with CircuitWorker() as worker:
        worker.start()
        worker.wait_ready(60)
        for n_qubits, rounds in SIZES.items():
            angles, weights = some_inputs(n_qubits)
            a, b = in_turn(
                through_worker(worker, n_qubits, weights, angles, "exact"),
                best_ordinary_use(n_qubits, weights, angles),
                rounds=rounds,
            )
            asked = {8: "at most 2", 12: "under 2 s"}.get(n_qubits, "")
            what = f"exact, {ROWS} rows, {n_qubits} qubits x {LAYERS} layers"
            yield what, ms(a), f"Aer in this process {ms(b)}", f"{a / b:.2f} times as long", asked
        for mode, n_qubits in (("shots", 4), ("noise", 4), ("noise", 6)):
            angles, weights = some_inputs(n_qubits)
            (a,) = in_turn(through_worker(worker, n_qubits, weights, angles, mode), rounds=5)
            yield f"{mode}, 1,024 shots, {ROWS} rows, {n_qubits} qubits", ms(a), "", "", "under 2 s"


def some_inputs(n_qubits: int):
    """Return angles (rows, qubits) and weights (layers, qubits, 2), seeded."""
    rng = np.random.default_rng(0)
    return rng.uniform(-3, 3, (ROWS, n_qubits)), rng.uniform(-3, 3, (LAYERS, n_qubits, 2))


def through_worker(worker: CircuitWorker, n_qubits: int, weights, angles, mode: str) -> Work:
    """Return a call of the worker as a run makes it."""
    ring = program(CircuitRequest(ansatz="angle_ring", qubits=n_qubits, layers=LAYERS))
    names = weight_inputs(ring)
    circuit, _ = trained(ring, dict(zip(names, weights.ravel().tolist(), strict=True)))
    shots = None if mode == "exact" else 1024
    noise = "depolarising_readout" if mode == "noise" else None
    how = {"shots": shots, "noise": noise, "seed": 0, "batch": 0, "deadline_s": DEADLINE_S}
    return lambda: worker.estimate(circuit, angles, each_z(n_qubits), mode, **how)


def best_ordinary_use(n_qubits: int, weights, angles) -> Work:
    """Return a simulation with run-time bound parameters, transpiled beforehand, in this process."""
    x = ParameterVector("x", n_qubits)
    template = QuantumCircuit(n_qubits)
    for qubit in range(n_qubits):
        template.ry(x[qubit], qubit)
    for layer in weights:
        for qubit, (y, z) in enumerate(layer):
            template.ry(y, qubit)
            template.rz(z, qubit)
        for qubit in range(n_qubits):
            template.cx(qubit, (qubit + 1) % n_qubits)
    template.save_probabilities()
    backend = AerSimulator(method="statevector", runtime_parameter_bind_enable=True, max_parallel_threads=1)
    ready = transpile(template, backend)
    signs = 1 - 2 * (np.arange(2**n_qubits)[:, None] >> np.arange(n_qubits) & 1)
    binds = [{x[qubit]: angles[:, qubit].tolist() for qubit in range(n_qubits)}]

    def work() -> None:
        results = backend.run([ready], parameter_binds=binds, shots=1).result()
        np.stack([np.asarray(entry.data.probabilities) for entry in results.results]) @ signs

    return work
