"""A problem's operator is what its schema says, in Qiskit's order."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from policy_checks.schemas.problem import Chain, Graph, Paulis
from tasks.quantum.hamiltonian import constant, is_diagonal, pauli_sum, support, values_of
from tests.tasks.quantum.problems import (
    STRENGTHS,
    bits_of,
    chains,
    graphs,
    matrix_of,
    objective,
    paulis,
    problems,
)

LETTERS = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


def product(n: int, letters: dict[int, str]) -> np.ndarray:
    """A product of Pauli matrices, qubit 0 the last factor."""
    matrix = np.eye(1)
    for qubit in range(n):
        matrix = np.kron(LETTERS[letters.get(qubit, "I")], matrix)
    return matrix


@settings(deadline=None)
@given(problem=graphs())
def test_an_operator_of_a_graph_has_the_objective_on_every_assignment(problem):
    diagonal = np.diag(matrix_of(problem)).real
    n = problem.n_variables
    assert np.allclose(diagonal, [objective(problem, bits_of(b, n)) for b in range(1 << n)], atol=1e-9)


@settings(deadline=None)
@given(problem=chains(n_max=5))
def test_a_chain_is_the_sum_that_its_schema_states(problem):
    n, expected = problem.sites, 0
    bonds = [(i, (i + 1) % n) for i in range(n if problem.periodic else n - 1)]
    if problem.form == "ising_chain":
        expected = -problem.coupling * sum(product(n, {i: "Z", j: "Z"}) for i, j in bonds)
        expected = expected - problem.field * sum(product(n, {i: "X"}) for i in range(n))
    else:
        expected = sum(problem.coupling * product(n, {i: p, j: p}) for i, j in bonds for p in "XYZ")
        expected = expected + problem.field * sum(product(n, {i: "Z"}) for i in range(n))
    assert np.allclose(matrix_of(problem), expected)


@given(problem=paulis())
def test_a_sum_of_paulis_is_itself_without_zeros(problem):
    terms = dict(pauli_sum(problem))
    assert {label: value for label, value in terms.items() if value} == {
        label: value for label, value in problem.terms.items() if value
    }


@given(problem=problems())
def test_labels_are_sorted_stand_once_and_have_one_letter_a_qubit(problem):
    terms = pauli_sum(problem)
    labels = [label for label, _ in terms]
    assert labels == sorted(set(labels))
    assert {len(label) for label in labels} == {problem.n_qubits}
    assert all(value for _, value in terms) or len(terms) == 1


@given(problem=graphs(), seed=st.randoms(use_true_random=False))
def test_the_order_of_the_terms_makes_no_difference(problem, seed):
    terms = list(problem.terms)
    seed.shuffle(terms)
    other = Graph(form=problem.form, n_variables=problem.n_variables, terms=tuple(terms))
    assert pauli_sum(other) == pauli_sum(problem)


def test_qubit_0_is_rightmost():
    problem = Graph(form="ising", n_variables=3, terms=((0, 0, 1.0), (1, 2, 2.0)))
    assert pauli_sum(problem) == (("IIZ", 1.0), ("ZZI", 2.0))
    assert support("XIZ") == (0, 2)


def test_what_cancels_leaves_one_zero():
    nothing = Chain(form="ising_chain", sites=3, coupling=0, field=0)
    assert pauli_sum(nothing) == (("III", 0.0),)


@settings(deadline=None)
@given(problem=st.one_of(graphs(n_max=7), paulis(letters="IZ")))
def test_a_diagonal_sum_has_the_values_of_qiskits_matrix(problem):
    assert is_diagonal(pauli_sum(problem))
    assert np.allclose(values_of(pauli_sum(problem)), np.diag(matrix_of(problem)).real, atol=1e-9)


@given(problem=graphs(n_max=7))
def test_the_constant_is_the_mean_over_all_assignments(problem):
    terms = pauli_sum(problem)
    assert constant(terms) == pytest.approx(values_of(terms).mean(), abs=1e-9)


@given(label=st.text("IXYZ", min_size=1, max_size=6), value=STRENGTHS.filter(bool))
def test_one_x_or_y_is_enough_not_to_be_diagonal(label, value):
    terms = pauli_sum(Paulis(form="pauli", terms={label: value}))
    assert is_diagonal(terms) == (not {"X", "Y"} & set(label))
    if not is_diagonal(terms):
        with pytest.raises(ManifestError, match="problem-not-diagonal"):
            values_of(terms)


@pytest.mark.parametrize(("n", "fits"), [(19, True), (20, True), (21, False)])
def test_basis_states_are_listed_up_to_twenty_qubits(n, fits):
    terms = pauli_sum(Graph(form="maxcut", n_variables=n, terms=((0, n - 1, 1.0),)))
    if fits:
        assert values_of(terms).shape == (1 << n,)
    else:
        with pytest.raises(ManifestError, match="20 allowed"):
            values_of(terms)


def test_a_hamiltonian_is_read_without_any_numeric_library():
    text = "import sys, tasks.quantum.hamiltonian; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert not {"qiskit", "numpy", "scipy"} & set(loaded.stdout.split())
