"""Named circuits as plain programs do what their papers say: held against Qiskit's circuits and matrices."""

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import real_amplitudes, zz_feature_map
from qiskit.quantum_info import Operator, Statevector
from scipy.linalg import expm

from policy_checks.errors import ManifestError
from policy_checks.schemas.manifest import CircuitRequest
from policy_checks.schemas.problem import Chain, Evolution, Graph, Paulis
from tasks.quantum.ansatz import program
from tasks.quantum.parsing.gates import fits
from tasks.quantum.program import Program
from tasks.quantum.trainable import data_inputs, weight_inputs
from tests.tasks.quantum.problems import circuit_of, graphs, matrix_of, paulis, problems

WITH_DATA = ("angle_ring", "strongly_entangling", "zz_two_local")
SIZES = {"n": st.integers(1, 5), "layers": st.integers(1, 4), "seed": st.integers(0, 2**31)}


def a_circuit(ansatz: str, qubits: int, layers: int = 1) -> CircuitRequest:
    return CircuitRequest(ansatz=ansatz, qubits=qubits, layers=layers)


def drawn(found: Program, seed: int) -> dict[str, float]:
    """A value for every input."""
    values = np.random.default_rng(seed).uniform(-3, 3, len(found.inputs))
    return dict(zip(found.inputs, values.tolist(), strict=True))


def ordered(found: Program, values: dict[str, float], letter: str) -> list[float]:
    names = data_inputs(found) if letter == "x" else weight_inputs(found)
    assert names == tuple(f"{letter}{i}" for i in range(len(names)))
    return [values[name] for name in names]


@settings(deadline=None)
@given(**SIZES)
def test_the_angle_ring_is_angles_then_layers_of_turns_and_a_ring(n, layers, seed):
    found = program(a_circuit("angle_ring", n, layers))
    values = drawn(found, seed)
    rotations = np.reshape(ordered(found, values, "w"), (layers, n, 2))
    expected = QuantumCircuit(n)
    for qubit, angle in enumerate(ordered(found, values, "x")):
        expected.ry(angle, qubit)
    for layer in range(layers):
        for qubit, (y, z) in enumerate(rotations[layer]):
            expected.ry(y, qubit)
            expected.rz(z, qubit)
        for qubit in range(n if n > 1 else 0):
            expected.cx(qubit, (qubit + 1) % n)
    assert circuit_of(found, values) == expected


@settings(deadline=None)
@given(**SIZES)
def test_strongly_entangling_layers_are_euler_angles_and_rings_of_growing_range(n, layers, seed):
    found = program(a_circuit("strongly_entangling", n, layers))
    values = drawn(found, seed)
    rotations = np.reshape(ordered(found, values, "w"), (layers, n, 3))
    expected = QuantumCircuit(n)
    for qubit, angle in enumerate(ordered(found, values, "x")):
        expected.ry(angle, qubit)
    for layer in range(layers):
        for qubit, (phi, theta, omega) in enumerate(rotations[layer]):
            expected.u(theta, omega, phi, qubit)
        for qubit in range(n if n > 1 else 0):
            expected.cx(qubit, (qubit + layer % (n - 1) + 1) % n)
    assert Operator(expected).equiv(Operator(circuit_of(found, values)))


@settings(deadline=None)
@given(n=st.integers(2, 5), layers=SIZES["layers"], seed=SIZES["seed"])
def test_zz_two_local_is_qiskits_feature_map_and_its_real_amplitudes(n, layers, seed):
    found = program(a_circuit("zz_two_local", n, layers))
    values = drawn(found, seed)
    features = zz_feature_map(n, reps=2, entanglement="linear")
    weights = real_amplitudes(n, reps=layers, entanglement="linear")
    expected = features.assign_parameters(ordered(found, values, "x"))
    expected = expected.compose(weights.assign_parameters(ordered(found, values, "w")))
    assert Operator(expected).equiv(Operator(circuit_of(found, values)))


@settings(deadline=None)
@given(
    problem=st.one_of(graphs(n_max=4), paulis(n_max=4, letters="IZ")),
    layers=st.integers(1, 2),
    seed=SIZES["seed"],
)
def test_qaoa_is_exponentials_of_cost_and_mixer_on_all_states_at_once(problem, layers, seed):
    n = problem.n_qubits
    found = program(a_circuit("qaoa", n, layers), problem=problem)
    values = drawn(found, seed)
    gammas, betas = np.reshape(ordered(found, values, "w"), (2, layers))
    cost, mixer = matrix_of(problem), sum(Operator.from_label(_one("X", q, n)).data for q in range(n))
    state = np.full(1 << n, 2 ** (-n / 2), dtype=complex)
    for gamma, beta in zip(gammas, betas, strict=True):
        state = expm(-1j * beta * mixer) @ expm(-1j * gamma * cost) @ state
    assert Statevector(state).equiv(Statevector(circuit_of(found, values)), atol=1e-7)


