"""The named circuits: data enters as angles, never as structure."""

from policy_checks.errors import ManifestError
from policy_checks.schemas.manifest import CircuitRequest
from policy_checks.schemas.problem import Evolution, Problem
from tasks.quantum import evolving, layered
from tasks.quantum.hamiltonian import pauli_sum
from tasks.quantum.program import Program
from tasks.quantum.repeating import Repeating

WITH_DATA = {
    "angle_ring": layered.angle_ring,
    "strongly_entangling": layered.strongly_entangling,
    "zz_two_local": layered.zz_two_local,
}
"""Named circuits that rows of data go into; the others come from a problem."""


def program(
    circuit: CircuitRequest,
    *,
    problem: Problem | None = None,
    evolution: Evolution | None = None,
    moment: int | None = None,
) -> Program:
    """Return a named circuit in standard gates, without measurements.

    Its inputs are x0, x1 ... (data, one a qubit), then w0, w1 ... (trained or optimised).

    Args:
        problem: what qaoa and trotter are built from.
        evolution: what trotter follows.
        moment: up to which of its points, from 1; without it, to the last.

    Raises:
        ManifestError: a problem or evolution is missing, of another width, not diagonal or too long.
    """
    repeating = structure(circuit, problem=problem, evolution=evolution, moment=moment)
    steps = tuple(repeating.instructions())
    return Program("ansatz", repeating.n_qubits, 0, repeating.inputs, steps)


def structure(
    circuit: CircuitRequest,
    *,
    problem: Problem | None = None,
    evolution: Evolution | None = None,
    moment: int | None = None,
) -> Repeating:
    """Return a named circuit as a block and how often it comes; arguments and refusals as of `program`."""
    if problem is not None and problem.n_qubits != circuit.qubits:
        raise ManifestError(
            "circuit-width",
            f"circuit.qubits is {circuit.qubits}, but the problem has {problem.n_qubits} qubits",
            f"Set circuit.qubits to {problem.n_qubits}.",
        )
    if circuit.ansatz in WITH_DATA:
        return WITH_DATA[circuit.ansatz](circuit.qubits, circuit.layers)
    if problem is None:
        raise _missing(circuit, "problem")
    terms = pauli_sum(problem)
    if circuit.ansatz == "qaoa":
        return evolving.qaoa(terms, circuit.layers)
    if evolution is None:
        raise _missing(circuit, "evolution")
    moment = evolution.points if moment is None else moment
    if not 1 <= moment <= evolution.points:
        raise ValueError(f"moment {moment} is none of 1 to {evolution.points}")
    return evolving.trotter(terms, evolution, circuit.layers, moment)


def _missing(circuit: CircuitRequest, part: str) -> ManifestError:
    found = f"the circuit {circuit.ansatz} is built from a part {part} that the manifest does not have"
    return ManifestError("circuit-incomplete", found, f"Add [{part}], or name another ansatz.")
