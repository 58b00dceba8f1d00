"""The sizes of a named circuit, known from one block, are those of the circuit written out."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from policy_checks.schemas.manifest import CircuitRequest
from policy_checks.schemas.problem import Chain, Evolution, Graph
from tasks.quantum import repeating
from tasks.quantum.ansatz import program, structure
from tasks.quantum.inspect import profile, profile_of
from tasks.quantum.program import Instruction
from tasks.quantum.repeating import Repeating, sizes
from tasks.quantum.trainable import data_inputs, weight_inputs
from tests.tasks.quantum.problems import graphs, paulis, problems

WITH_DATA = ("angle_ring", "strongly_entangling", "zz_two_local")
FIGURES = ("n_qubits", "depth", "depth_2q", "n_1q", "n_2q", "n_wide", "n_reset", "gates")


def a_circuit(ansatz: str, qubits: int, layers: int) -> CircuitRequest:
    return CircuitRequest(ansatz=ansatz, qubits=qubits, layers=layers)


def assert_agrees(circuit: CircuitRequest, **parts) -> None:
    found, built = profile(circuit, **parts), program(circuit, **parts)
    counted = profile_of(built)
    assert {name: getattr(found, name) for name in FIGURES} == {
        name: getattr(counted, name) for name in FIGURES
    }
    assert found.n_inputs == len(data_inputs(built))
    assert found.n_weights == len(weight_inputs(built))
    assert found.n_measure == circuit.qubits


def a_graph(n: int, edges: list[tuple[int, int]]) -> Graph:
    return Graph(form="maxcut", n_variables=n, terms=tuple((i, j, 1.0) for i, j in edges))


@settings(deadline=None)
@given(ansatz=st.sampled_from(WITH_DATA), qubits=st.integers(1, 14), layers=st.integers(1, 40))
def test_circuits_with_data_have_the_sizes_of_what_is_built(ansatz, qubits, layers):
    assert_agrees(a_circuit(ansatz, qubits, layers))


@settings(deadline=None)
@given(problem=st.one_of(graphs(n_max=8), paulis(letters="IZ")), layers=st.integers(1, 30))
def test_qaoa_has_the_sizes_of_what_is_built(problem, layers):
    assert_agrees(a_circuit("qaoa", problem.n_qubits, layers), problem=problem)


@settings(deadline=None)
@given(
    problem=problems(),
    layers=st.integers(1, 6),
    points=st.integers(1, 6),
    order=st.sampled_from([1, 2]),
    initial=st.sampled_from(["up", "neel", "plus"]),
)
def test_trotter_has_the_sizes_of_what_is_built(problem, layers, points, order, initial):
    evolution = Evolution(time=2, points=points, order=order, initial=initial)
    assert_agrees(a_circuit("trotter", problem.n_qubits, layers), problem=problem, evolution=evolution)


@pytest.mark.parametrize("ansatz", WITH_DATA)
@pytest.mark.parametrize(("qubits", "layers"), [(31, 200), (2, 1000), (64, 65)])
def test_large_circuits_with_data_have_the_sizes_of_what_is_built(ansatz, qubits, layers):
    assert_agrees(a_circuit(ansatz, qubits, layers))


def two_hubs(n_path: int, n_leaves: int) -> Graph:
    """A path between two stars, one an edge larger: the slower one takes long to feel the faster one."""
    path = [(i, i + 1) for i in range(n_path)]
    leaves = [(0, n_path + 1 + i) for i in range(n_leaves)]
    more = [(n_path, n_path + n_leaves + 1 + i) for i in range(n_leaves + 1)]
    return a_graph(n_path + 2 * n_leaves + 2, path + leaves + more)


def scattered(n: int, n_edges: int) -> Graph:
    """A sparse graph in several pieces, each of which has a rhythm of its own."""
    rng = random.Random(n)
    return a_graph(n, list({tuple(sorted(rng.sample(range(n), 2))) for _ in range(n_edges)}))


@pytest.mark.parametrize("problem", [two_hubs(12, 10), scattered(40, 30)], ids=["two-hubs", "scattered"])
@pytest.mark.parametrize("layers", [1, 2, 63, 300])
def test_graphs_whose_depth_settles_late_or_never_are_no_exception(problem, layers):
    assert_agrees(a_circuit("qaoa", problem.n_variables, layers), problem=problem)


@settings(deadline=None)
@given(problem=graphs(n_max=8), layers=st.integers(2, 40))
def test_a_depth_that_is_leapt_to_is_the_one_that_is_walked_to(problem, layers):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repeating, "WALKED_MAX", -1)
        assert_agrees(a_circuit("qaoa", problem.n_qubits, layers), problem=problem)


def test_blocks_are_written_out_for_one_period_only():
    asked: list[int] = []

    def block(k: int) -> list[Instruction]:
        asked.append(k)
        return [Instruction("cx", (k % 3, (k + 1) % 3)), Instruction("h", (0,))]

    found = sizes(Repeating(4, 0, 0, (), block, 10**12 + 1, period=3))
    assert asked == [0, 1, 2]
    assert dict(found.gates) == {"cx": 10**12 + 1, "h": 10**12 + 1}


@pytest.mark.parametrize("ansatz", WITH_DATA)
def test_no_more_gates_are_followed_for_a_thousand_layers_than_for_five_hundred(ansatz, monkeypatch):
    followed: list[int] = []
    walk = repeating._followed
    monkeypatch.setattr(
        repeating,
        "_followed",
        lambda levels, gates, *how: followed.append(len(gates)) or walk(levels, gates, *how),
    )
    totals = []
    for layers in (500 // 99 * 99, 990):
        followed.clear()
        profile(a_circuit(ansatz, 100, layers))
        totals.append(sum(followed))
    assert totals[0] == totals[1]


def test_the_largest_evolution_of_the_largest_graph_is_profiled():
    terms = tuple((i, j, 1.0) for i in range(128) for j in range(i, 128))
    problem = Graph(form="ising", n_variables=128, terms=terms)
    found = profile(
        a_circuit("trotter", 128, 1000), problem=problem, evolution=Evolution(time=1, points=200, order=1)
    )
    assert found.n_2q == 200_000 * 128 * 127 // 2
    assert dict(found.gates) == {"rzz": found.n_2q, "rz": 200_000 * 128}
    assert found.depth_2q >= 200_000 * 127


def test_the_digest_depends_on_what_the_gates_depend_on_and_on_nothing_else():
    chain = Chain(form="ising_chain", sites=3, coupling=1, field=1)
    stronger = Chain(form="ising_chain", sites=3, coupling=2, field=1)
    graph, other = a_graph(3, [(0, 1)]), a_graph(3, [(0, 2)])
    slow, fast = Evolution(time=2, points=2), Evolution(time=1, points=2)
    qaoa, trotter, ring = (a_circuit(name, 3, 2) for name in ("qaoa", "trotter", "angle_ring"))
    digests = [
        profile(ring).template,
        profile(qaoa, problem=graph).template,
        profile(qaoa, problem=other).template,
        profile(trotter, problem=chain, evolution=slow).template,
        profile(trotter, problem=chain, evolution=fast).template,
        profile(trotter, problem=stronger, evolution=fast).template,
    ]
    assert len({*digests}) == len(digests)
    assert profile(ring, problem=chain, evolution=slow).template == digests[0]
    assert profile(qaoa, problem=graph, evolution=slow).template == digests[1]


def test_a_profile_refuses_what_cannot_be_built():
    with pytest.raises(ManifestError, match="circuit-incomplete"):
        profile(a_circuit("qaoa", 3, 1))
    with pytest.raises(ManifestError, match="circuit-width"):
        profile(a_circuit("zz_two_local", 4, 1), problem=a_graph(3, [(0, 1)]))


@given(ansatz=st.sampled_from(WITH_DATA), qubits=st.integers(1, 6), layers=st.integers(1, 12))
def test_blocks_a_period_apart_differ_in_parameters_only(ansatz, qubits, layers):
    found = structure(a_circuit(ansatz, qubits, layers))
    gates = [[(step.name, step.qubits) for step in found.block(k)] for k in range(2 * found.period)]
    assert gates[: found.period] == gates[found.period :]