def _one(letter: str, qubit: int, n: int) -> str:
    return "I" * (n - 1 - qubit) + letter + "I" * qubit


@settings(deadline=None)
@given(ansatz=st.sampled_from(WITH_DATA), n=SIZES["n"], layers=SIZES["layers"])
def test_every_input_is_used_and_data_comes_first(ansatz, n, layers):
    found = program(a_circuit(ansatz, n, layers))
    used = re.findall(r"[xw]\d+", " ".join(str(step.params) for step in found.instructions))
    assert {*used} == {*found.inputs}
    assert data_inputs(found) == tuple(f"x{qubit}" for qubit in range(n))
    assert data_inputs(found) + weight_inputs(found) == found.inputs


@settings(deadline=None)
@given(problem=problems(), order=st.sampled_from([1, 2]), layers=st.integers(1, 2))
def test_gates_have_standard_names_and_forms_and_measure_nothing(problem, order, layers):
    evolution = Evolution(time=1, points=2, order=order)
    found = program(
        a_circuit("trotter", problem.n_qubits, layers), problem=problem, evolution=evolution, moment=1
    )
    assert (found.language, found.n_clbits, found.definitions, found.inputs) == ("ansatz", 0, (), ())
    for step in found.instructions:
        assert fits(step.name, len(step.params), len(step.qubits))
        assert step.name not in {"measure", "reset", "barrier", "delay"}


CHAIN = Chain(form="ising_chain", sites=3, coupling=1, field=1)
LONG = Paulis(
    form="pauli", terms={f"{i:012b}".replace("0", "X").replace("1", "Y") * 4: 1.0 for i in range(160)}
)
WATCHED = Evolution(time=1, points=3)
REFUSED = [
    pytest.param(a_circuit("qaoa", 3), {}, "circuit-incomplete", id="qaoa-without-a-problem"),
    pytest.param(a_circuit("trotter", 3), {"problem": CHAIN}, "circuit-incomplete", id="no-evolution"),
    pytest.param(a_circuit("qaoa", 3), {"problem": CHAIN}, "problem-not-diagonal", id="qaoa-of-a-chain"),
    pytest.param(a_circuit("angle_ring", 4), {"problem": CHAIN}, "circuit-width", id="wider-than-problem"),
    pytest.param(
        a_circuit("trotter", 2), {"problem": CHAIN, "evolution": WATCHED}, "circuit-width", id="narrower"
    ),
    pytest.param(
        a_circuit("trotter", 48), {"problem": LONG, "evolution": WATCHED}, "problem-too-long", id="too-long"
    ),
]


@pytest.mark.parametrize(("circuit", "given_", "code"), REFUSED)
def test_what_cannot_be_built_is_refused_with_a_remedy(circuit, given_, code):
    with pytest.raises(ManifestError) as refused:
        program(circuit, **given_)
    assert refused.value.code == code
    assert refused.value.remedy


def test_a_width_that_differs_is_told_with_both_figures():
    with pytest.raises(ManifestError, match=r"circuit\.qubits is 5, but the problem has 3 .* to 3"):
        program(a_circuit("strongly_entangling", 5), problem=CHAIN)


@pytest.mark.parametrize("moment", [0, 4])
def test_there_is_no_moment_before_the_first_or_after_the_last(moment):
    with pytest.raises(ValueError, match="none of 1 to 3"):
        program(a_circuit("trotter", 3), problem=CHAIN, evolution=WATCHED, moment=moment)


def test_coefficients_of_any_size_are_written_so_that_they_read_back():
    strengths = (1e-300, 1e6, -2.5e-7, 1 / 3)
    terms = tuple((0, j + 1, strength) for j, strength in enumerate(strengths))
    problem = Graph(form="ising", n_variables=5, terms=terms)
    found = circuit_of(program(a_circuit("qaoa", 5), problem=problem), {"w0": 1.0, "w1": 0.0})
    angles = sorted(float(step.operation.params[0]) for step in found.data if step.name == "rzz")
    assert angles == sorted(2 * strength for strength in strengths)


def test_programs_are_written_without_any_numeric_library():
    text = "import sys, tasks.quantum.ansatz; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not {"qiskit", "numpy", "scipy"} & set(loaded.stdout.split())
