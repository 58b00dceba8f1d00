"""Gates written out in four kinds are the gates themselves, but for a phase that no mean shows."""

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from qiskit.quantum_info import Operator

from policy_checks.errors import StageError
from tasks.quantum.circuit import evaluated
from tasks.quantum.elementary import SAME, Elementary, elementary
from tasks.quantum.parsing.gates import FORMS, MANY_CONTROLLED
from tasks.quantum.program import Program
from tests.tasks.quantum.drawing import INPUTS, a_program, programs
from tests.tasks.quantum.problems import circuit_of

ANGLES = (0.7, -1.9, 2.3, 0.4)
FORMS_OF_ALL = FORMS | {name: (n_params, 4) for name, n_params in MANY_CONTROLLED.items()}


def written_out(program: Program, values: dict[str, float]) -> Operator:
    """The four kinds as matrices, straight from what they are said to do."""
    whole = np.eye(1 << program.n_qubits, dtype=complex)
    for gate in elementary(program):
        worth = 1.0 if gate.angle is None else float(evaluated(gate.angle, values))
        whole = matrix(gate, gate.factor * worth, program.n_qubits) @ whole
    return Operator(whole)


def matrix(gate: Elementary, angle: float, n_qubits: int) -> np.ndarray:
    states = np.arange(1 << n_qubits)
    *others, last = gate.qubits
    among = np.bitwise_and.reduce([states >> qubit & 1 for qubit in others] or [np.ones_like(states)])
    if gate.kind == "phase":
        return np.diag(np.exp(1j * angle * (among & states >> last & 1)))
    if gate.kind == "flip":
        return np.eye(len(states))[states ^ among << last]
    assert not others
    cos, sin = np.cos(angle / 2), np.sin(angle / 2)
    turn = np.array([[cos, -sin], [sin, cos]] if gate.kind == "ry" else [[cos, -1j * sin], [-1j * sin, cos]])
    return np.kron(np.kron(np.eye(1 << (n_qubits - 1 - last)), turn), np.eye(1 << last))


@pytest.mark.parametrize("name", sorted(FORMS_OF_ALL))
def test_every_standard_gate_is_what_it_is_written_out_as(name):
    n_params, n_qubits = FORMS_OF_ALL[name]
    qubits = tuple(np.random.default_rng(n_qubits).permutation(n_qubits + 1)[:n_qubits].tolist())
    program = a_program(n_qubits + 1, (name, qubits, *ANGLES[:n_params]))
    assert written_out(program, {}).equiv(Operator(circuit_of(program)))


@settings(max_examples=50, deadline=None)
@given(program=programs())
def test_whole_programs_with_free_inputs_are_what_they_are_written_out_as(program):
    values = dict(zip(INPUTS, (1.3, -0.6), strict=True))
    assert written_out(program, values).equiv(Operator(circuit_of(program, values)))


def test_every_gate_comes_out_in_one_of_four_kinds_with_the_angle_that_its_author_wrote():
    program = a_program(2, ("crz", (1, 0), "(2*x)"), ("h", (0,)), inputs=INPUTS)
    first, second, *rest = elementary(program)
    assert [(gate.kind, gate.qubits, gate.factor) for gate in (first, second)] == [
        ("phase", (1,), -0.5),
        ("phase", (1, 0), 1.0),
    ]
    assert first.angle == second.angle is not None
    assert [(gate.kind, gate.factor, gate.angle) for gate in rest] == [
        ("phase", pi, None),
        ("ry", pi / 2, None),
    ]
    assert {*SAME.values()} == {"rx", "ry", "phase", "flip"}


def test_a_gate_after_a_measurement_has_no_means_to_be_trained_on():
    with pytest.raises(StageError, match="quantum-program-dynamic"):
        elementary(a_program(1, ("measure", (0,)), ("h", (0,))))
