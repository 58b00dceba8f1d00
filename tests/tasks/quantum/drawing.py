"""Programs drawn at random: every standard gate, angles as numbers and as arithmetic over inputs."""

from typing import Any

from hypothesis import strategies as st

from tasks.quantum.parsing.gates import FORMS, MANY_CONTROLLED
from tasks.quantum.program import Instruction, Program

ARITHMETIC = [
    "x", "(-x)", "(2*x)", "((x*y)+0.5)", "sin(y)", "(cos(x)/(2+x))", "(x**2)", "(x%1.5)", "(exp((-x))-y)",
    "sqrt((x**2))", "arctan(log((1+(y**2))))", "(x--2.5)", "(1e-05*y)",
]  # fmt: skip
INPUTS = ("x", "y")


def a_program(n_qubits: int, *steps: tuple[Any, ...], inputs: tuple[str, ...] = ()) -> Program:
    """A program of (name, qubits, params...); a measurement of qubit q writes bit q."""
    rows = tuple(
        Instruction(name, qubits, qubits if name == "measure" else (), params)
        for name, qubits, *params in ((name, qubits, *map(_angle, rest)) for name, qubits, *rest in steps)
        for params in [tuple(params)]
    )
    return Program("openqasm3", n_qubits, n_qubits, inputs, rows)


def _angle(found: float | str) -> float | str:
    return found if isinstance(found, str) else float(found)


@st.composite
def programs(draw: st.DrawFn, n_qubits: int | None = None, depth_max: int = 12) -> Program:
    """Programs on up to five qubits with inputs x and y."""
    n = n_qubits or draw(st.integers(1, 5))
    fitting = sorted(name for name, (_, width) in FORMS.items() if width <= n)
    names = draw(st.lists(st.sampled_from(fitting + sorted(MANY_CONTROLLED) * (n > 1)), max_size=depth_max))
    steps = []
    for name in names:
        n_params, width = FORMS.get(name) or (MANY_CONTROLLED[name], draw(st.integers(2, n)))
        angle = st.floats(-7, 7) | st.sampled_from(ARITHMETIC)
        qubits = draw(st.permutations(range(n)))[:width]
        steps.append((name, tuple(qubits), *(draw(angle) for _ in range(n_params))))
    return a_program(n, *steps, inputs=INPUTS)


def pauli_sums(n_qubits: int) -> st.SearchStrategy[tuple[tuple[str, float], ...]]:
    """Sums of up to four Pauli operators, repeated ones and the identity included."""
    label = st.text("IXYZ", min_size=n_qubits, max_size=n_qubits)
    return st.lists(st.tuples(label, st.floats(-3, 3)), min_size=1, max_size=4).map(tuple)
