"""Any circuit of gates as a trainable layer: its expectations are Qiskit's, its gradients those of differences."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector

from policy_checks.errors import ManifestError
from policy_checks.schemas.manifest import CircuitRequest
from tasks.learning.gates import Gate, GateList
from tasks.learning.program_layer import ProgramLayer
from tasks.learning.quantum_layer import QuantumLayer
from tasks.quantum.ansatz import program
from tasks.quantum.parsing.gates import FORMS, MANY_CONTROLLED
from tasks.quantum.program import Program
from tasks.stages.trained_circuit import gate_list
from tests.tasks.quantum.drawing import ARITHMETIC, a_program
from tests.tasks.quantum.problems import circuit_of

ANSATZE = ("angle_ring", "strongly_entangling", "zz_two_local")
NAMED = [{"x": "x0", "y": "y"}, {"x": "y", "y": "x1"}, {"x": "w", "y": "y"}, {"x": "x0", "y": "x1"}]
INPUTS = ("y", "x1", "w", "x0")


@st.composite
def programs(draw: st.DrawFn, depth_max: int = 14) -> Program:
    """Programs on two to five qubits with data x0 and x1 and weights y and w, in any order and arithmetic."""
    n = draw(st.integers(2, 5))
    fitting = sorted(name for name, (_, width) in FORMS.items() if width <= n) + sorted(MANY_CONTROLLED)
    steps = []
    for name in draw(st.lists(st.sampled_from(fitting), max_size=depth_max)):
        n_params, width = FORMS.get(name) or (MANY_CONTROLLED[name], draw(st.integers(2, n)))
        angles = [draw(st.floats(-7, 7) | st.builds(renamed, st.sampled_from(ARITHMETIC), st.sampled_from(NAMED)))
                  for _ in range(n_params)]  # fmt: skip
        steps.append((name, tuple(draw(st.permutations(range(n)))[:width]), *angles))
    return a_program(n, *steps, inputs=INPUTS)


def renamed(text: str, names: dict[str, str]) -> str:
    """Arithmetic over x and y with other inputs in their place."""
    marked = text.replace("exp", "EXP").replace("y", "{y}").replace("x", "{x}")
    return marked.replace("EXP", "exp").format(**names)


def a_layer(found: Program, seed: int = 0) -> ProgramLayer:
    torch.manual_seed(seed)
    return ProgramLayer(gate_list(found))


def some_angles(n_rows: int, n_qubits: int, seed: int = 7) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(n_rows, n_qubits, dtype=torch.float64, generator=generator) - 0.5) * 3


def by_qiskit(found: Program, layer: ProgramLayer, angles: torch.Tensor) -> np.ndarray:
    """Return <Z_q> of every row from Qiskit's statevector of the program with its values written in."""
    weights = dict(zip(layer.names, layer.weights.tolist(), strict=True))
    rows = []
    for row in angles.tolist():
        data = {f"x{qubit}": angle for qubit, angle in enumerate(row)}
        shares = Statevector(circuit_of(found, weights | data)).probabilities()
        states = np.arange(len(shares))
        rows.append([shares @ (1 - 2 * (states >> qubit & 1)) for qubit in range(found.n_qubits)])
    return np.array(rows)


@settings(max_examples=60, deadline=None)
@given(found=programs(), seed=st.integers(0, 100))
def test_expectations_of_any_program_equal_those_of_qiskit(found: Program, seed: int) -> None:
    layer, angles = a_layer(found, seed), some_angles(2, found.n_qubits, seed)
    np.testing.assert_allclose(layer(angles).detach(), by_qiskit(found, layer, angles), atol=1e-9)


@pytest.mark.parametrize("ansatz", ANSATZE)
@pytest.mark.parametrize(("n_qubits", "n_layers"), [(2, 1), (3, 3), (5, 2)])
def test_expectations_of_every_ansatz_equal_those_of_qiskit(
    ansatz: Any, n_qubits: int, n_layers: int
) -> None:
    found = program(CircuitRequest(ansatz=ansatz, qubits=n_qubits, layers=n_layers))
    layer, angles = a_layer(found), some_angles(3, n_qubits)
    np.testing.assert_allclose(layer(angles).detach(), by_qiskit(found, layer, angles), atol=1e-12)


