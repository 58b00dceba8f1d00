from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit.quantum_info import DensityMatrix, Kraus, Pauli, Statevector

from policy_checks.errors import StageError
from tasks.quantum import simulate
from tests.tasks.quantum.problems import circuit_of
from tests.tasks.quantum.rings import a_ring, expectations

Array = NDArray[Any]
NOISE = {"mode": "noise", "noise": "depolarising_readout"}
SIZES = [(1, 1), (1, 3), (2, 1), (2, 2), (3, 2), (4, 2), (4, 3)]


def some_angles(qubits: int, layers: int, rows: int = 5, seed: int = 1) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    return random.uniform(-4, 4, (layers, qubits, 2)), random.uniform(-4, 4, (rows, qubits))


def by_matrices(weights: Array, x: Array) -> Array:
    """<Z_q> of one row from full 2**n x 2**n matrices, written from the convention alone."""
    n_layers, n_qubits, _ = weights.shape
    state = np.zeros(2**n_qubits, dtype=np.complex128)
    state[0] = 1
    for qubit in range(n_qubits):
        state = on_qubit(ry(x[qubit]), qubit, n_qubits) @ state
    for layer in range(n_layers):
        for qubit in range(n_qubits):
            state = on_qubit(ry(weights[layer, qubit, 0]), qubit, n_qubits) @ state
            state = on_qubit(rz(weights[layer, qubit, 1]), qubit, n_qubits) @ state
        for qubit in range(n_qubits if n_qubits > 1 else 0):
            state = cx(qubit, (qubit + 1) % n_qubits, n_qubits) @ state
    z = [on_qubit(np.diag([1.0, -1.0]), qubit, n_qubits) for qubit in range(n_qubits)]
    return np.array([(state.conj() @ observable @ state).real for observable in z])


def ry(angle: float) -> Array:
    c, s = np.cos(angle / 2), np.sin(angle / 2)
    return np.array([[c, -s], [s, c]])


def rz(angle: float) -> Array:
    return np.diag(np.exp([-0.5j * angle, 0.5j * angle]))


def on_qubit(matrix: Array, qubit: int, n_qubits: int) -> Array:
    """Qubit 0 is the first factor here: the opposite of Qiskit, so that no habit is shared."""
    return reduce(np.kron, [matrix if place == qubit else np.eye(2) for place in range(n_qubits)])


def cx(control: int, target: int, n_qubits: int) -> Array:
    zero, one, flip = np.diag([1.0, 0.0]), np.diag([0.0, 1.0]), np.array([[0.0, 1.0], [1.0, 0.0]])
    return on_qubit(zero, control, n_qubits) + on_qubit(one, control, n_qubits) @ on_qubit(
        flip, target, n_qubits
    )


def depolarising(probability: float, n_qubits: int) -> Kraus:
    """(1 - p) rho + p I / 2**n as a mixture of Paulis."""
    labels = ["".join(label) for label in product("IXYZ", repeat=n_qubits)]
    share = probability / len(labels)
    weights = [1 - probability + share] + [share] * (len(labels) - 1)
    return Kraus([np.sqrt(w) * Pauli(label).to_matrix() for w, label in zip(weights, labels, strict=True)])


def bound(weights: Array, x: Array) -> Any:
    return circuit_of(a_ring(weights), {f"x{qubit}": angle for qubit, angle in enumerate(x.tolist())})


def z_of(state: Any, qubit: int) -> float:
    return float(np.real(state.expectation_value(Pauli("Z"), [qubit])))


@pytest.mark.parametrize(("qubits", "layers"), SIZES, ids=str)
def test_exact_expectations_equal_explicit_matrices(qubits: int, layers: int) -> None:
    weights, angles = some_angles(qubits, layers)
    found = expectations(weights, angles)
    expected = np.array([by_matrices(weights, x) for x in angles])
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("qubits", "layers"), [(2, 1), (8, 4), (12, 1)], ids=str)
def test_exact_expectations_equal_qiskits_statevector(qubits: int, layers: int) -> None:
    weights, angles = some_angles(qubits, layers, rows=3)
    found = expectations(weights, angles)
    for x, row in zip(angles, found, strict=True):
        state = Statevector(bound(weights, x))
        np.testing.assert_allclose(row, [z_of(state, qubit) for qubit in range(qubits)], atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), qubits=st.integers(1, 4), rows=st.sampled_from([1, 2, 255, 256]))
def test_rows_keep_their_order_and_do_not_see_each_other(seed: int, qubits: int, rows: int) -> None:
    weights, angles = some_angles(qubits, 2, rows, seed)
    together = expectations(weights, angles)
    last = expectations(weights, angles[-1:])
    assert together.shape == (rows, qubits)
    np.testing.assert_allclose(together[-1:], last, atol=1e-12)


