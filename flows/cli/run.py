"""`run`: bring a Prefect server where none is set, run the flow, tell what happened."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.markup import escape

from flows.cli import summary
from flows.cli.submit import Submission, judge, read_submission
from flows.cli.terminal import EXITS, console, errors, reported, show_error, show_json
from flows.server import LOGGING, require_reachable, temporary_server
from policy_checks.errors import AtomqError, StageError
from tasks.adapters import run_folder, settings
from tasks.adapters.servers import Server, announced
from tasks.adapters.submission import ManifestStore
from tasks.stages import lifecycle, progress
from tasks.stages.simulator import WORKER
from tasks.stages.summary import summarise

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

SAMPLE = Path("data") / "manifests" / "breast_cancer.toml"
REFUSALS = {
    "ApprovalNeeded": EXITS["review"],
    **dict.fromkeys(("Denied", "Rejected", "Expired", "Refused"), EXITS["deny"]),
}
TOLD_IN_WORDS = {"Rejected", "Expired", "Refused"}
HEAVY = (
    "flows.hybrid_run", "tasks.stages.sanitisation", "tasks.stages.training",
    "tasks.stages.evaluation", "tasks.stages.reporting",
)  # fmt: skip
DRAIN_S = 5
POLL_S = 1.0


def run_command(path: Path | None, *, key: Path | None, as_json: bool, wait: bool) -> NoReturn:
    """Run one manifest and end the process with the exit code of its outcome."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with reported(as_json):
            code = _run_or_recall(read_submission(path or _sample(), key), as_json=as_json, wait=wait)
    except typer.Exit as ended:
        code = ended.exit_code
    _leave(code)


def _run_or_recall(found: Submission, *, as_json: bool, wait: bool) -> int:
    """Run a manifest; one that has run before is not run again but told from its first receipt."""
    judge(found)  # Meets unusable tables before a server is started; the flow's own judgement counts.
    while wait and lifecycle.is_running(found.state.home, found.digest):
        time.sleep(POLL_S)
    store = ManifestStore(found.state.home)
    earlier = store.claimed_by(found.digest)
    if earlier and lifecycle.is_finished(found.state.home, earlier):
        _tell(found, earlier, as_json=as_json, again=True)
        return 0
    store.put(found.pseudonym, found.digest, found.envelope)
    return _run(found, as_json=as_json, wait=wait)


def _interrupt(*_: object) -> NoReturn:
    progress.interrupt()
    raise KeyboardInterrupt


def _sample() -> Path:
    return settings.load().project / SAMPLE


def _run(found: Submission, *, as_json: bool, wait: bool) -> int:
    WORKER.start()
    try:
        with summary.watched(quiet=as_json) as observer, _server(found, observer):
            progress.observe(observer)
            state = _flow(found.digest, wait=wait)
            if not state.is_completed():
                observer.fail()
            _drain()
        return _outcome(found, state, as_json=as_json)
    finally:
        WORKER.close()


def _flow(digest: str, *, wait: bool) -> "State":
    """Run the flow without the heartbeat that only a deployed run needs; joining it costs a second."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows.approval import WAITS
    from flows.hybrid_run import hybrid_run

    WAITS.set(wait)
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        return hybrid_run(digest, return_state=True)


@contextmanager
def _server(found: Submission, observer: summary.Watcher) -> Iterator[None]:
    """Import everything while a server of our own starts, or use the one that is set."""
    home, name = found.state.home, f"run-{os.getpid()}"
    url = os.environ.get("PREFECT_API_URL")
    if url:
        require_reachable(url)
        os.environ |= LOGGING
        _import_everything()
        with announced(home, name, Server(url, os.environ.get("PREFECT_API_AUTH_STRING"))):
            yield
        return
    observer.say("PREFECT_API_URL is not set: this run brings its own temporary Prefect server.")
    with temporary_server(home) as server:
        _import_everything()
        server.wait()
        with announced(home, name, Server(server.url)):
            yield


def _import_everything() -> None:
    for module in HEAVY:
        import_module(module)


def _outcome(found: Submission, state: "State", *, as_json: bool) -> int:
    if state.is_failed() or state.is_crashed():
        error = state.result(raise_on_failure=False)
        if not isinstance(error, Exception):
            raise error
        if not isinstance(error, AtomqError):
            error = StageError(
                "run-failed", f"The run ended {state.name}.", "See `atomq runs`, and run again."
            )
        show_error(error, as_json=as_json)
        return error.exit_code
    again = state.name == "AlreadyRecorded"
    claimed = ManifestStore(found.state.home).claimed_by(found.digest) if again else None
    if state.name in TOLD_IN_WORDS:
        errors.print(f"[bold red]{state.name}[/] {escape(state.message or '')}")
    _tell(found, claimed or str(state.state_details.flow_run_id), as_json=as_json, again=again)
    return REFUSALS.get(state.name or "", 0)


def _tell(found: Submission, run: str, *, as_json: bool, again: bool) -> None:
    folder = run_folder.find(found.state.home, run)
    if folder is None:
        raise StageError("run-vanished", "The run left no folder.", "Run `atomq verify`.")
    told = summarise(folder)
    if as_json:
        show_json(told.as_json())
        return
    if again:
        console.print("This very manifest has run before; here is its first receipt.")
    summary.show(told)


def _drain() -> None:
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    EventsWorker.drain_all(timeout=DRAIN_S)
    APILogWorker.drain_all(timeout=DRAIN_S)


def _leave(code: int) -> NoReturn:
    """End at once: Prefect's exit handlers would wait for a server that is gone."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
