"""The named circuits, built with free parameters: data enters as angles, never as structure."""

from dataclasses import dataclass

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector

from policy_checks.schemas.manifest import CircuitRequest


@dataclass(frozen=True)
class Ansatz:
    """A template circuit without measurements and the parameters that it waits for.

    `inputs` has one parameter a qubit, in qubit order; `weights` is the array
    (n_layers, n_qubits, 2) flattened in C order.
    """

    circuit: QuantumCircuit
    inputs: tuple[Parameter, ...]
    weights: tuple[Parameter, ...]


def build(circuit: CircuitRequest) -> Ansatz:
    """Return the circuit `angle_ring`: angle encoding, then layers of rotations and a ring of CX.

    On |0...0>: RY(x[q]) on each qubit; then in each layer RY(w[l, q, 0]) and RZ(w[l, q, 1]) on
    each qubit and CX(q, q + 1 mod n) for q = 0 ... n - 1 in that order. One qubit has no ring,
    two have both directions.

    Source:
        After the cyclic code blocks of Schuld, Bocharov, Svore and Wiebe, "Circuit-centric
        quantum classifiers", Phys. Rev. A 101, 032308 (2020), with fixed CX gates in the ring.
    """
    n_qubits, n_layers = circuit.qubits, circuit.layers
    inputs = ParameterVector("x", n_qubits)
    weights = ParameterVector("w", n_layers * n_qubits * 2)
    template = QuantumCircuit(n_qubits)
    for qubit in range(n_qubits):
        template.ry(inputs[qubit], qubit)
    for layer in range(n_layers):
        for qubit in range(n_qubits):
            first = 2 * (layer * n_qubits + qubit)
            template.ry(weights[first], qubit)
            template.rz(weights[first + 1], qubit)
        _entangle_ring(template)
    return Ansatz(template, tuple(inputs), tuple(weights))


def _entangle_ring(template: QuantumCircuit) -> None:
    n_qubits = template.num_qubits
    if n_qubits > 1:
        for qubit in range(n_qubits):
            template.cx(qubit, (qubit + 1) % n_qubits)
