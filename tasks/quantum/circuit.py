"""A program as Qiskit's circuit with free angles, in gates that the simulator has of its own.

What differs from row to row is bound by the simulator while it runs, which is several times cheaper than
a circuit a row; what is the same in every row is bound once, before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterExpression, library
from qiskit.circuit.library.standard_gates import get_standard_gate_name_mapping

from policy_checks.errors import StageError
from tasks.quantum.parsing.expressions import NEGATION, Expression, expression
from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.parsing.source import tokens
from tasks.quantum.program import Program
from tasks.quantum.unitary import unitary_part

Values = NDArray[np.float64]

ONE_QUBIT = frozenset(name for name, (_, n_qubits) in FORMS.items() if n_qubits == 1)
TWO_QUBITS = frozenset(["cx", "cy", "cz", "swap", "ecr", "rxx", "ryy", "rzz", "rzx"])
NARROW = ONE_QUBIT | TWO_QUBITS
"""What both of Aer's methods have of their own, on one and two qubits, whether angles are free or not."""

NATIVE = NARROW | {
    "cp",
    "cu1",
    "csx",
    "crx",
    "cry",
    "crz",
    "cu",
    "cu3",
    "ccx",
    "ccz",
    "cswap",
    "mcx",
    "mcphase",
}
"""What Aer's statevectors have of their own."""

BINDABLE = frozenset(["rx", "ry", "rz", "p", "u1", "u2", "u3", "u", "r", "rxx", "ryy", "rzz", "rzx"])
"""Gates whose angles Aer binds while it runs; those of others it leaves out and tells nobody (0.18.2)."""

NUMPY: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "sqrt": np.sqrt, "log": np.log, "ln": np.log,
    "arcsin": np.arcsin, "arccos": np.arccos, "arctan": np.arctan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.mod, "**": np.power,
    NEGATION: np.negative,
}  # fmt: skip


@dataclass(frozen=True)
class Template:
    """A circuit without measurements, and the arithmetic that gives each of its free angles."""

    circuit: QuantumCircuit
    angles: Mapping[Parameter, Expression]
    inputs: tuple[str, ...]


def template(program: Program, native: frozenset[str] = NATIVE) -> Template:
    """Return the circuit of a program's gates; its global phase, which no mean shows, is left out.

    Args:
        native: gates that need no decomposition; all others are replaced by their definitions.

    Raises:
        StageError: the program is more than gates ("quantum-program-dynamic").
    """
    circuit, free = QuantumCircuit(program.n_qubits), dict[str, Parameter]()
    for step in unitary_part(program):
        angles = tuple(_angle(param, free) for param in step.params)
        _append(circuit, _gate(step.name, angles, len(step.qubits)), step.qubits, native)
    texts = {parameter: text for text, parameter in free.items()}
    read = {parameter: _read(texts[parameter]) for parameter in circuit.parameters}
    return Template(circuit, read, program.inputs)


def bound(found: Template, values: Values) -> tuple[QuantumCircuit, dict[Parameter, list[float]]]:
    """Return the circuit with every angle that all rows share, and the others, one value a row.

    Args:
        values: of the inputs, shape (rows, n_inputs).

    Raises:
        StageError: an angle is not finite ("quantum-angles-refused").
    """
    known = dict(zip(found.inputs, values.T, strict=True))
    same, rows = dict[Parameter, float](), dict[Parameter, list[float]]()
    for parameter, arithmetic in found.angles.items():
        column = np.broadcast_to(evaluated(arithmetic, known), len(values))
        if not np.isfinite(column).all():
            raise StageError(
                "quantum-angles-refused", "Angles found that are not finite.", "Inspect what gave the inputs."
            )
        if (column == column[0]).all():
            same[parameter] = float(column[0])
        else:
            rows[parameter] = column.tolist()
    return (found.circuit.assign_parameters(same) if same else found.circuit), rows


def evaluated(found: Expression, known: Mapping[str, Values]) -> Values:
    """Return the value of arithmetic in every row; what has none is infinite or no number there."""
    stack: list[Any] = []
    with np.errstate(all="ignore"):
        for kind, step in found.steps:
            if kind == "value":
                stack.append(np.float64(step))
            elif kind == "name":
                stack.append(known[step])
            elif kind == "function" or step == NEGATION:
                stack.append(NUMPY[step](stack.pop()))
            else:
                second, first = stack.pop(), stack.pop()
                stack.append(NUMPY[step](first, second))
    (value,) = stack
    return np.asarray(value, dtype=np.float64)


def _append(circuit: QuantumCircuit, gate: Gate, qubits: Sequence[int], native: frozenset[str]) -> None:
    """Append a gate, or what it is defined as where the simulator has it not; its global phase is left out."""
    is_free = any(isinstance(param, ParameterExpression) for param in gate.params)
    if gate.name in (native & BINDABLE if is_free else native):
        circuit.append(gate, qubits)
        return
    for step in gate.definition.data:
        places = [qubits[gate.definition.find_bit(qubit).index] for qubit in step.qubits]
        _append(circuit, step.operation, places, native)


def _read(text: str) -> Expression:
    return expression(tokens(text), "**")


def _angle(param: float | str, free: dict[str, Parameter]) -> float | Parameter:
    if not isinstance(param, str):
        return param
    if param not in free:
        free[param] = Parameter(f"a{len(free)}")
    return free[param]


def _gate(name: str, angles: tuple[float | Parameter, ...], n_qubits: int) -> Gate:
    if name == "mcx":
        return library.MCXGate(n_qubits - 1)
    if name == "mcphase":
        return library.MCPhaseGate(*angles, n_qubits - 1)
    return _gates()[name](*angles)


@cache
def _gates() -> dict[str, Callable[..., Gate]]:
    """Return what makes each standard gate, by our name for it."""
    standard = {name: type(gate) for name, gate in get_standard_gate_name_mapping().items()}
    others = {
        "rcccx": library.RC3XGate, "c3x": library.C3XGate, "c3sqrtx": library.C3SXGate, "c4x": library.C4XGate,
    }  # fmt: skip
    return {**standard, **others}
