"""The governed hybrid run: from a signed manifest to a signed receipt."""

from prefect import flow, runtime
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed

from policy_checks.schemas.decision import Finding
from tasks.admit import admit
from tasks.complete import complete
from tasks.evaluate import evaluate
from tasks.record import record
from tasks.report import report
from tasks.sanitise import sanitise
from tasks.stages.lifecycle import opened, publish_denied
from tasks.train import train

MESSAGE_CHARS_MAX = 2000


def _name() -> str:
    digest: str = runtime.flow_run.parameters["manifest"]
    return f"hybrid-run-{digest.removeprefix('sha256:')[:12]}"


@flow(name="hybrid-run", flow_run_name=_name, persist_result=False)
def hybrid_run(manifest: str) -> State:
    """Run one signed manifest: admit, sanitise, train, evaluate, record, report, complete.

    Args:
        manifest: digest of a signed manifest in the state folder's store, "sha256:" and 64 hex digits.
    """
    run = str(runtime.flow_run.id)
    with opened(run, manifest) as earlier:
        if earlier:
            return Completed(name="AlreadyRecorded", message=f"First receipt: run {earlier}")
        decision = admit(run, manifest)
        if decision.effect != "allow":
            return _refused(run, manifest, decision.effect, decision.findings)
        table = sanitise(run, manifest)
        if table.findings:
            return _refused(run, manifest, "deny", table.findings)
        train(run, manifest)
        results = evaluate(run, manifest)
        record(run, manifest)
        report(run, manifest)
        complete(run, manifest)
    if results.degraded:
        return Completed(name="Degraded", message=f"Answered from the neural head: {results.degraded}")
    return Completed(message="Recorded")


def _refused(run: str, manifest: str, effect: str, findings: tuple[Finding, ...]) -> State:
    publish_denied(run, manifest)
    reasons = [f"{f.message} [{f.clause}]: {f.remedy}" for f in findings if f.effect == effect]
    name = "Denied" if effect == "deny" else "ApprovalNeeded"
    return Cancelled(name=name, message="; ".join(reasons)[:MESSAGE_CHARS_MAX])
