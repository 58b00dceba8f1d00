import numpy as np
import pytest
from qiskit import QuantumCircuit

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.ansatz import build


def a_circuit(qubits: int, layers: int) -> CircuitRequest:
    return CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=layers)


def test_the_gates_stand_in_the_order_of_the_convention() -> None:
    ansatz = build(a_circuit(3, 1))
    gates = [
        (step.operation.name, tuple(ansatz.circuit.find_bit(qubit).index for qubit in step.qubits))
        for step in ansatz.circuit.data
    ]
    encoding = [("ry", (0,)), ("ry", (1,)), ("ry", (2,))]
    rotations = [(name, (qubit,)) for qubit in range(3) for name in ("ry", "rz")]
    ring = [("cx", (0, 1)), ("cx", (1, 2)), ("cx", (2, 0))]
    assert gates == encoding + rotations + ring


def test_weights_bind_in_c_order() -> None:
    layers, qubits = 2, 3
    weights = np.arange(layers * qubits * 2, dtype=np.float64).reshape(layers, qubits, 2) / 10
    ansatz = build(a_circuit(qubits, layers))
    bound = ansatz.circuit.assign_parameters(
        {
            **dict(zip(ansatz.inputs, [0.0] * qubits, strict=True)),
            **dict(zip(ansatz.weights, weights.ravel().tolist(), strict=True)),
        }
    )
    for name, axis in (("ry", 0), ("rz", 1)):
        for qubit in range(qubits):
            found = [
                float(step.operation.params[0])
                for step in bound.data
                if step.operation.name == name and bound.find_bit(step.qubits[0]).index == qubit
            ]
            assert found[-layers:] == weights[:, qubit, axis].tolist()


@pytest.mark.parametrize(
    ("qubits", "ring"),
    [
        pytest.param(1, [], id="one-qubit-has-no-ring"),
        pytest.param(2, [(0, 1), (1, 0)], id="two-qubits-have-both-directions"),
        pytest.param(3, [(0, 1), (1, 2), (2, 0)], id="three-qubits-close-the-ring"),
    ],
)
def test_the_ring_closes_from_two_qubits_on(qubits: int, ring: list[tuple[int, int]]) -> None:
    circuit: QuantumCircuit = build(a_circuit(qubits, 1)).circuit
    found = [
        tuple(circuit.find_bit(qubit).index for qubit in step.qubits)
        for step in circuit.data
        if step.operation.name == "cx"
    ]
    assert found == ring


def test_a_template_measures_nothing() -> None:
    assert build(a_circuit(3, 2)).circuit.num_clbits == 0
