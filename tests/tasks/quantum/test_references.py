"""Classical answers are right: held against brute force, Qiskit's matrices and known solutions."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp, Statevector
from scipy.linalg import expm

from policy_checks.errors import StageError
from policy_checks.schemas.problem import Chain, Graph, Paulis
from tasks.quantum import exact
from tasks.quantum.exact import evolved, ground_energy
from tasks.quantum.hamiltonian import pauli_sum, values_of
from tasks.quantum.matrices import sparse
from tasks.quantum.references import best_value, greedy, maximises, random_value, value_of
from tests.tasks.quantum.problems import bits_of, chains, graphs, matrix_of, objective, paulis, problems

SEEDS = st.integers(0, 2**31)
CUTS = graphs(forms=("maxcut",), n_max=9, strengths=st.floats(0, 10))
LABELS = {"up": "0000", "neel": "0101", "plus": "++++"}


def a_chain(form: str, sites: int, **parts) -> Chain:
    return Chain(**{"form": form, "sites": sites, "coupling": 1.0, "field": 0.8, **parts})


@settings(deadline=None)
@given(problem=graphs(n_max=7))
def test_the_best_of_all_is_what_trying_each_one_finds(problem):
    n = problem.n_variables
    tried = [objective(problem, bits_of(b, n)) for b in range(1 << n)]
    found = best_value(problem)
    assert found.value == pytest.approx((max if maximises(problem) else min)(tried), abs=1e-9)
    assert found.value == pytest.approx(objective(problem, list(found.bits)), abs=1e-9)


@given(problem=graphs(n_max=6), data=st.data())
def test_the_value_of_an_assignment_is_that_of_its_basis_state(problem, data):
    index = data.draw(st.integers(0, 2**problem.n_variables - 1))
    bits = bits_of(index, problem.n_variables)
    assert value_of(problem, bits) == pytest.approx(objective(problem, bits), abs=1e-9)
    assert value_of(problem, bits) == pytest.approx(values_of(pauli_sum(problem))[index], abs=1e-9)


@given(problem=graphs(n_max=7))
def test_a_guess_is_worth_the_mean_of_all(problem):
    n = problem.n_variables
    mean = math.fsum(objective(problem, bits_of(b, n)) for b in range(1 << n)) / (1 << n)
    assert random_value(problem) == pytest.approx(mean, abs=1e-9)


@settings(deadline=None)
@given(problem=graphs(n_max=9), seed=SEEDS)
def test_greed_lies_between_a_guess_and_the_best(problem, seed):
    sign = 1 if maximises(problem) else -1
    found, slack = greedy(problem, seed), 1e-9
    assert found.value == pytest.approx(objective(problem, list(found.bits)), abs=slack)
    assert sign * found.value <= sign * best_value(problem).value + slack
    assert sign * found.value >= sign * random_value(problem) - slack


@settings(deadline=None)
@given(problem=CUTS, seed=SEEDS)
def test_a_greedy_cut_has_at_least_half_of_all_weight(problem, seed):
    assert greedy(problem, seed).value >= math.fsum(w for *_, w in problem.terms) / 2 - 1e-9


@settings(deadline=None)
@given(problem=graphs(n_max=8), seed=SEEDS)
def test_no_single_flip_improves_a_greedy_answer(problem, seed):
    found, sign = greedy(problem, seed), 1 if maximises(problem) else -1
    for variable in range(problem.n_variables):
        bits = list(found.bits)
        bits[variable] ^= 1
        assert sign * objective(problem, bits) <= sign * found.value + 1e-6


def test_the_seed_alone_decides_a_greedy_answer():
    problem = Graph(form="maxcut", n_variables=9, terms=tuple((i, (i + 1) % 9, 1.0) for i in range(9)))
    assert greedy(problem, 5) == greedy(problem, 5)
    assert len({greedy(problem, seed).bits for seed in range(20)}) > 1


def test_a_bipartite_graph_is_cut_whole_by_greed():
    problem = Graph(form="maxcut", n_variables=40, terms=tuple((0, leaf, 1.0) for leaf in range(1, 40)))
    assert greedy(problem, 1).value == 39


@settings(deadline=None)
@given(problem=problems())
def test_a_matrix_is_qiskits_and_real_where_that_is(problem):
    found = sparse(pauli_sum(problem))
    assert np.allclose(found.toarray(), matrix_of(problem))
    assert np.iscomplexobj(found) == bool(np.any(matrix_of(problem).imag))


@settings(deadline=None)
@given(problem=problems())
def test_a_ground_energy_is_the_least_eigenvalue_of_qiskits_matrix(problem):
    expected = np.linalg.eigvalsh(matrix_of(problem))[0]
    assert ground_energy(pauli_sum(problem)) == pytest.approx(expected, abs=1e-9, rel=1e-9)


@settings(deadline=None)
@given(problem=st.one_of(chains(), paulis()))
def test_both_ways_find_the_same_ground_energy(problem):
    terms = pauli_sum(problem)
    assume(problem.n_qubits > 2 and any(label.strip("IZ") for label, _ in terms))
    expected = ground_energy(terms)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(exact, "DENSE_MAX", 0)
        assert ground_energy(terms) == pytest.approx(expected, abs=1e-7, rel=1e-7)


@pytest.mark.parametrize("sites", [8, 11, 12])
def test_a_critical_ring_has_the_energy_of_free_fermions(sites):
    """Source: Pfeuty, "The one-dimensional Ising model with a transverse field" (1970)."""
    problem = a_chain("ising_chain", sites, field=1.0, periodic=True)
    momenta = (2 * np.arange(sites) + 1) * np.pi / sites
    expected = -np.sum(np.sqrt(2 - 2 * np.cos(momenta)))
    assert ground_energy(pauli_sum(problem)) == pytest.approx(expected, abs=1e-8)


@settings(deadline=None, max_examples=40)
@given(
    problem=st.one_of(chains(n_max=4), paulis(n_max=4), graphs(n_max=4)),
    initial=st.sampled_from(list(LABELS)),
    times=st.lists(st.floats(0, 3), min_size=1, max_size=3).map(sorted),
)
def test_an_evolution_is_that_of_qiskits_matrix(problem, initial, times):
    n = problem.n_qubits
    start = Statevector.from_label(LABELS[initial][-n:]).data
    ups = [SparsePauliOp.from_sparse_list([("Z", [q], 1)], num_qubits=n) for q in range(n)]
    found = evolved(pauli_sum(problem), initial, times)
    assert found.shape == (len(times), n)
    for row, time in zip(found, times, strict=True):
        state = Statevector(expm(-1j * time * matrix_of(problem)) @ start)
        assert np.allclose(row, [state.expectation_value(up).real for up in ups], atol=1e-7)


def test_a_matrix_that_is_neither_real_nor_imaginary_is_evolved_as_well():
    terms = {"IY": 0.9, "XI": 0.7, "YX": -0.6, "ZZ": 0.4, "XY": 0.3}
    problem = Paulis(form="pauli", terms=terms)
    state = Statevector(expm(-1.3j * matrix_of(problem)) @ [1, 0, 0, 0])
    expected = [state.expectation_value(SparsePauliOp(label)).real for label in ("IZ", "ZI")]
    assert np.allclose(evolved(pauli_sum(problem), "up", [1.3]), [expected])


@settings(deadline=None, max_examples=30)
@given(problem=st.one_of(chains(), paulis()), initial=st.sampled_from(list(LABELS)))
def test_both_ways_evolve_alike(problem, initial):
    terms, times = pauli_sum(problem), (0.0, 0.4, 0.4, 1.5)
    expected = evolved(terms, initial, times)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(exact, "DENSE_MAX", 0)
        assert np.allclose(evolved(terms, initial, times), expected, atol=1e-8)


def test_a_field_alone_turns_every_spin_alike():
    problem = a_chain("ising_chain", 12, coupling=0.0, field=0.5)
    found = evolved(pauli_sum(problem), "up", [0.3, 2.0])
    assert np.allclose(found, np.cos(np.array([[0.3], [2.0]])))


def test_a_heisenberg_chain_keeps_its_magnetisation():
    found = evolved(pauli_sum(a_chain("heisenberg_chain", 11)), "neel", [0.5, 1.0, 4.0])
    assert np.allclose(found.sum(axis=1), -1)


WIDE = [
    pytest.param(lambda n: ground_energy(pauli_sum(a_chain("ising_chain", n))), 12, id="ground-energy"),
    pytest.param(lambda n: evolved(pauli_sum(a_chain("ising_chain", n)), "up", [0.1]), 12, id="evolution"),
    pytest.param(
        lambda n: best_value(Graph(form="maxcut", n_variables=n, terms=((0, 1, 1.0),))), 20, id="enumeration"
    ),
]


@pytest.mark.parametrize(("answer", "most"), WIDE)
def test_what_is_too_wide_gets_no_answer_and_a_remedy(answer, most):
    answer(most)
    with pytest.raises(StageError) as refused:
        answer(most + 1)
    assert refused.value.code == "reference-too-wide"
    assert f"at most {most}" in refused.value.message
    assert refused.value.remedy


@pytest.mark.parametrize("kinds", [1024, 1025])
def test_a_matrix_that_fills_the_memory_is_not_made(kinds):
    labels = {f"{i:012b}".replace("0", "I").replace("1", "X"): 1.0 for i in range(kinds)}
    terms = pauli_sum(Paulis(form="pauli", terms=labels))
    if kinds == 1024:
        assert sparse(terms).nnz == 1024 * 4096
    else:
        with pytest.raises(StageError, match="reference-too-dense"):
            ground_energy(terms)


def test_an_evolution_that_would_take_minutes_is_not_begun():
    terms = pauli_sum(a_chain("ising_chain", 12, coupling=1e6))
    with pytest.raises(StageError, match="reference-too-slow"):
        evolved(terms, "up", [1e4])


def test_a_search_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr(exact, "RESTARTS_MAX", 1)
    with pytest.raises(StageError, match="reference-not-found"):
        ground_energy(pauli_sum(a_chain("heisenberg_chain", 12, field=0.0)))
