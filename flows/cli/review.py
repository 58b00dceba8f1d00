"""`pending`, `show`, `approve`, `reject` and `revoke-approval`: the reviewer's side, without a shared disk."""

import re
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape

from flows.cli import question
from flows.cli.terminal import console, errors, leave, reported, show_json
from policy_checks.errors import ManifestError, UnavailableError
from policy_checks.schemas.approval import Answer, RejectionReason
from tasks.adapters import settings
from tasks.stages import inbox, review, revocation
from tasks.stages.inbox import Waiting
from tasks.stages.review import Outcome

UNCOUNTED = 1
CONDITION = re.compile(r"max_cost=([0-9]{1,12}(?:\.[0-9]{1,6})?)")


def pending_command(*, as_json: bool) -> None:
    """List what waits for approval."""
    with reported(as_json):
        now = settings.now()
        with _patience("Asking Prefect what waits", as_json=as_json):
            found = inbox.waiting(settings.load().home, now)
        if as_json:
            waiting = [question.told(one, now) for one in found.waiting]
            show_json({"waiting": waiting, "remarks": list(found.remarks)})
            return
        for one in found.waiting:
            _show_line(one, now)
        if not found.waiting:
            console.print("Nothing waits for approval.")
        _show_remarks(found.remarks)
        if found.waiting:
            first = found.waiting[0].run[:8]
            console.print(
                f"Next: [bold]atomq show {first}[/], then [bold]atomq approve {first} --as KEYFILE[/]"
            )


def show_command(run: str, *, as_json: bool) -> None:
    """Show what one run asks, verified here."""
    with reported(as_json):
        waiting = inbox.find(settings.load().home, run, settings.now())
        if as_json:
            request = waiting.request
            show_json(
                question.told(waiting, settings.now())
                | {"asked": request.question.model_dump(mode="json")}
                | {"decision": request.decision.model_dump(mode="json"), "packet": request.packet}
                | {"verified": question.verified(request)}
            )
            return
        question.show_packet(waiting, console)
        question.show_verified(waiting, console)


def approve_command(
    run: str, key: Path | None, conditions: str | None, *, only_print: bool, yes: bool, as_json: bool
) -> None:
    """Sign an approval and hand it to the run."""
    with reported(as_json):
        max_cost = _max_cost(conditions)
        _answer(run, key, "approve", only_print=only_print, yes=yes, as_json=as_json, max_cost=max_cost)


def reject_command(
    run: str, key: Path | None, reason: RejectionReason, *, only_print: bool, yes: bool, as_json: bool
) -> None:
    """Sign a rejection and hand it to the run."""
    with reported(as_json):
        _answer(run, key, "reject", only_print=only_print, yes=yes, as_json=as_json, reason=reason)


def revoke_command(run: str, key: Path | None, reason: RejectionReason, *, as_json: bool) -> None:
    """Take an approval back before the run starts."""
    with reported(as_json):
        done = revocation.revoke(settings.load().home, run, key, reason, settings.now())
        if as_json:
            show_json({"run": done.run, "recorded": done.recorded, "delivered": done.delivered})
            return
        if done.recorded:
            console.print(f"[green]+[/] Recorded in the log: run {done.run[:8]} will not start.")
        if done.delivered:
            console.print(f"[green]+[/] Run {done.run[:8]} was asking, and has the rejection as its answer.")


def _answer(
    run: str,
    path: Path | None,
    decision: Answer,
    *,
    only_print: bool,
    yes: bool,
    as_json: bool,
    reason: RejectionReason | None = None,
    max_cost: Decimal | None = None,
) -> NoReturn:
    home = settings.load().home
    if not yes:
        _require_terminal(as_json=as_json)
    waiting = inbox.find(home, run, settings.now())
    if not as_json:
        _ask(waiting, decision, errors if only_print else console, yes=yes)
    key, keys = review.reviewer_key(home, path, settings.now()), review.keys_of(home, waiting)
    token = review.sign(
        waiting.request.question, key, keys, decision, settings.now(), reason=reason, max_cost=max_cost
    )
    if only_print:
        _print_token(token, as_json=as_json)
    review.resume(waiting, decision, token)
    with _patience("Handed over; waiting for the run to judge it", as_json=as_json):
        outcome = review.became(home, waiting, settings.now)
    leave(_tell(waiting, decision, outcome, as_json=as_json))


