"""What waits for a reviewer, on every server that is known: only questions that verify here count."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from policy_checks import approval_request
from policy_checks.approval_request import Request
from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters import servers, settings
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.servers import Server

ARTIFACT = "approval-request"
PAUSED = "PAUSED"
RUNS_MAX = 1000
BUNDLES_MAX, BUNDLES_PAGE = 100, 10
_FENCED = re.compile(r"```json\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Waiting:
    """A paused run, the server that holds it, and what it asks."""

    server: Server
    request: Request

    @property
    def run(self) -> str:
        """The run's id."""
        return self.request.question.run


@dataclass(frozen=True)
class Inbox:
    """Every question that waits, the gravest first.

    Attributes:
        unverified: paused runs of which nothing verifies, with the newest reason.
        remarks: what was left out, and why.
    """

    waiting: tuple[Waiting, ...]
    unverified: dict[str, IntegrityError]
    remarks: tuple[str, ...]


def waiting(home: Path, now: datetime) -> Inbox:
    """Return what waits on every server that is known.

    Raises:
        UnavailableError: no server is known, or none of them answers.
    """
    found, unverified, remarks = dict[str, Waiting](), dict[str, IntegrityError](), list[str]()
    reached, faults = 0, list[UnavailableError]()
    for server in require_known(home):
        try:
            for run in paused(PrefectApi(server)):
                asked = asked_by(home, server, run, now)
                remarks += asked.remarks
                unverified |= asked.unverified
                found |= {one.run: one for one in asked.waiting}
            reached += 1
        except UnavailableError as fault:
            faults.append(fault)
            remarks.append(f"{host(server)}: {fault.message} {fault.remedy}")
    if not reached:
        raise faults[0]
    doubtful = {run: error for run, error in unverified.items() if run not in found}
    return Inbox(tuple(sorted(found.values(), key=_rank)), doubtful, tuple(dict.fromkeys(remarks)))


def find(home: Path, beginning: str, now: datetime) -> Waiting:
    """Return the one waiting run whose id begins so.

    Raises:
        IntegrityError: it waits, but nothing that it asks verifies here.
        UnavailableError: no such run waits, or more than one.
    """
    inbox = waiting(home, now)
    runs = [one for one in inbox.waiting if one.run.startswith(beginning)]
    doubtful = [error for run, error in inbox.unverified.items() if run.startswith(beginning)]
    if not beginning or len(runs) + len(doubtful) != 1:
        raise UnavailableError(
            "run-not-waiting",
            f"{len(runs) + len(doubtful)} runs whose id begins so wait for approval; one is needed.",
            "See `atomq pending` for what waits, and `atomq runs` for what became of the others.",
        )
    if doubtful:
        raise doubtful[0]
    return runs[0]


def asked_by(home: Path, server: Server, run: str, now: datetime) -> Inbox:
    """Return the newest question of one run that verifies, and what was put beside it.

    Whoever reaches the API can publish artifacts: forged ones are passed over, and of older questions
    that are published once more the one with the highest number counts.
    """
    best: Request | None = None
    faults: list[IntegrityError] = []
    for page in _pages(PrefectApi(server), run):
        for bundle in page:
            try:
                request = _opened(home, bundle, run, now)
            except IntegrityError as fault:
                faults.append(fault)
                continue
            if best is None or request.question.attempt > best.question.attempt:
                best = request
        if best is not None:
            break
    if best is not None:
        return Inbox((Waiting(server, best),), {}, tuple(_remarks(run, faults, none_left=False)))
    faults = faults or [approval_request.refused("absent", "the run is paused without a question")]
    return Inbox((), {run: faults[0]}, tuple(_remarks(run, faults, none_left=True)))


def require_known(home: Path) -> tuple[Server, ...]:
    """Return the servers that may know a run.

    Raises:
        UnavailableError: there is none.
    """
    found = servers.known(home)
    if not found:
        raise UnavailableError(
            "prefect-unknown",
            "No Prefect server is known: PREFECT_API_URL is not set, and none runs from the state folder.",
            "Start one with `atomq up`, or set PREFECT_API_URL to the API of the server that knows the run.",
        )
    return found


def paused(api: PrefectApi) -> Iterator[str]:
    """Yield the id of every paused run."""
    asked = {"flow_runs": {"state": {"type": {"any_": [PAUSED]}}}}
    for found in api.pages("/flow_runs/filter", asked, RUNS_MAX):
        yield str(found["id"])


def host(server: Server) -> str:
    """Return a server's name, without anything that may stand before it."""
    parts = urlsplit(server.url)
    return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"


def _pages(api: PrefectApi, run: str) -> Iterator[Sequence[bytes]]:
    asked: dict[str, Any] = {
        "artifacts": {"key": {"any_": [ARTIFACT]}, "flow_run_id": {"any_": [run]}},
        "sort": "CREATED_DESC",
        "limit": BUNDLES_PAGE,
    }
    for offset in range(0, BUNDLES_MAX, BUNDLES_PAGE):
        page = api.post("/artifacts/filter", asked | {"offset": offset})
        texts = [str(found["data"]) for found in page if isinstance(found, dict) and "data" in found]
        yield [fenced[1].encode("utf-8", "replace") for text in texts if (fenced := _FENCED.search(text))]
        if len(page) < BUNDLES_PAGE:
            return


def _opened(home: Path, bundle: bytes, run: str, now: datetime) -> Request:
    pin, store = settings.pinned_root(), KeyStore(home)
    own_root = store.root_envelope() if pin is None and store.exists() else None
    request = approval_request.open_request(bundle, pin=pin, own_root=own_root, now=now)
    if request.question.run != run:
        raise approval_request.refused("run", "it is another run's")
    return request


def _remarks(run: str, faults: Sequence[IntegrityError], *, none_left: bool) -> Iterator[str]:
    codes = ", ".join(sorted({fault.code for fault in faults}))
    if none_left:
        yield f"Run {run[:8]} is paused, and nothing that it asks verifies here ({codes})."
    elif faults:
        yield f"Run {run[:8]}: passed over {len(faults)} of its questions, which do not verify ({codes})."


def _rank(one: Waiting) -> tuple[int, bool, bool, Any, datetime]:
    question, manifest = one.request.question, one.request.manifest
    simulated = manifest.execution.target == "aer"
    return -question.n_reviewers, manifest.mode == "dry_run", simulated, -question.cost_eur, question.until
