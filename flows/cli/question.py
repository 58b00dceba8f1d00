"""How a run's question looks in a terminal: the packet, and what was verified of it here."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape

from policy_checks.approval_request import Request
from policy_checks.schemas.approval import Question
from policy_checks.schemas.decision import Finding
from tasks.adapters.servers import Server
from tasks.stages.inbox import Waiting

PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
KEPT = {"\n", "\t"}


def page(server: Server, run: str) -> str:
    """Return where a person sees the run in Prefect."""
    return f"{server.url.rstrip('/').removesuffix('/api')}/v2/runs/flow-run/{run}"


def show_packet(waiting: Waiting, out: Console) -> None:
    """Print the packet, with a line in place of each picture."""
    seen = f"*[picture: \\1; to be seen at {page(waiting.server, waiting.run)}]*"
    out.print(Markdown(PICTURE.sub(seen, plain(waiting.request.packet)), hyperlinks=False))


def show_verified(waiting: Waiting, out: Console) -> None:
    """Print what is known from signatures and digests alone, whatever the packet says."""
    out.print("\n[bold]Verified on this machine[/]")
    for line in _verified(waiting.request):
        out.print(f" [green]+[/] {escape(line)}", soft_wrap=True)
    for line in waiting.request.notes:
        out.print(f" [yellow]![/] {escape(line)}", soft_wrap=True)


def plain(text: str) -> str:
    """Return text without what could move a terminal's cursor or turn the direction of reading.

    >>> plain("a\\x1b[2Jb\\u202ec\\n")
    'a[2Jbc\\n'
    """
    return "".join(sign for sign in text if sign in KEPT or unicodedata.category(sign) not in {"Cc", "Cf"})


def left(until: datetime, now: datetime) -> str:
    """Return how long it is until a deadline, in words."""
    minutes = int((until - now).total_seconds() // 60)
    if minutes < 0:
        return "the deadline is over"
    if minutes < 60:
        return f"{minutes} min left"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min left" if hours < 48 else f"{hours // 24} days left"


def people(asked: Question) -> str:
    """Return who must answer, and which asking this is."""
    needed = "1 reviewer" if asked.n_reviewers == 1 else f"{asked.n_reviewers} reviewers"
    return needed if asked.attempt == 1 else f"{needed} (question {asked.attempt})"


def gravest(request: Request) -> Finding:
    """Return the finding that a reviewer should hear of first."""
    return next(finding for finding in request.decision.findings if finding.effect == "review")


def told(waiting: Waiting, now: datetime) -> dict[str, Any]:
    """Return a waiting run as JSON."""
    question, manifest = waiting.request.question, waiting.request.manifest
    return {
        "run": waiting.run,
        "tenant": question.tenant,
        "question": question.attempt,
        "n_reviewers": question.n_reviewers,
        "mode": manifest.mode,
        "target": manifest.execution.target,
        "cost_eur": format(question.cost_eur, "f"),
        "until": question.until.isoformat(),
        "left_s": max(0, int((question.until - now).total_seconds())),
        "finding": gravest(waiting.request).model_dump(mode="json"),
        "page": page(waiting.server, waiting.run),
    }


def verified(request: Request) -> dict[str, Any]:
    """Return what was verified as JSON."""
    return {"root": request.root_digest, "ring": request.ring.version, "notes": list(request.notes)}


def _verified(request: Request) -> Iterator[str]:
    question, manifest = request.question, request.manifest
    asked = f"{question.asked_at:%Y-%m-%d %H:%M} UTC"
    yield f"question {question.attempt} of run {question.run}, signed by tenant {question.tenant} at {asked}"
    yield f"manifest {question.manifest}: {manifest.mode}, {manifest.execution.target}, {question.cost_eur} EUR"
    yield f"answers count until {question.until:%Y-%m-%d %H:%M} UTC, by {people(question)}"
    yield f"key ring {request.ring.version}, profile {request.ring.profile}, under root {request.root_digest}"
