"""The circuit that a job trains: as a program, as what is differentiated, and with its weights trained."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policy_checks.schemas.manifest import CircuitRequest
from tasks.learning import predict
from tasks.learning.gates import ONE, Gate, GateList
from tasks.learning.model import HybridClassifier, Trainable
from tasks.quantum import inspect
from tasks.quantum.elementary import elementary
from tasks.quantum.program import Program
from tasks.quantum.trainable import rows_of, trained, weight_inputs
from tasks.stages.submitted_circuit import program_of
from tasks.stages.workspace import Workspace

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TrainedCircuit:
    """A circuit whose weights are numbers.

    Attributes:
        program: what is left to put in is data, then those weights that stand in arithmetic with it.
        weights: the values of the latter.
        template: digest of the circuit as it was asked for.
    """

    program: Program
    weights: Values
    template: str

    def values(self, angles: Values) -> Values:
        """Return the program's inputs (rows, n_inputs) from angles (rows, n_qubits) in radians."""
        return rows_of(self.program, angles, self.weights)


def trainable(workspace: Workspace) -> Trainable:
    """Return what the trained layer is made from: `angle_ring` has one of its own, all others their gates.

    Raises:
        ManifestError: the author's file cannot be read, or is not the one that was signed.
    """
    circuit = workspace.manifest.circuit
    if isinstance(circuit, CircuitRequest) and circuit.ansatz == "angle_ring":
        return circuit
    return gate_list(_program(workspace))


def gate_list(program: Program) -> GateList:
    """Return a program's gates as a trainable layer takes them."""
    gates = tuple(
        Gate(gate.kind, gate.qubits, gate.factor, gate.angle.steps if gate.angle else ONE)
        for gate in elementary(program)
    )
    return GateList(program.n_qubits, weight_inputs(program), gates)


def trained_circuit(workspace: Workspace, model: HybridClassifier) -> TrainedCircuit:
    """Return a job's circuit with the weights that training found.

    Raises:
        ManifestError: the author's file cannot be read, or is not the one that was signed.
        StageError: with these weights an angle is not finite.
    """
    circuit, program = workspace.manifest.circuit, _program(workspace)
    weights = dict(zip(weight_inputs(program), predict.circuit_weights(model).tolist(), strict=True))
    named = circuit if isinstance(circuit, CircuitRequest) else None
    profile = inspect.profile(named) if named else inspect.profile_of(program)
    return TrainedCircuit(*trained(program, weights), profile.template)


def _program(workspace: Workspace) -> Program:
    return program_of(workspace.manifest, workspace.circuit_text)
