"""The governed hybrid run: from a signed manifest, or a form, to a signed receipt."""

from dataclasses import dataclass
from typing import Any

from prefect import Task, flow, runtime
from prefect.client.schemas.objects import State
from prefect.exceptions import Pause
from prefect.states import Cancelled, Completed

from flows import approval
from policy_checks.schemas.artifacts import CircuitResults, SanitisedTable, TrainedModel
from policy_checks.schemas.decision import Finding
from policy_checks.schemas.manifest import Kind
from policy_checks.schemas.solution import Solution
from tasks.admit import admit
from tasks.approve import clear
from tasks.complete import complete
from tasks.evaluate import evaluate
from tasks.plan import plan
from tasks.record import record
from tasks.report import report
from tasks.reporting.outlook import sentences
from tasks.reporting.solutions import answered
from tasks.sanitise import sanitise
from tasks.solve import solve
from tasks.stages.lifecycle import ended, opened, publish_denied, refuse
from tasks.stages.own_words import own_words, said
from tasks.submit import submit_form
from tasks.train import train

MESSAGE_CHARS_MAX = 2000
NAMES = {"rejected": "Rejected", "expired": "Expired"}


def _name() -> str:
    return f"hybrid-run-{str(runtime.flow_run.id)[:8]}"


@flow(name="hybrid-run", flow_run_name=_name, persist_result=False, validate_parameters=False)
def hybrid_run(manifest: str | None = None, form: dict[str, Any] | None = None) -> State:
    """Run one signed manifest, or what somebody asked for in a form.

    Args:
        manifest: digest of a signed manifest in the state folder's store, "sha256:" and 64 hex digits.
        form: what came from Prefect, as it came; nothing in it is believed.
    """
    run = str(runtime.flow_run.id)
    with own_words("hybrid-run"):
        if manifest is None:
            submitted = submit_form(run, form or {})
            if submitted.manifest is None:
                return refused("Denied", submitted.findings)
            manifest = submitted.manifest
        return governed(run, manifest)


@dataclass(frozen=True)
class Steps:
    """What a kind of job does: before anybody is asked, before the last look, and for its answer."""

    prepare: tuple[Task[[str, str], SanitisedTable], ...]
    learn: tuple[Task[[str, str], TrainedModel], ...]
    answer: Task[[str, str], CircuitResults] | Task[[str, str], Solution]


TRAINED, SOLVED = Steps((sanitise,), (train,), evaluate), Steps((), (), solve)
STEPS: dict[Kind, Steps] = {
    "train": TRAINED, "optimise": SOLVED, "simulate": SOLVED, "variational": SOLVED,
}  # fmt: skip


def governed(run: str, manifest: str) -> State:
    """Order the steps of one run: admit, plan, prepare, ask, learn, answer, record, report, complete."""
    how = ended(run)
    if how is not None:
        refuse(run, "run-ended")
        return Cancelled(name="Refused", message=f"This run ended before: {how}. Submit it again.")
    with opened(run, manifest, leaving=Pause) as earlier:
        if earlier:
            return Completed(name="AlreadyRecorded", message=f"First receipt: run {earlier}")
        decision = admit(run, manifest)
        plan(run, manifest)
        asks = decision.effect == "review"
        if decision.effect == "deny" or (asks and not approval.can_ask()):
            name = "ApprovalNeeded" if asks else "Denied"
            return _closed(
                run, manifest, name, tuple(f for f in decision.findings if f.effect == decision.effect)
            )
        steps = STEPS[decision.kind]
        for prepare in steps.prepare:
            table = prepare(run, manifest)
            if table.findings:
                return _closed(run, manifest, "Denied", table.findings)
        if asks:
            asking = approval.obtain(run, manifest)
            if asking.outcome != "approved":
                return _closed(run, manifest, NAMES[asking.outcome], asking.findings)
        for learn in steps.learn:
            learn(run, manifest)
        if asks or decision.mode == "production":
            cleared = clear(run, manifest)
            if cleared.outcome != "approved":
                return _closed(run, manifest, NAMES[cleared.outcome], cleared.findings)
        answer = steps.answer(run, manifest)
        record(run, manifest)
        report(run, manifest)
        complete(run, manifest)
    if answer.degraded:
        return Completed(name="Degraded", message=f"{answered(answer)}: {answer.degraded}")
    return Completed(message="Recorded")


def refused(name: str, findings: tuple[Finding, ...]) -> State:
    """Return the state of a run that does not go on: an answer, with what to change."""
    return Cancelled(name=name, message=said("; ".join(sentences(findings)))[:MESSAGE_CHARS_MAX])


def _closed(run: str, manifest: str, name: str, findings: tuple[Finding, ...]) -> State:
    publish_denied(run, manifest)
    return refused(name, findings)