def gradients(layer: ProgramLayer, angles: torch.Tensor) -> bool:
    def expectations(angles: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, {"weights": weights}, (angles,))

    inputs = (angles.requires_grad_(), layer.weights.detach().requires_grad_())
    return torch.autograd.gradcheck(expectations, inputs, eps=1e-6, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(found=programs(depth_max=8))
def test_gradients_of_any_program_equal_finite_differences(found: Program) -> None:
    smooth = "%" not in str(found.instructions) and "sqrt" not in str(found.instructions)
    layer = a_layer(found).double()
    with torch.no_grad():
        layer.weights.copy_(torch.tensor([0.8, -0.4]))
    assert not smooth or gradients(layer, some_angles(2, found.n_qubits))


@pytest.mark.parametrize("ansatz", ANSATZE)
def test_gradients_of_every_ansatz_equal_the_parameter_shift(ansatz: Any) -> None:
    found = program(CircuitRequest(ansatz=ansatz, qubits=3, layers=2))
    layer, angles = a_layer(found).double(), some_angles(4, 3)
    torch.autograd.backward(layer(angles).sum())
    for place in range(len(layer.weights)):
        ends = []
        for shift in (torch.pi / 2, -torch.pi / 2):
            turned = layer.weights.detach().clone()
            turned[place] += shift
            ends.append(torch.func.functional_call(layer, {"weights": turned}, (angles,)).sum())
        assert float(layer.weights.grad[place]) == pytest.approx(float(ends[0] - ends[1]) / 2, abs=1e-9)


@pytest.mark.parametrize(("n_qubits", "n_layers"), [(2, 1), (5, 3)])
def test_angle_ring_gate_by_gate_is_its_own_fast_layer(n_qubits: int, n_layers: int) -> None:
    fast = QuantumLayer(n_qubits, n_layers)
    layer = a_layer(program(CircuitRequest(ansatz="angle_ring", qubits=n_qubits, layers=n_layers)))
    with torch.no_grad():
        layer.weights.copy_(fast.weights.flatten())
    angles = some_angles(5, n_qubits)
    np.testing.assert_allclose(layer(angles).detach(), fast(angles).detach(), atol=1e-12)


@pytest.mark.parametrize("flipped", [0, 1, 2])
def test_column_q_is_qubit_q(flipped: int) -> None:
    layer = a_layer(a_program(3, *(("ry", (q,), f"x{q}") for q in range(3)), inputs=("x0", "x1", "x2")))
    angles = torch.zeros(1, 3, dtype=torch.float64)
    angles[0, flipped] = torch.pi
    expected = [-1.0 if qubit == flipped else 1.0 for qubit in range(3)]
    np.testing.assert_allclose(layer(angles).detach()[0], expected, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(found=programs(), seed=st.integers(0, 100))
def test_single_precision_follows_double(found: Program, seed: int) -> None:
    layer, angles = a_layer(found, seed), some_angles(3, found.n_qubits, seed)
    exact, single = layer(angles).detach(), layer(angles.float()).detach()
    assert (exact.dtype, single.dtype) == (torch.float64, torch.float32)
    assert exact.abs().max() <= 1 + 1e-9
    np.testing.assert_allclose(single, exact, atol=2e-4)


@settings(max_examples=15, deadline=None)
@given(found=programs())
def test_a_row_does_not_depend_on_the_rows_beside_it(found: Program) -> None:
    layer, angles = a_layer(found), some_angles(6, found.n_qubits)
    np.testing.assert_allclose(layer(angles)[4:5].detach(), layer(angles[4:5]).detach(), atol=1e-12)


@pytest.mark.parametrize("ansatz", ANSATZE[1:])
def test_the_same_seed_and_step_give_the_same_bits(ansatz: Any) -> None:
    found = program(CircuitRequest(ansatz=ansatz, qubits=5, layers=3))
    steps = []
    for _ in range(2):
        layer, angles = a_layer(found, 3), some_angles(64, 5).float().requires_grad_()
        torch.autograd.backward(layer(angles).square().sum())
        steps.append((angles.grad.numpy().tobytes(), layer.weights.grad.numpy().tobytes()))
    assert steps[0] == steps[1]


@pytest.mark.parametrize("ansatz", ANSATZE[1:])
@pytest.mark.parametrize("seed", range(5))
def test_at_its_start_a_circuit_sees_every_angle(ansatz: Any, seed: int) -> None:
    layer = a_layer(program(CircuitRequest(ansatz=ansatz, qubits=4, layers=2)), seed)
    assert layer.weights.abs().max() <= torch.pi
    turned = 0.5 * torch.eye(4)
    assert (layer(turned) - layer(-turned)).abs().amax(1).min() > 0.1


@pytest.mark.parametrize(
    ("n_qubits", "allowed"), [(1, False), (2, True), (3, True), (11, True), (12, True), (13, False)]
)
def test_two_to_twelve_qubits_can_be_trained(n_qubits: int, allowed: bool) -> None:
    gates = (Gate("ry", (0,), 1.0, (("name", "x0"),)), Gate("ry", (0,), 1.0, (("name", "w"),)))
    circuit = GateList(n_qubits, ("w",), gates)
    if allowed:
        assert ProgramLayer(circuit)(torch.zeros(1, n_qubits)).shape == (1, n_qubits)
    else:
        with pytest.raises(ManifestError, match=f"^{n_qubits} qubits requested; 2 to 12"):
            ProgramLayer(circuit)


def test_only_the_weights_are_saved() -> None:
    layer = a_layer(program(CircuitRequest(ansatz="strongly_entangling", qubits=3, layers=2)))
    assert {name: tuple(value.shape) for name, value in layer.state_dict().items()} == {"weights": (18,)}
