"""Qiskit's circuit of a program: the referee of what was read."""

from qiskit import QuantumCircuit
from qiskit.circuit import library
from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping

from tasks.quantum.program import Program

STANDARD = {name: type(gate) for name, gate in get_standard_gate_name_mapping().items()}
OTHERS = {
    "rcccx": library.RC3XGate, "c3x": library.C3XGate, "c3sqrtx": library.C3SXGate, "c4x": library.C4XGate,
}  # fmt: skip


def gate_of(name: str, params: tuple[float, ...], n_qubits: int):
    """The gate that Qiskit knows under a standard name."""
    if name == "mcx":
        return library.MCXGate(n_qubits - 1)
    if name == "mcphase":
        return library.MCPhaseGate(*params, n_qubits - 1)
    return (STANDARD.get(name) or OTHERS[name])(*params)


def rebuilt(program: Program) -> QuantumCircuit:
    """The same circuit, built operation by operation; conditions are left out."""
    circuit = QuantumCircuit(program.n_qubits, program.n_clbits)
    for step in program.instructions:
        match step.name:
            case "measure":
                circuit.measure(step.qubits[0], step.clbits[0])
            case "reset":
                circuit.reset(step.qubits[0])
            case "barrier":
                circuit.barrier(*step.qubits)
            case "delay":
                circuit.delay(step.params[0], step.qubits[0], "s")
            case name:
                circuit.append(gate_of(name, step.params, len(step.qubits)), step.qubits)
    return circuit
