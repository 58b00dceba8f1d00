"""Every standard gate's matrix is Qiskit's, and so is what the scan's own decomposition of it says."""

from random import Random

import numpy as np
import pytest
from qiskit.circuit import library
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.scanning.angles import angles
from tasks.quantum.scanning.unitaries import same, standard

OTHER = {
    "c3x": library.C3XGate, "c4x": library.C4XGate, "c3sqrtx": library.C3SXGate, "rcccx": library.RC3XGate,
    "u2": library.U2Gate, "cu3": library.CU3Gate, "cu1": library.CU1Gate,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_each_standard_gate_is_the_one_that_qiskit_knows(name):
    n_params, n_qubits = FORMS[name]
    known = get_standard_gate_name_mapping()
    params = tuple(Random(name).uniform(-3, 3) for _ in range(n_params))
    gate = (OTHER.get(name) or type(known[name]))(*params)
    theirs = Operator(gate).reverse_qargs().data
    assert same(standard(name, params, n_qubits), theirs)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_gates_with_many_controls_are_the_ones_that_qiskit_knows(n):
    for name, gate, params in (
        ("mcx", library.XGate().control(n - 1), ()),
        ("mcphase", library.MCPhaseGate(0.7, n - 1), (0.7,)),
    ):
        assert same(standard(name, params, n), Operator(gate).reverse_qargs().data)


def test_other_unitaries_are_not_the_same():
    assert not same(standard("x", (), 1), standard("y", (), 1))
    assert not same(standard("x", (), 1), standard("cx", (), 2))
    assert same(standard("x", (), 1), np.exp(0.3j) * standard("x", (), 1))


def test_free_inputs_take_values_of_their_own():
    first, second, third = angles(("x0", "(2*x0)", "sin(x1)"))
    assert second == pytest.approx(2 * first)
    assert 0.3 < third < 1
    assert third != first
    assert angles(("(2*pi)",)) == pytest.approx((2 * np.pi,))
    assert angles(("log((-x0))",)) == (0.5,)
