from functools import reduce

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from policy_checks.errors import ManifestError
from tasks.learning.quantum_layer import QuantumLayer

SIZES = [(2, 1), (2, 2), (3, 1), (3, 2), (4, 3), (5, 2)]
Matrix = NDArray[np.complex128]


def a_layer(n_qubits: int, n_layers: int, seed: int = 0) -> QuantumLayer:
    torch.manual_seed(seed)
    return QuantumLayer(n_qubits, n_layers)


def some_angles(n_rows: int, n_qubits: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(7)
    return (torch.rand(n_rows, n_qubits, dtype=torch.float64, generator=generator) - 0.5) * 9


def ry(angle: float) -> Matrix:
    cos, sin = np.cos(angle / 2), np.sin(angle / 2)
    return np.array([[cos, -sin], [sin, cos]], dtype=complex)


def rz(angle: float) -> Matrix:
    return np.diag(np.exp([-0.5j * angle, 0.5j * angle]))


def on_each(matrices: list[Matrix]) -> Matrix:
    return reduce(np.kron, matrices)


def cx(control: int, target: int, n_qubits: int) -> Matrix:
    zero, one = np.diag([1, 0]).astype(complex), np.diag([0, 1]).astype(complex)
    flip = np.array([[0, 1], [1, 0]], dtype=complex)
    idle, flipped = [np.eye(2, dtype=complex)] * n_qubits, [np.eye(2, dtype=complex)] * n_qubits
    idle[control], flipped[control], flipped[target] = zero, one, flip
    return on_each(idle) + on_each(flipped)


def expectations_by_matrices(angles: list[float], weights: NDArray[np.float64]) -> list[float]:
    """Return <Z_q> from full 2**n matrices, qubit 0 leading."""
    n_qubits = len(angles)
    state = on_each([ry(angle) for angle in angles])[:, 0]
    for layer in weights:
        state = on_each([rz(turn[1]) @ ry(turn[0]) for turn in layer]) @ state
        for control in range(n_qubits):
            state = cx(control, (control + 1) % n_qubits, n_qubits) @ state
    signs = (1 - 2 * (np.arange(2**n_qubits) >> n_qubits - 1 - qubit & 1) for qubit in range(n_qubits))
    return [float(abs(state) ** 2 @ sign) for sign in signs]


def expectations_by_qiskit(angles: list[float], weights: NDArray[np.float64]) -> list[float]:
    n_qubits = len(angles)
    circuit = QuantumCircuit(n_qubits)
    for qubit, angle in enumerate(angles):
        circuit.ry(angle, qubit)
    for layer in weights:
        for qubit, (first, second) in enumerate(layer):
            circuit.ry(first, qubit)
            circuit.rz(second, qubit)
        for control in range(n_qubits):
            circuit.cx(control, (control + 1) % n_qubits)
    state = Statevector(circuit)
    observables = [SparsePauliOp.from_sparse_list([("Z", [q], 1)], n_qubits) for q in range(n_qubits)]
    return [float(state.expectation_value(observable).real) for observable in observables]


@pytest.mark.parametrize(("n_qubits", "n_layers"), SIZES)
def test_expectations_equal_those_of_explicit_matrices(n_qubits: int, n_layers: int) -> None:
    layer, angles = a_layer(n_qubits, n_layers), some_angles(4, n_qubits)
    weights = layer.weights.detach().double().numpy()
    expected = [expectations_by_matrices(row, weights) for row in angles.tolist()]
    np.testing.assert_allclose(layer(angles).detach(), expected, atol=1e-12)


@pytest.mark.parametrize(("n_qubits", "n_layers"), [*SIZES, (8, 4), (11, 2), (12, 1)])
def test_expectations_equal_those_of_qiskit(n_qubits: int, n_layers: int) -> None:
    layer, angles = a_layer(n_qubits, n_layers), some_angles(2, n_qubits)
    weights = layer.weights.detach().double().numpy()
    expected = [expectations_by_qiskit(row, weights) for row in angles.tolist()]
    np.testing.assert_allclose(layer(angles).detach(), expected, atol=1e-12)


@pytest.mark.parametrize(("n_qubits", "n_layers"), [(2, 1), (2, 3), (3, 2), (5, 2)])
def test_gradients_equal_finite_differences(n_qubits: int, n_layers: int) -> None:
    layer = a_layer(n_qubits, n_layers).double()

    def expectations(angles: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, {"weights": weights}, (angles,))

    inputs = (some_angles(3, n_qubits).requires_grad_(), layer.weights.detach().requires_grad_())
    assert torch.autograd.gradcheck(expectations, inputs, eps=1e-6, atol=1e-7)


@pytest.mark.parametrize("n_qubits", [2, 3, 4])
@pytest.mark.parametrize("flipped", [0, 1])
def test_column_q_is_qubit_q(n_qubits: int, flipped: int) -> None:
    layer = a_layer(n_qubits, 1)
    torch.nn.init.zeros_(layer.weights)
    bits = [int(qubit == flipped) for qubit in range(n_qubits)]
    angles = torch.tensor([bits], dtype=torch.float64) * torch.pi
    for control in range(n_qubits):
        bits[(control + 1) % n_qubits] ^= bits[control]
    np.testing.assert_allclose(layer(angles).detach()[0], [1 - 2 * bit for bit in bits], atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), n_qubits=st.integers(2, 6), n_layers=st.integers(1, 4))
def test_single_precision_follows_double_and_stays_between_minus_one_and_one(
    seed: int, n_qubits: int, n_layers: int
) -> None:
    layer, angles = a_layer(n_qubits, n_layers, seed), some_angles(5, n_qubits)
    exact, single = layer(angles).detach(), layer(angles.float()).detach()
    assert (exact.dtype, single.dtype) == (torch.float64, torch.float32)
    assert exact.abs().max() <= 1 + 1e-12
    np.testing.assert_allclose(single, exact, atol=5e-6)


def test_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    layer, angles = a_layer(4, 3), some_angles(9, 4)
    np.testing.assert_allclose(layer(angles)[5:6].detach(), layer(angles[5:6]).detach(), atol=1e-14)


def test_the_same_step_twice_gives_the_same_bits() -> None:
    layer, found = a_layer(6, 3), []
    for _ in range(2):
        layer.zero_grad()
        angles = some_angles(64, 6).float().requires_grad_()
        torch.autograd.backward(layer(angles).square().sum())
        found.append((angles.grad.numpy().tobytes(), layer.weights.grad.numpy().tobytes()))
    assert found[0] == found[1]


def test_the_last_layers_rz_do_not_matter() -> None:
    layer = a_layer(4, 3)
    torch.autograd.backward(layer(some_angles(8, 4)).square().sum())
    assert layer.weights.grad[-1, :, 1].abs().max() < 1e-6
    assert layer.weights.grad[-1, :, 0].abs().min() > 1e-4
    assert layer.weights.grad[:-1].abs().min() > 1e-4


@pytest.mark.parametrize(
    ("n_qubits", "allowed"), [(1, False), (2, True), (3, True), (11, True), (12, True), (13, False)]
)
def test_two_to_twelve_qubits_can_be_trained(n_qubits: int, allowed: bool) -> None:
    if allowed:
        assert a_layer(n_qubits, 1)(torch.zeros(1, n_qubits)).shape == (1, n_qubits)
    else:
        with pytest.raises(ManifestError, match=f"^{n_qubits} qubits requested; 2 to 12"):
            a_layer(n_qubits, 1)


def test_only_the_weights_are_saved() -> None:
    assert list(a_layer(3, 2).state_dict()) == ["weights"]
