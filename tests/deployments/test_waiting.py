"""Runs that wait for people hold no process, outlive whatever is killed, and go on once, however often they are woken."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil
import pyarrow.parquet
import pytest

from policy_checks.integrity import dsse
from policy_checks.schemas.approval import Question
from policy_checks.schemas.audit import AuditEntry
from tasks.adapters import run_folder
from tests.conftest import atomq
from tests.desk import Clinics, begin
from tests.redteam.siege import signed
from tests.stack import Stack

N_WAITING = 20 if os.environ.get("ATOMQ_LONG") else 5
STAGES = ["admit", "evaluate", "plan", "record", "report", "sanitise", "train"]
SERVICES = ["Neural inference", "Neural training", "Quantum simulation"]
MANY_SHOTS = ("shots = 1024 ", "shots = 30000 ")
NIGHT = "2024-11-23T02:00:00+00:00"
BACK_S, POLL_S = 120, 0.2


@dataclass(frozen=True)
class Ward:
    """A running stack of two tenants, and what its first tenant's people do there."""

    stack: Stack
    clinics: Clinics

    def submit(self, flow: str = "hybrid-run", **request: Any) -> str:
        """Make a run of the tenant's deployment; return its id."""
        deployment = self.stack.deployment(flow, self.clinics.pseudonym())
        made = self.stack.api("POST", f"/deployments/{deployment['id']}/create_flow_run", request)
        assert made.status == 201, made
        return str(made.json["id"])

    def ask(self, seed: int = 7) -> str:
        """Fill in a form that a person must allow; return the run's id once it waits."""
        run = self.submit(parameters=a_form(seed))
        return self.waiting(run)

    def waiting(self, run: str) -> str:
        """Return the run's id once it is suspended."""
        found = self.stack.wait(run, "Suspended")
        assert found["state_name"] == "Suspended", found["state"]
        self.idle()
        return run

    def idle(self) -> None:
        """Return when no run holds a process."""
        deadline = time.monotonic() + BACK_S
        while self.stack.running("deployments.child"):
            assert time.monotonic() < deadline, "a run that waits holds a process"
            time.sleep(POLL_S)

    def token(self, run: str) -> str:
        """Sign what a run asks, as the reviewer."""
        (folder,) = self.clinics.home.glob(f"tenants/*/runs/.{run}.partial")
        newest = max(folder.glob("question-*.json"))
        payload, _ = dsse.open_envelope("question", newest.read_bytes(), lambda *_: None)
        return signed(Question.model_validate_json(payload), self.clinics.key("reviewer"))

    def resume(self, run: str, token: str) -> bool:
        """Resume a run with a token; return whether Prefect let it through."""
        answer = {"run_input": {"decision": "approve", "token": token}}
        given = self.stack.api("POST", f"/flow_runs/{run}/resume", answer)
        return given.status < 300 and given.json["status"] == "ACCEPT"

    def entries(self, run: str) -> list[AuditEntry]:
        """Return what the log says of a run."""
        kinds = ("intent", "completed", "run.completed", "run.failed", "run.refused")
        asked = ("approval.asked", "approval.given", "standing.used")
        return [entry for entry in self.clinics.entries(*kinds, *asked) if entry.run == run]

    def completed_once(self, run: str) -> Counter[str]:
        """Check that a run did and billed everything once; return how many entries of each type it has."""
        ended = self.stack.wait(run)
        assert (ended["state_type"], ended["state_name"]) == ("COMPLETED", "Completed"), ended["state"]
        entries = self.entries(run)
        for kind in ("intent", "completed"):
            assert sorted(str(one.data["effect"]) for one in entries if one.type == kind) == STAGES
        assert services(self.clinics, run) == SERVICES
        kinds = Counter(one.type for one in entries)
        assert kinds["run.completed"] == 1
        assert kinds["run.failed"] == 0
        return kinds


def a_form(seed: int) -> dict[str, Any]:
    return {
        "dataset": "breast-cancer",
        "training": {"epochs_max": 3},
        "execution": {"shots": 30_000, "seed": seed},
    }


def services(clinics: Clinics, run: str) -> list[str]:
    """Return what a run was billed for, a name a row."""
    folder = run_folder.find(clinics.home, run)
    assert folder is not None
    return sorted(pyarrow.parquet.read_table(folder.path / "billing.parquet")["ServiceName"].to_pylist())


def n_bills(clinics: Clinics) -> int:
    return len(list(clinics.home.glob("tenants/*/runs/*/billing.parquet")))


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    state = begin(tmp_path_factory.mktemp("ward"))
    with pytest.MonkeyPatch.context() as patch, Stack(state.home) as stack:
        patch.setenv("ATOMQ_HOME", str(state.home))
        yield Ward(stack, Clinics(state, patch))


def kill_worker_and_server(stack: Stack) -> None:
    """End every worker and the server without warning; return when others stand in for them."""
    before = [*stack.running("deployments.worker"), *stack.running("flows.server")]
    for process in before:
        process.kill()
    psutil.wait_procs(before, timeout=BACK_S)
    deadline = time.monotonic() + BACK_S
    while len(stack.running("deployments.worker")) + len(stack.running("flows.server")) < len(before):
        assert time.monotonic() < deadline, stack.output()
        time.sleep(POLL_S)
    while not answers(stack):
        assert time.monotonic() < deadline, stack.output()
        time.sleep(POLL_S)


def answers(stack: Stack) -> bool:
    try:
        return stack.api("GET", "/health").status == 200
    except OSError:
        return False


def kill_everything(stack: Stack) -> None:
    """Cut the power, and start again."""
    stack.kill()
    stack.start()


