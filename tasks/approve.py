"""Ask reviewers, take their answers, and look once more before what they approved is done."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import Asking
from tasks import artifact
from tasks.stages.own_words import own_words
from tasks.stages.workspace import taken_up

PACKET, REQUEST = "approval-packet", "approval-request"


@task(name="ask", persist_result=False, cache_policy=NO_CACHE)
@own_words("ask")
def ask(run: str, manifest: str, durable: bool) -> Asking:
    """Return how the approval stands; a question that nobody has seen yet is shown in Prefect."""
    from tasks.stages import approval

    with taken_up(run, manifest, "approval") as workspace:
        asking = approval.ask(workspace, durable=durable)
        if asking.outcome == "open" and not approval.is_shown(workspace, asking.attempt):
            artifact.show(PACKET, asking.packet, "What reviewers are asked.")
            bundle = approval.bundle(workspace, asking.attempt, asking.packet)
            text = f"```json\n{bundle}\n```\n"
            artifact.show(REQUEST, text, "The same, signed: read by `atomq show`.")
            # A crash here shows the same question twice.
            approval.mark_shown(workspace, asking.attempt)
        return asking


@task(name="answer", persist_result=False, cache_policy=NO_CACHE)
@own_words("answer")
def answer(run: str, manifest: str, attempt: int, decision: str, token: str) -> None:
    """Judge an answer and record what it comes to."""
    from tasks.stages import approval

    with taken_up(run, manifest, "approval") as workspace:
        approval.answer(workspace, attempt, decision, token)


def left_unanswered(run: str, manifest: str, attempt: int) -> None:
    """Record that a run was taken up without an answer; no task, because Prefect lets none start in a suspended run."""
    from tasks.stages import approval

    with taken_up(run, manifest, "approval") as workspace:
        approval.unanswered(workspace, attempt)


@task(name="clear", persist_result=False, cache_policy=NO_CACHE)
@own_words("clear")
def clear(run: str, manifest: str) -> Asking:
    """Return "approved" if all that was approved is still so at this moment."""
    from tasks.stages import clearance

    with taken_up(run, manifest, "clearance") as workspace:
        return clearance.clear(workspace)
