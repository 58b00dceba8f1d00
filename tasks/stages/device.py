"""Ask the device that a manifest names, once: an intent before anything leaves, a completion whatever comes."""

from dataclasses import dataclass
from time import monotonic

import numpy as np

from policy_checks.attack_catalogue import CATALOGUE
from policy_checks.errors import IntegrityError
from policy_checks.integrity import strict_json
from policy_checks.schemas.artifacts import DeviceUse
from tasks.adapters.audit_log import event_of
from tasks.learning import predict
from tasks.learning.dataset import Part
from tasks.learning.model import HybridClassifier
from tasks.quantum import remote
from tasks.quantum.remote import Answer, BackendOf, RemoteLost
from tasks.stages import progress
from tasks.stages.operations import Values
from tasks.stages.trained_circuit import TrainedCircuit
from tasks.stages.workspace import Workspace, completed

EFFECT = "remote"
USE = f"{EFFECT}.json"
ANSWERED = "answered"
ASKED_BEFORE = "An earlier attempt of this run had asked the device already, so it was not asked again."


@dataclass(frozen=True)
class Asked:
    """What became of it.

    Attributes:
        values: the device's expectations (rows, n_qubits); None where it gave none.
        note: the same in one or two sentences.
    """

    use: DeviceUse
    values: Values | None
    note: str


def ask(
    workspace: Workspace, model: HybridClassifier, circuit: TrainedCircuit, test: Part, backend_of: BackendOf
) -> Asked:
    """Return the device's expectations over the test rows, or why there are none.

    A run asks once: what a process that died has sent, or been answered, is not sent and paid again.

    Raises:
        IntegrityError: the run was not cleared, so nothing may leave.
    """
    if _entry(workspace, "run.cleared") is None:
        raise IntegrityError(
            "not-cleared", "The run was not cleared, so nothing may leave this machine.", "Report this."
        )
    if (known := completed(workspace, EFFECT)) is not None:
        return Asked(DeviceUse.model_validate_json(workspace.folder.read(USE, known)), None, ASKED_BEFORE)
    asked_before = _entry(workspace, "intent", EFFECT) is not None
    workspace.record("intent", effect=EFFECT)
    # A crash here leaves an intent without an end: circuits may have left, and are not sent again.
    started = monotonic()
    try:
        if asked_before:
            raise RemoteLost("remote-asked-before", ASKED_BEFORE)
        answer = _answer(workspace, model, circuit, test, backend_of)
        asked = Asked(_used(workspace, test, answer, started), answer.values, _told(answer))
    except RemoteLost as lost:
        if lost.code == remote.ANOTHER:
            workspace.record("incident.attack", at=0, pattern="trojan", severity=CATALOGUE["trojan"].severity)
        asked = Asked(_used(workspace, test, lost, started), None, f"{lost.message} {lost.remedy}")
    left = workspace.folder.write(USE, asked.use.to_bytes())
    workspace.record("completed", effect=EFFECT, digest=left)
    return asked


def _answer(
    workspace: Workspace, model: HybridClassifier, circuit: TrainedCircuit, test: Part, backend_of: BackendOf
) -> Answer:
    manifest, policy = workspace.manifest, workspace.governing.policy
    device = manifest.execution.target.partition(":")[2]
    progress.advance(0, 1, f"circuits on {device}")
    return remote.expectations(
        backend_of(device),
        circuit.program,
        circuit.values(predict.angles(model, test.x)),
        shots=manifest.execution.shots or 0,
        seed=manifest.execution.seed,
        wait_s=policy.budgets.remote_wait_s,
        used_s_max=min(manifest.limits.quantum_s_max, workspace.tiers.t2.quantum_s_max),
        waiting=lambda: progress.advance(0, 1, f"waiting for {device}"),
    )


def _used(workspace: Workspace, test: Part, end: Answer | RemoteLost, started: float) -> DeviceUse:
    execution, sent = workspace.manifest.execution, end.job is not None
    values = end.values if isinstance(end, Answer) else None
    return DeviceUse(
        target=execution.target,
        outcome=ANSWERED if isinstance(end, Answer) else end.code,
        job=end.job,
        n_circuits=len(test.y) if sent else 0,
        shots=execution.shots or 0,
        used_s=end.used_s,
        waited_s=round(monotonic() - started, 3),
        expectations=None if values is None else strict_json.digest(np.ascontiguousarray(values).tobytes()),
    )


def _told(answer: Answer) -> str:
    if answer.is_settled:
        return f"Its provider reports {answer.used_s:g} s of use."
    return f"Its provider had reported {answer.used_s:g} s of use, and had not settled them when the run went on."


def _entry(workspace: Workspace, kind: str, effect: str = "") -> object:
    return workspace.log.find(event_of("run", workspace.run, kind, effect))
