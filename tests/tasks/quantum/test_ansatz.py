import numpy as np
import pytest

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.ansatz import program
from tests.tasks.quantum.rings import a_ring


def a_program(qubits: int, layers: int):
    return program(CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=layers))


def test_the_gates_stand_in_the_order_of_the_convention() -> None:
    gates = [(step.name, step.qubits) for step in a_program(3, 1).instructions]
    encoding = [("ry", (0,)), ("ry", (1,)), ("ry", (2,))]
    rotations = [(name, (qubit,)) for qubit in range(3) for name in ("ry", "rz")]
    ring = [("cx", (0, 1)), ("cx", (1, 2)), ("cx", (2, 0))]
    assert gates == encoding + rotations + ring


def test_weights_are_bound_in_c_order() -> None:
    layers, qubits = 2, 3
    weights = np.arange(layers * qubits * 2, dtype=np.float64).reshape(layers, qubits, 2) / 10
    found = a_ring(weights)
    for name, axis in (("ry", 0), ("rz", 1)):
        for qubit in range(qubits):
            angles = [
                step.params[0] for step in found.instructions if (step.name, step.qubits) == (name, (qubit,))
            ]
            assert angles[-layers:] == weights[:, qubit, axis].tolist()


@pytest.mark.parametrize(
    ("qubits", "ring"),
    [
        pytest.param(1, [], id="one-qubit-has-no-ring"),
        pytest.param(2, [(0, 1), (1, 0)], id="two-qubits-have-both-directions"),
        pytest.param(3, [(0, 1), (1, 2), (2, 0)], id="three-qubits-close-the-ring"),
    ],
)
def test_the_ring_closes_from_two_qubits_on(qubits: int, ring: list[tuple[int, int]]) -> None:
    assert [step.qubits for step in a_program(qubits, 1).instructions if step.name == "cx"] == ring


def test_a_program_measures_nothing() -> None:
    found = a_program(3, 2)
    assert found.n_clbits == 0
    assert "measure" not in {step.name for step in found.instructions}
