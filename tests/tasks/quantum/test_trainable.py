"""Which inputs take data and which are trained, what cannot be trained, and that training changes numbers only."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.errors import ManifestError, StageError
from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.ansatz import program
from tasks.quantum.observables import each_z
from tasks.quantum.program import Instruction, Program
from tasks.quantum.request import ROWS_MAX, EstimateRequest, text_of
from tasks.quantum.trainable import (
    FREE_MAX,
    data_inputs,
    require_trainable,
    rows_of,
    trained,
    weight_inputs,
)
from tests.tasks.learning.test_program_layer import programs
from tests.tasks.quantum.drawing import a_program
from tests.tasks.quantum.test_estimate import asked

MIXED = a_program(
    3, ("ry", (2,), "x2"), ("rx", (0,), "(w*x0)"), ("rz", (1,), "sin(v)"), ("p", (1,), "(u/2)"),
    inputs=("u", "x2", "w", "x0", "v"),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(found=programs(), seed=st.integers(0, 99))
def test_a_trained_program_has_the_means_of_the_program_with_its_weights(found: Program, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = {name: float(random.uniform(0.1, 3)) for name in weight_inputs(found)}
    angles = random.uniform(-2, 2, (3, found.n_qubits))
    known = weights | {f"x{qubit}": angles[:, qubit] for qubit in range(found.n_qubits)}
    values = np.column_stack([np.broadcast_to(known[name], 3) for name in found.inputs])
    observables = each_z(found.n_qubits)
    circuit, others = trained(found, weights)
    after = asked(circuit, rows_of(circuit, angles, others), observables)
    np.testing.assert_allclose(after.mean, asked(found, values, observables).mean, atol=1e-9)


def test_only_data_and_the_weights_beside_it_are_left_to_put_in() -> None:
    circuit, others = trained(MIXED, {"u": 1.0, "v": 2.0, "w": 3.0})
    assert circuit.inputs == ("x0", "x2", "w")
    assert others.tolist() == [3.0]
    assert [step.params for step in circuit.instructions] == [
        ("x2",), ("(w*x0)",), (pytest.approx(np.sin(2.0)),), (0.5,)
    ]  # fmt: skip
    assert rows_of(circuit, np.array([[0.1, 0.2, 0.3]]), others).tolist() == [[0.1, 0.3, 3.0]]


def test_data_inputs_are_in_the_order_of_qubits_and_weights_as_they_are_declared() -> None:
    inputs = ("x10", "b", "x2", "x", "x02", "a", "xx1", "x0")
    found = a_program(12, inputs=inputs)
    assert data_inputs(found) == ("x0", "x2", "x10")
    assert weight_inputs(found) == ("b", "x", "x02", "a", "xx1")


REFUSED = [
    pytest.param(a_program(2, ("ry", (0,), "w"), inputs=("x0", "w")), "circuit-without-data", id="no-data"),
    pytest.param(a_program(2, ("ry", (0,), "x0"), inputs=("x0", "w")), "circuit-without-weights", id="no-weight"),
    pytest.param(a_program(2, ("ry", (0,), "(x0+w)"), inputs=("x0", "x2", "w")), "circuit-data-input", id="too-far"),
]  # fmt: skip


@pytest.mark.parametrize(("found", "code"), REFUSED)
def test_what_cannot_be_trained_is_refused_with_a_remedy(found: Program, code: str) -> None:
    with pytest.raises(ManifestError) as refused:
        require_trainable(found)
    assert refused.value.code == code
    assert refused.value.remedy


@pytest.mark.parametrize("ansatz", ["angle_ring", "strongly_entangling", "zz_two_local"])
@pytest.mark.parametrize("qubits", [2, 12])
def test_every_ansatz_with_data_can_be_trained(ansatz: Any, qubits: int) -> None:
    require_trainable(program(CircuitRequest(ansatz=ansatz, qubits=qubits, layers=2)))


def beside_data(n_weights: int) -> Program:
    names = tuple(f"w{number}" for number in range(n_weights))
    steps = tuple(Instruction("ry", (0,), params=(f"({name}*x0)",)) for name in names)
    return Program("openqasm3", 2, 0, ("x0", *names), steps)


@pytest.mark.parametrize(("n_weights", "allowed"), [(FREE_MAX - 1, True), (FREE_MAX, False)])
def test_as_many_weights_stand_beside_data_as_a_full_batch_can_be_asked_with(
    n_weights: int, allowed: bool
) -> None:
    found = beside_data(n_weights)
    circuit, others = trained(found, {f"w{number}": 0.1 for number in range(n_weights)})
    rows = rows_of(circuit, np.zeros((ROWS_MAX, 2)), others)
    how = {"mode": "exact", "shots": None, "noise": None, "seed": 0, "batch": 0, "deadline_s": 1.0}
    request = EstimateRequest(program=text_of(circuit), observables=each_z(2), **how)
    if allowed:
        require_trainable(found)
        request.refuse_unfit(circuit, rows)
    else:
        with pytest.raises(ManifestError, match="circuit-too-many-weights"):
            require_trainable(found)
        with pytest.raises(ValueError, match="cells"):
            request.refuse_unfit(circuit, rows)


def test_weights_that_give_no_finite_angle_are_refused_before_anything_is_asked() -> None:
    found = a_program(1, ("ry", (0,), "sqrt(w)"), ("ry", (0,), "x0"), inputs=("x0", "w"))
    with pytest.raises(StageError, match="quantum-angles-refused"):
        trained(found, {"w": -1.0})