@pytest.mark.parametrize(
    ("flipped", "column"),
    [
        pytest.param([1, 1, 0], 0, id="qubit-0"),
        pytest.param([0, 1, 1], 1, id="qubit-1"),
        pytest.param([1, 1, 1], 2, id="qubit-2"),
    ],
)
def test_column_q_is_qubit_q(flipped: list[int], column: int) -> None:
    """On flipped bits a, b, c the ring gives b+c, a+b, a+b+c (mod 2): by hand, one bit stays set."""
    angles = np.pi * np.array([flipped], dtype=np.float64)
    found = expectations(np.zeros((1, 3, 2)), angles)
    expected = [-1.0 if qubit == column else 1.0 for qubit in range(3)]
    np.testing.assert_allclose(found, [expected], atol=1e-12)


def test_one_qubit_turns_as_the_cosine_of_its_input() -> None:
    weights = np.zeros((1, 1, 2))
    tipped = expectations(weights, np.array([[0.0], [np.pi / 3], [np.pi]]))
    np.testing.assert_allclose(tipped[:, 0], [1.0, 0.5, -1.0], atol=1e-12)


@pytest.mark.parametrize("changes", [{"mode": "shots"}, NOISE], ids=["exact-law", "noisy-law"])
def test_sampling_error_shrinks_as_one_over_root_shots(changes: dict[str, Any]) -> None:
    weights, angles = some_angles(3, 2, rows=256)
    exact_mode = {} if changes["mode"] == "shots" else changes
    exact = expectations(weights, angles, **exact_mode)
    for shots in (100, 10_000, 1_000_000):
        sampled = expectations(weights, angles, **changes, shots=shots)
        standard_errors = (sampled - exact) / np.sqrt((1 - exact**2) / shots)
        assert 0.9 < np.sqrt(np.mean(standard_errors**2)) < 1.1


def test_shots_are_whole_counts() -> None:
    weights, angles = some_angles(3, 2)
    sampled = expectations(weights, angles, mode="shots", shots=16)
    np.testing.assert_array_equal(sampled * 8, np.round(sampled * 8))


def test_seed_and_batch_choose_the_counts() -> None:
    weights, angles = some_angles(3, 2)

    def sampled(**changes: int) -> list[list[float]]:
        return expectations(weights, angles, mode="shots", shots=100, **changes).tolist()

    assert sampled() == sampled(seed=7, batch=0)
    assert sampled() != sampled(seed=8)
    assert sampled() != sampled(batch=1)
    assert sampled(seed=8, batch=7) != sampled(seed=7, batch=8)


@pytest.mark.parametrize(("qubits", "layers"), [(1, 2), (2, 1), (3, 2)], ids=str)
def test_noise_equals_a_direct_density_matrix_calculation(qubits: int, layers: int) -> None:
    weights, angles = some_angles(qubits, layers, rows=3)
    found = expectations(weights, angles, **NOISE)
    one, two = depolarising(0.001, 1), depolarising(0.01, 2)
    for x, row in zip(angles, found, strict=True):
        circuit = bound(weights, x)
        state = DensityMatrix.from_int(0, 2**qubits)
        for step in circuit.data:
            places = [circuit.find_bit(qubit).index for qubit in step.qubits]
            state = state.evolve(step.operation, places).evolve(one if len(places) == 1 else two, places)
        read = [(1 - 2 * 0.02) * z_of(state, qubit) for qubit in range(qubits)]
        np.testing.assert_allclose(row, read, atol=1e-12)


def test_noise_pulls_every_expectation_toward_zero() -> None:
    weights, angles = np.zeros((3, 4, 2)), np.array([[0.0] * 4, [np.pi] * 4, [np.pi, 0, 0, np.pi]])
    exact = expectations(weights, angles)
    noisy = expectations(weights, angles, **NOISE)
    np.testing.assert_allclose(np.abs(exact), 1.0, atol=1e-12)
    assert (np.abs(noisy) < 0.96).all()
    assert (np.sign(noisy) == np.sign(exact)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "minus-inf"])
def test_angles_that_are_not_finite_are_refused(value: float) -> None:
    weights, angles = some_angles(2, 1)
    angles.flat[1] = value
    with pytest.raises(StageError) as refused:
        expectations(weights, angles)
    assert refused.value.code == "quantum-angles-refused"


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param([[0.5, np.nan]], id="nan"),
        pytest.param([[0.5, np.inf]], id="inf"),
        pytest.param([[0.5, 0.49]], id="sum-below-1"),
        pytest.param([[1.1, -0.1]], id="negative"),
        pytest.param([[1.0, 0.0], [0.0, 0.0]], id="one-empty-row"),
    ],
)
def test_what_is_no_distribution_is_refused(bad: list[list[float]]) -> None:
    with pytest.raises(StageError, match="quantum-simulation-failed"):
        simulate._checked(np.array(bad))


def test_rounding_noise_is_removed() -> None:
    found = simulate._checked(np.array([[1.0 + 1e-12, -1e-14]]))
    np.testing.assert_array_equal(found, [[1.0, 0.0]])
