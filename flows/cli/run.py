"""`run`: bring a Prefect server where none is set, run the flow, tell what happened."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from flows.cli import summary
from flows.cli.submit import Submission, read_submission
from flows.cli.terminal import EXITS, console, reported, show_error, show_json
from flows.server import temporary_server
from policy_checks.errors import AtomqError, StageError
from tasks.adapters import run_folder
from tasks.adapters.submission import ManifestStore
from tasks.stages import lifecycle, progress
from tasks.stages.simulator import WORKER
from tasks.stages.summary import summarise

if TYPE_CHECKING:
    from prefect.client.schemas.objects import State

SAMPLE = Path("data") / "manifests" / "breast_cancer.toml"
REFUSALS = {"Denied": EXITS["deny"], "ApprovalNeeded": EXITS["review"]}
HEAVY = (
    "flows.hybrid_run", "tasks.stages.sanitisation", "tasks.stages.training",
    "tasks.stages.evaluation", "tasks.stages.reporting",
)  # fmt: skip
DRAIN_S = 5
POLL_S = 1.0


def run_command(path: Path | None, *, as_json: bool, wait: bool) -> NoReturn:
    """Run one manifest and end the process with the exit code of its outcome."""
    with reported(as_json):
        found = read_submission(path or _sample())
        _judge_beforehand(found)
        if wait:
            _wait_for_others(found)
        earlier = ManifestStore(found.state.home).claimed_by(found.digest)
        if earlier and lifecycle.is_finished(found.state.home, earlier):
            _tell(found, earlier, as_json=as_json, again=True)
            _leave(0)
        ManifestStore(found.state.home).put(found.digest, found.envelope)
        code = _run(found, as_json=as_json)
    _leave(code)


def _sample() -> Path:
    from tasks.adapters import settings

    return settings.load().project / SAMPLE


def _judge_beforehand(found: Submission) -> None:
    """Meet unusable tables before a server is started; the flow judges again, and its word counts."""
    from flows.cli.submit import judge

    judge(found)


def _wait_for_others(found: Submission) -> None:
    while lifecycle.is_running(found.state.home, found.digest):
        time.sleep(POLL_S)


def _run(found: Submission, *, as_json: bool) -> int:
    WORKER.start()
    try:
        with summary.watched(quiet=as_json) as observer, _server(found, observer):
            progress.observe(observer)
            from flows.hybrid_run import hybrid_run

            state = hybrid_run(found.digest, return_state=True)
            _drain()
        return _outcome(found, state, as_json=as_json)
    finally:
        WORKER.close()


@contextmanager
def _server(found: Submission, observer: summary.Watcher) -> Iterator[None]:
    """Import everything while a server of our own starts, or use the one that is set."""
    if os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
        _import_everything()
        yield
        return
    observer.say("PREFECT_API_URL is not set: this run brings its own temporary Prefect server.")
    with temporary_server(found.state.home) as server:
        _import_everything()
        server.wait()
        yield


def _import_everything() -> None:
    for module in HEAVY:
        import_module(module)


def _outcome(found: Submission, state: "State", *, as_json: bool) -> int:
    if state.is_failed() or state.is_crashed():
        error = state.result(raise_on_failure=False)
        if isinstance(error, KeyboardInterrupt):
            raise error
        if not isinstance(error, AtomqError):
            error = StageError(
                "run-failed", f"The run ended {state.name}.", "See `atomq runs`, and run again."
            )
        show_error(error, as_json=as_json)
        return error.exit_code
    again = state.name == "AlreadyRecorded"
    claimed = ManifestStore(found.state.home).claimed_by(found.digest) if again else None
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
