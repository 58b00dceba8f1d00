"""Circuits as a user submits them: written as text by Qiskit, read by the product's own reader."""

from functools import cache

from qiskit import QuantumCircuit, qasm3
from qiskit.transpiler import PassManager, generate_preset_pass_manager

from tasks.quantum.parsing.reading import program_of
from tasks.quantum.program import Program

WORDS = [
    "h",
    "x",
    "s",
    "t",
    "rx",
    "ry",
    "rz",
    "u",
    "cx",
    "cz",
    "cp",
    "crz",
    "ccx",
    "cswap",
    "swap",
    "rzz",
    "id",
]


def read(circuit: QuantumCircuit) -> Program:
    """Return the program, the circuit's library gates written out first."""
    return program_of(qasm3.dumps(compiled(circuit, tuple(WORDS), 0)).encode(), n_qubits_max=26)


def compiled(circuit: QuantumCircuit, basis: tuple[str, ...], level: int) -> QuantumCircuit:
    """Return the circuit in the basis, optimised to the level."""
    return _compiler(basis, level).run(circuit)


@cache
def _compiler(basis: tuple[str, ...], level: int) -> PassManager:
    return generate_preset_pass_manager(level, basis_gates=list(basis), seed_transpiler=7)


def reading(circuit: QuantumCircuit, qubits: list[int] | None = None) -> QuantumCircuit:
    """Return the circuit with a measurement of the qubits at its end, of all if none are named."""
    wanted = list(range(circuit.num_qubits)) if qubits is None else qubits
    out = QuantumCircuit(circuit.num_qubits, len(wanted))
    out.compose(circuit, inplace=True)
    out.measure(wanted, range(len(wanted)))
    return out
