"""Circuits out of a Hamiltonian: exponentials of its terms, and Trotter steps that tend to the exact evolution."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Statevector
from scipy.linalg import expm

from policy_checks.schemas.manifest import CircuitRequest
from policy_checks.schemas.problem import Chain, Evolution, Graph, Paulis
from tasks.quantum.ansatz import program
from tasks.quantum.evolving import commuting, exponential
from tasks.quantum.hamiltonian import pauli_sum, support
from tasks.quantum.program import Program
from tests.tasks.quantum.problems import chains, circuit_of, graphs, matrix_of, problems

MIXED = Paulis(form="pauli", terms={"XYZ": 0.7, "ZIX": -0.4, "IYY": 0.3, "ZII": 0.5, "III": 2.0, "YXI": 0.2})
NONE_COMMUTE = [
    pytest.param(Chain(form="ising_chain", sites=4, coupling=1.0, field=0.7), id="ising"),
    pytest.param(Chain(form="ising_chain", sites=3, coupling=-0.8, field=0.6, periodic=True), id="ring"),
    pytest.param(Chain(form="heisenberg_chain", sites=4, coupling=0.5, field=0.9), id="heisenberg"),
    pytest.param(MIXED, id="long-paulis"),
]


def trotter(qubits: int, layers: int = 1) -> CircuitRequest:
    return CircuitRequest(ansatz="trotter", qubits=qubits, layers=layers)


@settings(deadline=None)
@given(label=st.text("IXYZ", min_size=1, max_size=5).filter(lambda label: label.strip("I")))
def test_an_exponential_is_that_of_the_matrix(label):
    gates = Program("ansatz", len(label), 0, (), tuple(exponential(label, 0.7)))
    assert np.allclose(Operator(circuit_of(gates)).data, expm(-0.35j * Operator.from_label(label).data))


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("problem", NONE_COMMUTE)
def test_half_the_step_divides_the_error_by_two_to_the_order(problem, order):
    exact = Operator(expm(-1j * matrix_of(problem)))

    def error(steps: int) -> float:
        evolution = Evolution(time=1.0, points=2, order=order)
        found = program(trotter(problem.n_qubits, steps), problem=problem, evolution=evolution)
        return _distance(Operator(circuit_of(found)), exact)

    assert error(16) < 0.1
    assert error(8) / error(16) == pytest.approx(2**order, rel=0.15)


def _distance(one: Operator, other: Operator) -> float:
    """How far two unitaries are apart whatever their global phase."""
    overlap = abs(np.trace(one.adjoint().data @ other.data)) / one.dim[0]
    return math.sqrt(max(0.0, 1 - overlap**2))


@settings(deadline=None, max_examples=40)
@given(problem=graphs(n_max=4), order=st.sampled_from([1, 2]))
def test_what_commutes_is_evolved_exactly_in_one_step(problem, order):
    found = program(
        trotter(problem.n_qubits),
        problem=problem,
        evolution=Evolution(time=0.8, points=1, order=order),
    )
    assert Operator(circuit_of(found)).equiv(Operator(expm(-0.8j * matrix_of(problem))), atol=1e-6)


@pytest.mark.parametrize(("initial", "label"), [("up", "0000"), ("neel", "0101"), ("plus", "++++")])
def test_an_evolution_begins_where_it_says(initial, label):
    still = Chain(form="ising_chain", sites=4, coupling=0, field=0)
    evolution = Evolution(time=1, points=1, initial=initial)
    found = program(trotter(4), problem=still, evolution=evolution)
    assert Statevector(circuit_of(found)).equiv(Statevector.from_label(label))


@settings(deadline=None, max_examples=30)
@given(problem=chains(n_max=4), points=st.integers(1, 4), layers=st.integers(1, 3), data=st.data())
def test_a_moment_is_the_end_of_a_shorter_evolution(problem, points, layers, data):
    moment = data.draw(st.integers(1, points))
    circuit = trotter(problem.sites, layers)
    whole = Evolution(time=0.5 * points, points=points, initial="neel")
    short = Evolution(time=0.5 * moment, points=moment, initial="neel")
    found = program(circuit, problem=problem, evolution=whole, moment=moment)
    assert found == program(circuit, problem=problem, evolution=short)
    if moment == points:
        assert found == program(circuit, problem=problem, evolution=whole)


@given(problem=problems())
def test_terms_are_grouped_once_each_and_a_group_shares_no_qubit(problem):
    terms = pauli_sum(problem)
    groups = commuting(terms)
    together = [term for group in groups for term in group]
    assert sorted(together) == [term for term in terms if support(term[0])]
    widths = [len(support(label)) for label, _ in together]
    assert widths == sorted(widths, reverse=True)
    for group in groups:
        qubits = [qubit for label, _ in group for qubit in support(label)]
        assert len(qubits) == len({*qubits})


@pytest.mark.parametrize(("sites", "periodic", "bonds"), [(9, False, 2), (8, True, 2), (9, True, 3)])
def test_a_chain_falls_into_even_and_odd_bonds(sites, periodic, bonds):
    problem = Chain(form="ising_chain", sites=sites, coupling=1, field=1, periodic=periodic)
    assert len(commuting(pauli_sum(problem))) == bonds + 1


def test_a_field_on_some_sites_leaves_the_bonds_as_they_are():
    terms = tuple((i, i + 1, 1.0) for i in range(8)) + tuple((i, i, 0.5) for i in (1, 4, 5))
    problem = Graph(form="ising", n_variables=9, terms=terms)
    assert [len(group) for group in commuting(pauli_sum(problem))] == [4, 4, 3]
