"""Submitted or compiled circuits that are not the approved one (arXiv 2306.16701, 2402.01552, 2502.08880)."""

from collections.abc import Callable
from random import Random

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction
from qiskit.quantum_info import Statevector

from tests.circuits.benign import unitary
from tests.circuits.draft import Draft, angle, measured

SEEN = 0.05
Tamper = Callable[[Random, QuantumCircuit], QuantumCircuit]


def trojan(rng: Random) -> Draft:
    """A circuit that differs from the approved one so that its outcomes do, by 0.05 in total variation or more."""
    while True:
        _, approved = unitary(rng, 2, 8)
        for _ in range(6):
            changed = rng.choice(TAMPERINGS)(rng, approved)
            if _distance(approved, changed) >= SEEN:
                return Draft("arXiv 2306.16701, 2402.01552", measured(changed), approved=measured(approved))


def _distance(one: QuantumCircuit, other: QuantumCircuit) -> float:
    p, q = (Statevector(circuit).probabilities() for circuit in (one, other))
    return float(abs(p - q).sum() / 2)


def _with(circuit: QuantumCircuit, position: int, rows: list[CircuitInstruction], dropped: int = 0) -> QuantumCircuit:  # fmt: skip
    out = circuit.copy_empty_like()
    for row in (*circuit.data[:position], *rows, *circuit.data[position + dropped :]):
        out.append(row)
    return out


def _inserted(rng: Random, circuit: QuantumCircuit) -> QuantumCircuit:
    """Insert one to three single-qubit gates."""
    for _ in range(rng.randint(1, 3)):
        extra = circuit.copy_empty_like()
        getattr(extra, rng.choice(("x", "h", "y", "sx")))(rng.randrange(circuit.num_qubits))
        circuit = _with(circuit, rng.randrange(len(circuit.data) + 1), list(extra.data))
    return circuit


def _triggered(rng: Random, circuit: QuantumCircuit) -> QuantumCircuit:
    """Insert a controlled gate that acts on some inputs only."""
    extra = circuit.copy_empty_like()
    qubits = rng.sample(range(circuit.num_qubits), min(3, circuit.num_qubits))
    if len(qubits) == 2 or rng.random() < 0.4:
        extra.cx(*qubits[:2])
    else:
        extra.ccx(*qubits)
    return _with(circuit, rng.randrange(len(circuit.data) + 1), list(extra.data))


def _removed(rng: Random, circuit: QuantumCircuit) -> QuantumCircuit:
    """Leave one gate out."""
    return _with(circuit, rng.randrange(len(circuit.data)), [], dropped=1)


def _turned(rng: Random, circuit: QuantumCircuit) -> QuantumCircuit:
    """Change one angle."""
    places = [i for i, row in enumerate(circuit.data) if row.operation.params]
    if not places:
        return _inserted(rng, circuit)
    position = rng.choice(places)
    row = circuit.data[position]
    values = [float(value) + angle(rng) for value in row.operation.params]
    other = row.replace(operation=row.operation.__class__(*values))
    return _with(circuit, position, [other], dropped=1)


TAMPERINGS: tuple[Tamper, ...] = (_inserted, _inserted, _triggered, _removed, _turned)
