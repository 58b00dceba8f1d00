"""Killed workers, runs, servers and supervisors: Prefect learns the truth, nothing that waited is lost, nobody survives."""

import signal
import time
from pathlib import Path

import psutil
import pytest

from deployments.lifeline import DRAIN_S
from tasks.adapters.files import locked
from tests.stack import Stack

AT_WORK = ".trust.lock"  # The rotation waits for this lock, so that a test can meet it at work.
END_S = 90


def test_a_killed_run_is_crashed_and_the_next_one_runs(stack):
    with locked(stack.home / AT_WORK):
        run = stack.submit("rotate-keys")
        stack.wait(run, "RUNNING")
        (child,) = stack.running("deployments.child")
        child.kill()
        assert stack.wait(run)["state_type"] == "CRASHED"
    assert stack.wait(stack.submit("rotate-keys"))["state_type"] == "COMPLETED"


def test_a_killed_worker_takes_its_run_along_and_comes_back(stack):
    with locked(stack.home / AT_WORK):
        run = stack.submit("rotate-keys")
        stack.wait(run, "RUNNING")
        (child,) = stack.running("deployments.child")
        worker = child.parent()
        worker.kill()
        assert psutil.wait_procs([child], timeout=END_S)[1] == [], "a run outlives its worker"
        # Reading, deciding and writing are the supervisor's; it settles the state folder afterwards.
        assert stack.wait(run)["state_type"] == "CRASHED"
    assert stack.wait(stack.submit("rotate-keys"))["state_type"] == "COMPLETED"
    assert "started again" in stack.output()


def test_a_killed_server_comes_back_at_its_address_with_what_it_knew(stack):
    before = stack.wait(stack.submit("rotate-keys"))
    (server,) = stack.running("flows.server")
    server.kill()
    deadline = time.monotonic() + END_S
    while True:
        try:
            assert stack.run(before["id"])["state_type"] == "COMPLETED"
            break
        except OSError:
            assert time.monotonic() < deadline, stack.output()
            time.sleep(0.5)
    assert stack.wait(stack.submit("rotate-keys"))["state_type"] == "COMPLETED"


@pytest.fixture
def own(tmp_path: Path):
    """A stack that a test may end."""
    running = Stack(tmp_path / "home").start()
    yield running
    if running.alive():
        running.stop()


def test_after_a_killed_supervisor_nothing_survives_and_nothing_is_lost(own):
    others = own.processes()
    with locked(own.home / AT_WORK):
        at_work = own.submit("rotate-keys")
        own.wait(at_work, "RUNNING")
        others = own.processes()
        waiting = own.submit("rotate-keys")
        own.kill()
    assert [one for one in others if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    own.start()
    assert own.wait(at_work)["state_type"] == "CRASHED"
    assert own.wait(waiting)["state_type"] == "COMPLETED"
    assert "it is not shown again" not in own.output(), "the login is shown once"


def test_sigterm_lets_a_run_end_then_ends_everything(own):
    others = own.processes()
    with locked(own.home / AT_WORK):
        run = own.submit("rotate-keys")
        own.wait(run, "RUNNING")
        others = own.processes()
        own.send(signal.SIGTERM)
        time.sleep(2)
        assert own.alive(), "it waits for the run"
    assert own.ended() == 0
    assert psutil.wait_procs(others, timeout=END_S)[1] == []
    own.start()
    assert own.run(run)["state_type"] == "COMPLETED"


def test_a_second_sigterm_ends_the_run_too_and_it_is_crashed(own):
    with locked(own.home / AT_WORK):
        run = own.submit("rotate-keys")
        own.wait(run, "RUNNING")
        own.send(signal.SIGTERM)
        time.sleep(2)
        own.send(signal.SIGTERM)
        assert psutil.wait_procs(own.running("deployments.child"), timeout=DRAIN_S - 10)[1] == []
    assert own.ended() == 0
    own.start()
    assert own.run(run)["state_type"] == "CRASHED"


def test_ignored_interrupts_of_a_background_start_do_not_reach_the_runs(tmp_path):
    ignoring = Stack(tmp_path / "home")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ignoring.start()
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        for worker in ignoring.running("deployments.worker"):
            status = Path(f"/proc/{worker.pid}/status").read_text()
            ignored = int(
                next(line for line in status.splitlines() if line.startswith("SigIgn")).split()[1], 16
            )
            assert not ignored & (1 << (signal.SIGINT - 1))
        others = ignoring.processes()
        ignoring.send(signal.SIGINT)
        assert ignoring.ended() == 0
        assert psutil.wait_procs(others, timeout=END_S)[1] == []
    finally:
        if ignoring.alive():
            ignoring.stop()
