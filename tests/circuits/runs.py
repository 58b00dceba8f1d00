"""Stretches of a circuit on two or three qubits, and how often they come back to where they were."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate, Qubit
from qiskit.quantum_info import Operator

Matrix = NDArray[np.complex128]
Block = list[CircuitInstruction]


def runs(circuit: QuantumCircuit, size: int) -> Iterator[Block]:
    """Yield the stretches of gates on `size` qubits that no gate with another qubit interrupts; two-qubit gates at least."""
    for group in _groups(circuit, size):
        run: Block = []
        for row in circuit.data:
            inside = group & set(row.qubits)
            if not inside or row.operation.name == "barrier":
                continue
            if isinstance(row.operation, Gate) and inside == set(row.qubits):
                run.append(row)
            elif len(row.qubits) > 1 or row.operation.name in ("measure", "reset"):
                yield run
                run = []
        yield run


def _groups(circuit: QuantumCircuit, size: int) -> set[frozenset[Qubit]]:
    pairs = {
        frozenset(row.qubits)
        for row in circuit.data
        if len(row.qubits) == 2 and isinstance(row.operation, Gate)
    }
    if size == 2:
        return pairs
    return {a | b for a in pairs for b in pairs if len(a | b) == 3}


def length(run: Block) -> int:
    """Return how many gates of two or more qubits the run has."""
    return sum(len(row.qubits) > 1 for row in run)


def returns(run: Block) -> int:
    """Return how often the run comes back to where it once was, single-qubit gates aside; the best start counts."""
    qubits = sorted({q for row in run for q in row.qubits}, key=hash)
    n, whole = len(qubits), np.eye(2 ** len(qubits), dtype=complex)
    passed = [whole]
    for row in run:
        whole = _grown(matrix(row), [qubits.index(q) for q in row.qubits], n) @ whole
        if len(row.qubits) > 1:
            passed.append(whole)
    stack = np.array(passed)
    return max(_local(stack[i + 1 :] @ stack[i].conj().T, n) for i in range(len(passed) - 1))


def matrix(row: CircuitInstruction) -> Matrix:
    """Return the gate's unitary."""
    return np.asarray(Operator(row.operation).data)


def _grown(unitary: Matrix, places: list[int], n: int) -> Matrix:
    """Return the matrix on all n qubits, qubit 0 the least significant (Qiskit's order)."""
    k, tensor = len(places), np.eye(2**n, dtype=complex).reshape((2,) * n + (2**n,))
    gate = unitary.reshape((2,) * 2 * k)
    axes = [n - 1 - place for place in reversed(places)]
    made = np.tensordot(gate, tensor, axes=(range(k, 2 * k), axes))
    return np.moveaxis(made, range(k), axes).reshape(2**n, 2**n)


def _local(matrices: Matrix, n: int) -> int:
    """Return how many of the unitaries are products of single-qubit ones: rank one across each cut."""
    product = np.ones(len(matrices), dtype=bool)
    tensors = matrices.reshape((-1,) + (2,) * 2 * n)
    for i in range(n):
        rest = [axis for axis in range(1, 2 * n + 1) if axis not in (1 + i, 1 + n + i)]
        cut = np.transpose(tensors, [0, 1 + i, 1 + n + i, *rest]).reshape(len(matrices), 4, -1)
        square = cut @ cut.conj().transpose(0, 2, 1)
        purity = (abs(square) ** 2).sum((1, 2)) / np.trace(square, axis1=1, axis2=2).real ** 2
        product &= purity > 1 - 1e-9
    return int(product.sum())


def longest_run(circuit: QuantumCircuit) -> int:
    """Return the two-qubit gates of the longest run on one pair."""
    return max((length(run) for run in runs(circuit, 2)), default=0)


def most_returns(circuit: QuantumCircuit, size: int) -> int:
    """Return how often at most a run on so many qubits comes back to nothing."""
    return max((returns(run) for run in runs(circuit, size) if length(run) > 3), default=0)
