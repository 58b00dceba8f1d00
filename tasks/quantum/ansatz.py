"""The named circuits: data enters as angles, never as structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policy_checks.errors import ManifestError
from policy_checks.schemas.manifest import CircuitRequest
from policy_checks.schemas.problem import Evolution, Problem
from tasks.quantum import evolving, layered
from tasks.quantum.hamiltonian import pauli_sum
from tasks.quantum.program import Program
from tasks.quantum.repeating import Repeating

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

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

    Its inputs are x0, x1 ... (`data_inputs`: data, one a qubit), then w0, w1 ... (`weight_inputs`).

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


def data_inputs(program: Program) -> tuple[str, ...]:
    """Return the inputs of a named circuit that rows of data go into, in qubit order."""
    return tuple(name for name in program.inputs if name.startswith("x"))


def weight_inputs(program: Program) -> tuple[str, ...]:
    """Return the inputs of a named circuit that are trained or optimised."""
    return tuple(name for name in program.inputs if name.startswith("w"))


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


@dataclass(frozen=True)
class Ansatz:
    """A template circuit without measurements and the parameters that it waits for.

    `inputs` has one parameter a qubit, in qubit order; `weights` is the array
    (n_layers, n_qubits, 2) flattened in C order.
    """

    circuit: QuantumCircuit
    inputs: tuple[Parameter, ...]
    weights: tuple[Parameter, ...]


def build(circuit: CircuitRequest) -> Ansatz:
    """Return the circuit `angle_ring`: angle encoding, then layers of rotations and a ring of CX.

    On |0...0>: RY(x[q]) on each qubit; then in each layer RY(w[l, q, 0]) and RZ(w[l, q, 1]) on
    each qubit and CX(q, q + 1 mod n) for q = 0 ... n - 1 in that order. One qubit has no ring,
    two have both directions.

    Source:
        After the cyclic code blocks of Schuld, Bocharov, Svore and Wiebe, "Circuit-centric
        quantum classifiers", Phys. Rev. A 101, 032308 (2020), with fixed CX gates in the ring.
    """
    from qiskit import QuantumCircuit
    from qiskit.circuit import ParameterVector

    n_qubits, n_layers = circuit.qubits, circuit.layers
    inputs = ParameterVector("x", n_qubits)
    weights = ParameterVector("w", n_layers * n_qubits * 2)
    template = QuantumCircuit(n_qubits)
    for qubit in range(n_qubits):
        template.ry(inputs[qubit], qubit)
    for layer in range(n_layers):
        for qubit in range(n_qubits):
            first = 2 * (layer * n_qubits + qubit)
            template.ry(weights[first], qubit)
            template.rz(weights[first + 1], qubit)
        _entangle_ring(template)
    return Ansatz(template, tuple(inputs), tuple(weights))


def _entangle_ring(template: QuantumCircuit) -> None:
    n_qubits = template.num_qubits
    if n_qubits > 1:
        for qubit in range(n_qubits):
            template.cx(qubit, (qubit + 1) % n_qubits)
