"""Exact outcome distributions of circuits with resets and corrections, by deferring what is measured."""

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Clbit, Gate, Qubit
from qiskit.quantum_info import Statevector


def outcomes(circuit: QuantumCircuit) -> dict[str, float]:
    """Return the exact distribution of the classical bits; a reset qubit goes on as a fresh one."""
    deferred, reads = _deferred(circuit)
    qubits = [reads[bit] for bit in circuit.clbits if bit in reads]
    odds = Statevector(deferred).probabilities_dict(qubits)
    return {word: float(p) for word, p in odds.items() if p > 1e-12}


def width(circuit: QuantumCircuit) -> int:
    """Return how many qubits the deferred circuit has."""
    return int(circuit.num_qubits + circuit.count_ops().get("reset", 0)) + len(_copied(circuit))


def _copied(circuit: QuantumCircuit) -> set[int]:
    """Return the positions of measurements whose qubit goes on without a reset: their outcome is copied."""
    after: dict[Qubit, str] = {}
    found = set()
    for position in reversed(range(len(circuit.data))):
        row = circuit.data[position]
        if row.operation.name == "measure" and after.get(row.qubits[0], "reset") != "reset":
            found.add(position)
        if row.operation.name not in ("barrier", "delay"):
            after.update(dict.fromkeys(row.qubits, row.operation.name))
    return found


def _deferred(circuit: QuantumCircuit) -> tuple[QuantumCircuit, dict[Clbit, int]]:
    out, copied = QuantumCircuit(width(circuit)), _copied(circuit)
    place = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    reads: dict[Clbit, int] = {}
    fresh = circuit.num_qubits
    for position, row in enumerate(circuit.data):
        if row.operation.name == "reset":
            place[row.qubits[0]], fresh = fresh, fresh + 1
        elif row.operation.name == "measure":
            reads[row.clbits[0]] = place[row.qubits[0]]
            if position in copied:
                out.cx(place[row.qubits[0]], fresh)
                reads[row.clbits[0]], fresh = fresh, fresh + 1
        elif row.operation.name == "if_else":
            _controlled(out, row, place, reads)
        elif isinstance(row.operation, Gate):
            out.append(row.operation, [place[q] for q in row.qubits])
    return out, reads


def _controlled(
    out: QuantumCircuit, row: CircuitInstruction, place: dict[Qubit, int], reads: dict[Clbit, int]
) -> None:
    """Append what a measured bit decides as gates that its qubit controls."""
    bit, value = row.operation.condition
    body = row.operation.blocks[0]
    for inner in body.data:
        qubits = [place[row.qubits[body.find_bit(q).index]] for q in inner.qubits]
        out.append(inner.operation.control(1, ctrl_state=int(value)), [reads[bit], *qubits])


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    """Return the total variation distance of two distributions."""
    return sum(abs(one.get(word, 0) - other.get(word, 0)) for word in {*one, *other}) / 2


def uniform(circuit: QuantumCircuit) -> bool:
    """Whether every word of the measured bits is equally likely."""
    odds = outcomes(circuit)
    return len(odds) == 2**circuit.num_clbits and max(odds.values()) < 1.0001 / len(odds)
