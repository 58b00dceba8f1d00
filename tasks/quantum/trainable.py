"""Programs that rows of data go into and whose other inputs are trained: which those are, and with them trained."""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from policy_checks.errors import ManifestError, StageError
from tasks.quantum.elementary import arithmetic
from tasks.quantum.parsing import CircuitRefused
from tasks.quantum.parsing.expressions import evaluate
from tasks.quantum.program import Program
from tasks.quantum.request import CELLS_MAX, ROWS_MAX

Values = NDArray[np.float64]

DATA = re.compile("x(0|[1-9][0-9]{0,3})")
FREE_MAX = CELLS_MAX // ROWS_MAX
"""So many inputs of a program can differ from row to row of a full batch."""


def data_inputs(program: Program) -> tuple[str, ...]:
    """Return the inputs x0, x1 ... that rows of data go into, in the order of their numbers."""
    return tuple(sorted(filter(DATA.fullmatch, program.inputs), key=_number))


def weight_inputs(program: Program) -> tuple[str, ...]:
    """Return the inputs that are trained: all others, in the order in which they are declared."""
    return tuple(name for name in program.inputs if not DATA.fullmatch(name))


def require_trainable(program: Program) -> None:
    """Refuse a program without data, without weights, or with more of either than can be asked for.

    Raises:
        ManifestError: it is such a one.
    """
    used = {name for step in program.instructions for name in _names(step.params)}
    data, weights = used.intersection(data_inputs(program)), used.intersection(weight_inputs(program))
    last = program.n_qubits - 1
    if not data:
        raise _refused(
            "circuit-without-data",
            "no gate of the circuit is turned by an input x0, x1 ... that a feature could go into",
            f"Declare inputs among x0 to x{last}, one a qubit at most, and turn gates by them.",
        )
    if foreign := sorted((name for name in data_inputs(program) if _number(name) > last), key=_number):
        raise _refused(
            "circuit-data-input",
            f"input {foreign[0]} found, but a circuit of {program.n_qubits} qubits takes data at x0 to x{last}",
            "Give data inputs the numbers of qubits, and weights names of another form.",
        )
    if not weights:
        raise _refused(
            "circuit-without-weights",
            "no gate of the circuit is turned by an input that could be trained",
            "Declare inputs with names other than x0, x1 ..., such as w0, and turn gates by them.",
        )
    if len(free := _free(program)) > FREE_MAX:
        raise _refused(
            "circuit-too-many-weights",
            f"{len(free)} inputs stand in the circuit's arithmetic together with data, at most {FREE_MAX} allowed",
            "Turn gates by weights alone, beside gates that are turned by data.",
        )


def trained(program: Program, weights: Mapping[str, float]) -> tuple[Program, Values]:
    """Return a program whose angles are numbers wherever no data enters, and the values of inputs besides data.

    The inputs that are left are those of data, in the order of their numbers, then these others, as they stand
    in one expression with data.

    Raises:
        StageError: an angle is not finite ("quantum-angles-refused").
    """
    data, free = data_inputs(program), _free(program)
    mixed = tuple(name for name in weight_inputs(program) if name in free)
    steps = tuple(
        replace(step, params=tuple(_bound(param, weights, {*data}) for param in step.params))
        for step in program.instructions
    )
    found = Program(program.language, program.n_qubits, program.n_clbits, (*data, *mixed), steps)
    return found, np.array([weights[name] for name in mixed])


def rows_of(program: Program, angles: Values, others: Values) -> Values:
    """Return the values of a trained program's inputs in every row.

    Args:
        angles: one a qubit, shape (rows, n_qubits).
        others: what `trained` gave.
    """
    places = [_number(name) for name in data_inputs(program)]
    return np.column_stack([angles[:, places], np.tile(others, (len(angles), 1))])


def _free(program: Program) -> frozenset[str]:
    """Return the inputs in arithmetic that holds data."""
    data, found = {*data_inputs(program)}, set[str]()
    for step in program.instructions:
        for param in step.params:
            if (names := _names((param,))) & data:
                found |= names
    return frozenset(found)


def _bound(param: float | str, weights: Mapping[str, float], data: set[str]) -> float | str:
    if not isinstance(param, str) or _names((param,)) & data:
        return param
    try:
        return float(evaluate(arithmetic(param), dict(weights), "training"))
    except CircuitRefused:
        raise StageError(
            "quantum-angles-refused", "Angles found that are not finite.", "Inspect what gave the inputs."
        ) from None


def _names(params: tuple[float | str, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(arithmetic(param).names for param in params if isinstance(param, str)))


def _number(name: str) -> int:
    return int(name[1:])


def _refused(code: str, found: str, remedy: str) -> ManifestError:
    return ManifestError(code, found, remedy)
