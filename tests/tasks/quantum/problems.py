"""Problems drawn at random, and a named circuit as a matrix: what several tests hold answers against."""

from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st

from policy_checks.schemas.problem import Chain, Graph, Paulis
from tasks.quantum.parsing.expressions import evaluate, expression
from tasks.quantum.parsing.source import tokens
from tasks.quantum.program import Instruction, Program

STRENGTHS = st.one_of(st.integers(-3, 3).map(float), st.floats(-5, 5, allow_subnormal=False))
FORMS = ("maxcut", "qubo", "ising")


@st.composite
def graphs(draw, forms=FORMS, n_max=6, strengths=STRENGTHS):
    form, n = draw(st.sampled_from(forms)), draw(st.integers(2, n_max))
    pairs = [(i, j) for i in range(n) for j in range(i + (form == "maxcut"), n)]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    flips = draw(st.lists(st.booleans(), min_size=len(chosen), max_size=len(chosen)))
    terms = tuple(
        (j, i, draw(strengths)) if flip else (i, j, draw(strengths))
        for (i, j), flip in zip(chosen, flips, strict=True)
    )
    return Graph(form=form, n_variables=n, terms=terms)


@st.composite
def chains(draw, n_max=6):
    sites = draw(st.integers(2, n_max))
    return Chain(
        form=draw(st.sampled_from(("ising_chain", "heisenberg_chain"))),
        sites=sites,
        coupling=draw(STRENGTHS),
        field=draw(STRENGTHS),
        periodic=sites > 2 and draw(st.booleans()),
    )


@st.composite
def paulis(draw, n_max=5, letters="IXYZ"):
    n = draw(st.integers(1, n_max))
    labels = st.text(letters, min_size=n, max_size=n)
    return Paulis(form="pauli", terms=draw(st.dictionaries(labels, STRENGTHS, min_size=1, max_size=8)))


def problems(n_max=5):
    return st.one_of(graphs(n_max=n_max), chains(n_max=n_max), paulis(n_max=n_max))


def bits_of(index: int, n: int) -> list[int]:
    return [index >> i & 1 for i in range(n)]


def objective(problem: Graph, bits: list[int]) -> float:
    """The figure as the schema's docstring has it, one term after the other."""
    spins = [1 - 2 * bit for bit in bits]
    total = 0.0
    for i, j, weight in problem.terms:
        if problem.form == "maxcut":
            total += weight * (bits[i] != bits[j])
        elif problem.form == "qubo":
            total += weight * bits[i] * bits[j]
        else:
            total += weight * (spins[i] if i == j else spins[i] * spins[j])
    return total


def matrix_of(problem) -> np.ndarray:
    """Qiskit's matrix of a problem's Pauli sum."""
    from qiskit.quantum_info import SparsePauliOp

    from tasks.quantum.hamiltonian import pauli_sum

    return SparsePauliOp.from_list(list(pauli_sum(problem))).to_matrix()


def bound(program: Program, values: Mapping[str, float]) -> Program:
    """The program with a value for every input, each expression worked out by the parser's own grammar."""

    def value(param: float | str) -> float:
        if not isinstance(param, str):
            return param
        return float(evaluate(expression(tokens(param), "**"), values, "a test"))

    steps = tuple(
        Instruction(step.name, step.qubits, params=tuple(value(param) for param in step.params))
        for step in program.instructions
    )
    return Program(program.language, program.n_qubits, 0, (), steps)


def circuit_of(program: Program, values: Mapping[str, float] | None = None):
    """Qiskit's circuit of a named one, its inputs bound."""
    from tests.tasks.quantum.parsing.rebuilt import rebuilt

    return rebuilt(bound(program, values or {}))
