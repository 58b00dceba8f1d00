"""Run a trained model's circuits over the test rows in every way that the manifest asks for."""

from dataclasses import dataclass, field

import numpy as np

from policy_checks.schemas.artifacts import CircuitMode, DeviceUse
from policy_checks.schemas.manifest import SHOTS_MIN
from policy_checks.schemas.records import DegradedReason
from tasks.learning import predict
from tasks.learning.dataset import Part
from tasks.quantum.remote import BackendOf
from tasks.quantum.request import SimulationMode
from tasks.quantum.worker import WorkerLost
from tasks.stages import device
from tasks.stages.operations import Operations, Values
from tasks.stages.workspace import Workspace


@dataclass
class Quantum:
    """What the circuits gave, or why they did not."""

    probabilities: dict[CircuitMode, Values] = field(default_factory=dict)
    degraded: DegradedReason | None = None
    referee_max_error: float | None = None
    notes: list[str] = field(default_factory=list)
    device: DeviceUse | None = None

    @property
    def answer(self) -> Values:
        """The probabilities that count: a device's, where one was asked for, else those of exact evaluation."""
        return self.probabilities["remote" if "remote" in self.probabilities else "exact"]


def run(workspace: Workspace, operations: Operations, test: Part, backend_of: BackendOf) -> Quantum:
    """Return what the circuits say of the test rows: on Aer under a deadline and a referee, then on a device."""
    found = Quantum()
    try:
        for mode in _modes(workspace, found):
            values = operations.expectations(test.x, mode)
            if mode == "exact":
                exact = values
                if not _referee_agrees(workspace, operations, test, exact, found):
                    break
            found.probabilities[mode] = predict.hybrid_probabilities(operations.model, values)
        if found.degraded is None:
            operations.warm_up(test.x)
            _ask_device(workspace, operations, test, exact, found, backend_of)
    except WorkerLost as lost:
        found.degraded = "budget" if lost.code == "quantum-deadline" else "simulator"
        found.notes.append(lost.message)
    if found.degraded is not None:
        found.probabilities.clear()
        workspace.record("run.degraded", reason=found.degraded)
    return found


def _ask_device(
    workspace: Workspace,
    operations: Operations,
    test: Part,
    exact: Values,
    found: Quantum,
    backend_of: BackendOf,
) -> None:
    """Let the device that the manifest names answer, and say how far it is from Aer's exact values."""
    if workspace.manifest.execution.target == "aer":
        return
    asked = device.ask(workspace, operations.model, operations.circuit, test, backend_of)
    found.device = asked.use
    operations.n_circuits += asked.use.n_circuits
    if asked.values is None:
        found.degraded = "remote"
        found.notes.append(asked.note)
        return
    error = float(np.abs(asked.values - exact).mean())
    found.notes.append(
        f"The device's expectations differ from the exact ones by {error:.3f} on average. {asked.note}"
    )
    found.probabilities["remote"] = predict.hybrid_probabilities(operations.model, asked.values)


def _modes(workspace: Workspace, found: Quantum) -> list[SimulationMode]:
    execution, limits = workspace.manifest.execution, workspace.governing.policy.limits
    modes: list[SimulationMode] = ["exact"]
    if execution.shots and execution.shots >= SHOTS_MIN:
        modes.append("shots")
    elif execution.shots:
        found.notes.append(f"Means of fewer than {SHOTS_MIN} shots are not told, so none were drawn.")
    if execution.noise and workspace.manifest.circuit.qubits <= limits.noise_qubits_max:
        modes.append("noise")
    elif execution.noise:
        found.notes.append(f"Noise is simulated up to {limits.noise_qubits_max} qubits, so it was left out.")
    return modes


def _referee_agrees(
    workspace: Workspace, operations: Operations, test: Part, exact: Values, found: Quantum
) -> bool:
    """Hold Aer against the layer that was trained; a difference is an incident."""
    angles = predict.angles(operations.model, test.x)
    trained = predict.torch_expectations(operations.model, angles)
    found.referee_max_error = float(np.abs(trained - exact).max())
    allowed = workspace.governing.policy.referee_error_max
    if found.referee_max_error <= allowed:
        return True
    found.degraded = "referee"
    found.notes.append(
        f"Aer and the trained layer differ by {found.referee_max_error:.1e}, {allowed:.0e} allowed."
    )
    workspace.record("incident.referee", template=operations.circuit.template, n_rows=len(test.y))
    return False
