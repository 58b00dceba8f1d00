import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from qiskit.quantum_info import DensityMatrix, Operator, SparsePauliOp, Statevector

from policy_checks.errors import StageError
from tasks.quantum import estimate, simulate
from tasks.quantum.circuit import NARROW, NATIVE, bound, template
from tasks.quantum.observables import n_circuits
from tasks.quantum.program import Instruction, Program
from tasks.quantum.request import EstimateRequest, Estimates, text_of
from tests.tasks.quantum.drawing import INPUTS, a_program, pauli_sums, programs
from tests.tasks.quantum.parsing.rebuilt import rebuilt

NOISE = {"mode": "noise", "noise": "depolarising_readout"}
NAMES = {name: getattr(math, name) for name in ("sin", "cos", "tan", "exp", "sqrt", "log")} | {
    "arctan": math.atan
}
BELL = a_program(2, ("h", (0,)), ("cx", (0, 1)))
TURN = a_program(1, ("ry", (0,), "x"), inputs=("x",))


def asked(program: Program, values: Any, observables: Any, **changes: Any) -> Estimates:
    fields = {"mode": "exact", "shots": None, "noise": None, "seed": 7, "batch": 0, "deadline_s": 2.0}
    request = EstimateRequest.model_validate(
        {"program": text_of(program), "observables": observables, **fields, **changes}
    )
    return estimate.estimates(request, np.asarray(values, dtype=np.float64))


def with_numbers(program: Program, row: NDArray[np.float64]) -> Program:
    """The same program with Python's own reading of its arithmetic."""
    known = {**NAMES, **dict(zip(program.inputs, row.tolist(), strict=True))}
    steps = tuple(
        Instruction(step.name, step.qubits, params=tuple(float(eval(str(p), {}, known)) for p in step.params))
        for step in program.instructions
    )
    return Program(program.language, program.n_qubits, 0, (), steps)


def by_matrices(program: Program, row: NDArray[np.float64], observables: Any) -> list[float]:
    state = Statevector(rebuilt(with_numbers(program, row)))
    return [state.expectation_value(SparsePauliOp.from_list(each)).real for each in observables]


def drawn(rows: int, seed: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(-1.9, 3, (rows, len(INPUTS)))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), program=programs(), rows=st.sampled_from([1, 3]))
def test_exact_means_equal_those_of_qiskits_statevector(data: Any, program: Program, rows: int) -> None:
    observables = tuple(data.draw(st.lists(pauli_sums(program.n_qubits), min_size=1, max_size=3)))
    values = drawn(rows)
    found = asked(program, values, observables)
    expected = [by_matrices(program, row, observables) for row in values]
    np.testing.assert_allclose(found.mean, expected, atol=1e-9)
    assert not found.error.any()