def _require_terminal(*, as_json: bool) -> None:
    if as_json or not sys.stdin.isatty():
        raise UnavailableError(
            "confirmation-absent",
            "Nobody can be asked here whether to sign.",
            "Read the packet with `atomq show RUN`, then answer with --yes.",
        )


def _ask(waiting: Waiting, decision: Answer, out: Console, *, yes: bool) -> None:
    question.show_packet(waiting, out)
    question.show_verified(waiting, out)
    if not yes and errors.input(f"\nType [bold]{decision}[/] to sign: ").strip() != decision:
        errors.print("Nothing was signed.")
        leave(UNCOUNTED)


def _print_token(token: str, *, as_json: bool) -> NoReturn:
    if as_json:
        show_json({"token": token})
    else:
        sys.stdout.write(token + "\n")
    leave(0)


def _tell(waiting: Waiting, decision: Answer, outcome: Outcome, *, as_json: bool) -> int:
    """Say what became of the answer, and return the exit code."""
    rejected = decision == "reject" and outcome.state == "Rejected"
    well = rejected or outcome.became in {"counted", "underway", "completed"}
    if as_json:
        show_json(
            {"run": waiting.run, "decision": decision, "became": outcome.became, "state": outcome.state}
            | {"why": outcome.why, "question": outcome.attempt}
        )
        return 0 if well else UNCOUNTED
    told = {
        "counted": "The answer counts, and the run goes on.",
        "underway": f"The run has the answer, and has not judged it yet ({outcome.state}): see `atomq status`.",
        "asks again": f"The answer did not count; the run asks again (question {outcome.attempt}).",
        "completed": f"The run went on to its end: {outcome.state}.",
        "ended": f"The run ended: {outcome.state}.",
    }[outcome.became]
    if outcome.became == "counted" and outcome.attempt:
        told = f"The answer counts; the run asks one more person (question {outcome.attempt})."
    console.print(f"[green]+[/] {escape(told)}" if well else f"[red]x[/] {escape(told)}", soft_wrap=True)
    if outcome.why:
        console.print(Markdown(question.plain(outcome.why), hyperlinks=False))
    return 0 if well else UNCOUNTED


def _show_line(one: Waiting, now: datetime) -> None:
    asked, manifest = one.request.question, one.request.manifest
    where = manifest.mode if manifest.execution.target == "aer" else manifest.execution.target
    told = f"{asked.tenant}  {where}, {asked.cost_eur} EUR, needs {question.people(asked)}"
    console.print(f"[bold]{one.run[:8]}[/]  {told}, {question.left(asked.until, now)}", soft_wrap=True)
    why = question.plain(question.gravest(one.request).message)
    console.print(f"          [yellow]?[/] {escape(why)}", soft_wrap=True)


def _max_cost(conditions: str | None) -> Decimal | None:
    if conditions is None:
        return None
    found = CONDITION.fullmatch(conditions)
    if found is None:
        raise ManifestError(
            "condition-unknown",
            "The only condition is max_cost=EUR, with up to six decimals.",
            "Write, for example, --conditions max_cost=0.50",
        )
    return Decimal(found[1])


def _show_remarks(remarks: tuple[str, ...]) -> None:
    for remark in remarks:
        errors.print(f" [yellow]![/] {escape(question.plain(remark))}", soft_wrap=True)


def _patience(what: str, *, as_json: bool) -> AbstractContextManager[object]:
    return errors.status(what) if errors.is_terminal and not as_json else nullcontext()