def forget_the_form(stack: Stack, run: str) -> None:
    """Leave what a process leaves that is killed after Prefect has suspended its run, and before it knows the form."""
    (key,) = [
        one["key"]
        for one in stack.api("POST", f"/flow_runs/{run}/input/filter", {"prefix": "suspended"}).json
        if one["key"].endswith("-schema")
    ]
    assert stack.api("DELETE", f"/flow_runs/{run}/input/{key}").status == 204


@pytest.mark.parametrize("kill", [kill_worker_and_server, kill_everything], ids=lambda kill: kill.__name__)
def test_an_approval_that_waits_while_all_is_killed_completes_exactly_once(ward, kill):
    run = ward.ask()
    kill(ward.stack)
    approved = atomq(ward.clinics.home, "approve", run[:8], "--yes", "--json")
    assert approved.code == 0, approved.out + approved.err
    kinds = ward.completed_once(run)
    assert (kinds["approval.asked"], kinds["approval.given"]) == (1, 1)
    verified = atomq(ward.clinics.home, "verify", "--run", run)
    assert verified.code == 0, verified.out


def test_a_run_whose_process_was_killed_while_it_was_suspended_asks_again(ward):
    run = ward.ask(seed=12)
    forget_the_form(ward.stack, run)
    deadline = time.monotonic() + BACK_S
    while not [
        one for one in ward.clinics.entries("approval.asked") if (one.run, one.data["attempt"]) == (run, 2)
    ]:
        assert time.monotonic() < deadline, ward.stack.output()
        time.sleep(POLL_S)
    assert ward.resume(ward.waiting(run), ward.token(run))
    assert ward.completed_once(run)["approval.given"] == 1


def test_a_run_that_a_stranger_orders_again_while_it_is_awake_waits_on_and_leaves_an_entry(ward):
    run = ward.ask(seed=15)
    again = {"state": {"type": "SCHEDULED", "name": "Scheduled"}, "force": True}
    for _ in range(2):  # The second while the process that the first has started is at work.
        assert ward.stack.api("POST", f"/flow_runs/{run}/set_state", again).status == 201
        ward.stack.wait(run, "Running")
    ward.waiting(run)
    assert [one.data["attempt"] for one in ward.clinics.entries("approval.unanswered")] == [1]
    assert ward.resume(run, ward.token(run))
    assert ward.completed_once(run)["approval.given"] == 1


def test_a_signed_manifest_is_submitted_approved_and_run_once(ward, manifest):
    home = ward.clinics.home
    submitted = atomq(home, "submit", manifest(MANY_SHOTS, ("epochs_max = 60", "epochs_max = 3")), "--json")
    assert submitted.code == 0, submitted.out
    run = ward.waiting(submitted.json["run_id"])
    approved = atomq(home, "approve", run[:8], "--yes", "--json")
    assert (approved.code, approved.json["decision"]) == (0, "approve"), approved.out
    assert ward.completed_once(run)["approval.given"] == 1
    again = atomq(home, "approve", run[:8], "--yes", "--json")
    assert (again.code, again.json["error"]["code"]) == (5, "run-not-waiting")


def test_two_resumes_at_once_with_one_good_token_execute_once(ward):
    run = ward.ask(seed=11)
    token, through = ward.token(run), list[bool]()
    threads = [threading.Thread(target=lambda: through.append(ward.resume(run, token))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any(through)
    kinds = ward.completed_once(run)
    assert (kinds["approval.asked"], kinds["approval.given"]) == (1, 1)
    assert not ward.resume(run, token)


def test_a_nightly_run_that_was_approved_beforehand_asks_nobody_and_runs_once_a_night(ward):
    granted = ward.clinics.grant(
        ward.clinics.add_template(MANY_SHOTS, ("epochs_max = 60 ", "epochs_max = 3 "))
    )
    night = {
        "parameters": {"template": "nightly"},
        "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": NIGHT}},
    }
    first = ward.submit("nightly", **night)
    kinds = ward.completed_once(first)
    assert (kinds["standing.used"], kinds["approval.asked"]) == (1, 0)
    billed = n_bills(ward.clinics)
    again = ward.stack.wait(ward.submit("nightly", **night))
    assert (again["state_name"], first in again["state"]["message"]) == ("AlreadyRecorded", True), again[
        "state"
    ]
    assert n_bills(ward.clinics) == billed
    used = [entry.data["standing"] for entry in ward.clinics.entries("standing.used")]
    assert used == [granted.digest]


def test_parameters_that_were_changed_while_the_run_waited_end_it_denied(ward):
    run = ward.ask(seed=13)
    token, kept = ward.token(run), ward.stack.run(run)["empirical_policy"]
    changed = {"parameters": a_form(14), "empirical_policy": kept}
    assert ward.stack.api("PATCH", f"/flow_runs/{run}", changed).status == 204
    assert ward.resume(run, token)
    denied = ward.stack.wait(run)
    assert (denied["state_type"], denied["state_name"]) == ("CANCELLED", "Denied"), denied["state"]
    (entry,) = [one for one in ward.entries(run) if one.type == "run.refused"]
    assert entry.data["code"] == "parameters-changed"
    assert not [one for one in ward.entries(run) if one.data.get("effect") == "train"]


def test_suspended_runs_hold_no_process_and_no_slot(ward):
    ward.idle()
    before = len(ward.stack.processes())
    runs = [ward.submit(parameters=a_form(100 + n)) for n in range(N_WAITING)]
    for run in runs:
        ward.waiting(run)
    assert {ward.stack.run(run)["state_name"] for run in runs} == {"Suspended"}
    assert len(ward.stack.processes()) == before