@settings(max_examples=30, deadline=None)
@given(data=st.data(), program=programs())
def test_means_over_many_shots_lie_within_their_errors_of_the_exact_ones(data: Any, program: Program) -> None:
    observables = tuple(data.draw(st.lists(pauli_sums(program.n_qubits), min_size=1, max_size=3)))
    values = drawn(2)
    exact = asked(program, values, observables).mean
    found = asked(program, values, observables, mode="shots", shots=10**9)
    assert (np.abs(found.mean - exact) <= 7 * found.error + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(program=programs(), native=st.sampled_from([NATIVE, NARROW]))
def test_decomposed_gates_are_the_gates_but_for_a_phase(program: Program, native: frozenset[str]) -> None:
    values = drawn(1)
    found = template(program, native)
    assert {*found.circuit.count_ops()} <= native
    circuit, rows = bound(found, values)
    assert not rows, "one row has nothing that differs"
    assert Operator(circuit).equiv(Operator(rebuilt(with_numbers(program, values[0]))))


@settings(max_examples=25, deadline=None)
@given(program=programs(n_qubits=3), mode=st.sampled_from([{}, NOISE, {"mode": "shots", "shots": 64}]))
def test_angles_bound_while_it_runs_are_those_bound_before(program: Program, mode: dict[str, Any]) -> None:
    observables = ((("ZII", 1.0), ("IXX", 0.5)), (("YYZ", 2.0),))
    values = drawn(4)
    together = asked(program, values, observables, **mode)
    if "shots" not in mode:
        apart = [
            asked(with_numbers(program, row), np.zeros((1, 0)), observables, **mode).mean[0] for row in values
        ]
        np.testing.assert_allclose(together.mean, apart, atol=1e-9)
    again = asked(program, values, observables, **mode)
    np.testing.assert_array_equal(together.mean, again.mean)


def test_columns_that_all_rows_share_are_bound_before() -> None:
    program = a_program(1, ("ry", (0,), "(2*x)"), ("rz", (0,), "y"), ("rx", (0,), "y"), inputs=INPUTS)
    found = template(program)
    assert len(found.angles) == 2, "one free angle for each distinct arithmetic"
    circuit, rows = bound(found, np.array([[0.1, 4.0], [0.2, 4.0]]))
    assert circuit.parameters == {*rows}
    assert list(rows.values()) == [[0.2, 0.4]]


def test_one_standard_error_holds_the_truth_in_about_two_of_three_repetitions() -> None:
    program = a_program(
        3, ("ry", (0,), 0.9), ("cx", (0, 1)), ("ry", (2,), 0.4), ("cx", (1, 2)), ("rx", (0,), 1.1)
    )
    observables = ((("ZZI", 1.0), ("IIZ", 0.5), ("XXI", -0.7), ("YIX", 0.3), ("III", 2.0)), (("IZZ", 1.0),))
    exact, nothing = asked(program, np.zeros((1, 0)), observables).mean, np.zeros((1, 0))
    ratios = []
    for batch in range(200):
        found = asked(program, nothing, observables, mode="shots", shots=200, batch=batch)
        ratios.append(((found.mean - exact) / found.error)[0])
    inside = (np.abs(ratios) < 1).mean(axis=0)
    assert ((inside > 0.55) & (inside < 0.80)).all(), inside
    assert (np.abs(np.mean(ratios, axis=0)) < 0.3).all(), "no bias"


def test_a_perfectly_correlated_pair_has_the_error_of_its_sum_not_of_its_parts() -> None:
    nothing, sampled = np.zeros((1, 0)), {"mode": "shots", "shots": 10_000}
    difference = asked(BELL, nothing, ((("ZI", 1.0), ("IZ", -1.0)),), **sampled)
    total = asked(BELL, nothing, ((("ZI", 1.0), ("IZ", 1.0)),), **sampled)
    assert (difference.mean, difference.error) == (0.0, 0.0)
    np.testing.assert_allclose(total.error, 2 / 100, rtol=0.05)


def test_noise_equals_explicit_channels_and_flips() -> None:
    """Depolarising by p shrinks the Bloch vector by 1 - p; a flip with probability f shrinks Z by 1 - 2f."""
    found = asked(TURN, [[0.3], [1.2]], ((("Z", 1.0),), (("X", 1.0),)), **NOISE)
    shrink, read = 1 - simulate.GATE_1Q_DEPOLARISING, 1 - 2 * simulate.READOUT_FLIP
    z, x = np.cos([0.3, 1.2]) * shrink * read, np.sin([0.3, 1.2]) * shrink**2 * read
    np.testing.assert_allclose(found.mean, np.stack([z, x], axis=1), atol=1e-12)


def test_noise_meets_wide_gates_in_their_narrow_parts() -> None:
    flips = a_program(3, ("x", (0,)), ("x", (1,)), ("ccx", (0, 1, 2)))
    (mean,) = asked(flips, np.zeros((1, 0)), ((("ZII", 1.0),),), **NOISE).mean[0]
    six_cx = (1 - simulate.GATE_2Q_DEPOLARISING) ** 6
    assert -six_cx * (1 - 2 * simulate.READOUT_FLIP) < mean + 0.1 < 0


def test_noise_leaves_a_density_matrix_of_qiskit_when_it_is_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = a_program(2, ("h", (0,)), ("crx", (0, 1), 0.8), ("iswap", (0, 1)))
    monkeypatch.setattr(simulate, "READOUT_FLIP", 0.0)
    monkeypatch.setattr(simulate, "GATE_1Q_DEPOLARISING", 0.0)
    monkeypatch.setattr(simulate, "GATE_2Q_DEPOLARISING", 0.0)
    simulate._backend.cache_clear()
    try:
        found = asked(program, np.zeros((1, 0)), ((("XY", 1.0),), (("IZ", 1.0),)), **NOISE).mean[0]
    finally:
        simulate._backend.cache_clear()
    state = DensityMatrix(rebuilt(program))
    expected = [state.expectation_value(SparsePauliOp(label)).real for label in ("XY", "IZ")]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_what_is_measured_at_the_end_is_left_out() -> None:
    ended = a_program(
        2,
        ("reset", (0,)),
        ("h", (0,)),
        ("barrier", (0, 1)),
        ("cx", (0, 1)),
        ("measure", (0,)),
        ("measure", (1,)),
    )
    found = asked(ended, np.zeros((1, 0)), ((("XX", 1.0),), (("ZZ", 1.0),), (("YY", 1.0),)))
    np.testing.assert_allclose(found.mean, [[1, 1, -1]], atol=1e-12)


@pytest.mark.parametrize("bits", range(8), ids="{:03b}".format)
def test_qubit_0_is_the_rightmost_letter(bits: int) -> None:
    program = a_program(3, *(("x", (qubit,)) for qubit in range(3) if bits >> qubit & 1))
    letters = tuple(((("I" * (2 - qubit) + "Z" + "I" * qubit), 1.0),) for qubit in range(3))
    expected = [[1.0 - 2 * (bits >> qubit & 1) for qubit in range(3)]]
    for mode in ({}, {"mode": "shots", "shots": 16}):
        np.testing.assert_allclose(asked(program, np.zeros((1, 0)), letters, **mode).mean, expected)


@pytest.mark.parametrize("chunk", [1, 7, 64], ids=str)
def test_pieces_of_any_size_give_the_same_answer(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    program = a_program(3, ("ry", (0,), "x"), ("cx", (0, 1)), ("rx", (2,), "y"), inputs=INPUTS)
    observables = ((("ZZI", 1.0), ("IIY", 0.5)), (("XXI", 1.0), ("IZI", 0.2)))
    whole = asked(program, drawn(9), observables, mode="shots", shots=50)
    monkeypatch.setattr(estimate, "CHUNK_AMPLITUDES", chunk)
    parts = asked(program, drawn(9), observables, mode="shots", shots=50)
    np.testing.assert_allclose(parts.mean, whole.mean, atol=1e-12)
    np.testing.assert_allclose(parts.error, whole.error, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e200], ids=["divides-by-0", "no-root", "overflows"])
def test_angles_that_are_not_finite_are_refused(value: float) -> None:
    program = a_program(1, ("ry", (0,), "((sqrt(x)/x)*exp(x))"), inputs=("x",))
    with pytest.raises(StageError, match="quantum-angles-refused"):
        asked(program, [[0.5], [value]], ((("Z", 1.0),),))


@settings(max_examples=25, deadline=None)
@given(data=st.data(), program=programs())
def test_one_distribution_gives_the_same_means_as_one_observable_after_the_other(
    data: Any, program: Program
) -> None:
    label = st.text("IZ", min_size=program.n_qubits, max_size=program.n_qubits)
    observables = tuple(((data.draw(label), 1.5),) for _ in range(3))
    values = drawn(2)
    apart = [asked(program, values, (each,)).mean[:, 0] for each in observables]
    np.testing.assert_allclose(asked(program, values, observables).mean.T, apart, atol=1e-12)


def test_wide_circuits_are_estimated_in_pieces() -> None:
    steps = [("h", (0,)), *(("cx", (qubit, qubit + 1)) for qubit in range(17))]
    ghz = a_program(18, *steps)
    observables = ((("Z" * 18, 1.0),), (("X" * 18, 1.0),), (("I" * 17 + "Z", 1.0),))
    exact = asked(ghz, np.zeros((1, 0)), observables)
    np.testing.assert_allclose(exact.mean, [[1, 1, 0]], atol=1e-9)
    sampled = asked(ghz, np.zeros((1, 0)), observables, mode="shots", shots=400)
    assert n_circuits(observables) == 2
    np.testing.assert_allclose(sampled.mean[0, :2], [1, 1])
    np.testing.assert_allclose(sampled.error[0], [0, 0, 0.05], atol=0.003)
