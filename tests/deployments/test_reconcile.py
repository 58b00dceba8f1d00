"""What Prefect believes about a run is corrected where no process of it lives, and only there."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from deployments.reconcile import SUBMITTING, SUSPENDING, end_dead_runs, wake_expired, wake_unanswerable
from deployments.site import NO_VARIABLES, POOL_TYPE
from tasks.adapters import live_runs, settings
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.run_folder import WAITING
from tasks.adapters.servers import Server
from tests.stack import ask

TENANT = "t-" + "1" * 16
LATER = SUBMITTING + timedelta(seconds=1)


class Pool:
    """A work pool of its own on the shared server, with runs in whatever state."""

    def __init__(self, url: str) -> None:
        self.server, self.name = Server(url), f"atomq-{uuid4().hex[:8]}"
        self.api = PrefectApi(self.server)
        self.api.post(
            "/work_pools/", {"name": self.name, "type": POOL_TYPE, "base_job_template": NO_VARIABLES}
        )
        self.flow = self.api.post("/flows/", {"name": "reconciled"})["id"]
        wanted = {"name": self.name, "flow_id": self.flow, "work_pool_name": self.name}
        self.deployment = self.api.post("/deployments/", wanted)["id"]

    def run(self, kind: str, **details: object) -> str:
        """Make a run that is in a state of this type."""
        asked = {"flow_id": self.flow, "deployment_id": self.deployment, "work_pool_name": self.name}
        run = str(ask(self.server, "POST", "/flow_runs/", asked).json["id"])
        forced = {"state": {"type": kind, "state_details": details}, "force": True}
        self.api.post(f"/flow_runs/{run}/set_state", forced)
        return run

    def state(self, run: str) -> str:
        """Return the type of a run's state."""
        return str(self.api.get(f"/flow_runs/{run}")["state_type"])

    def corrected(self, home: Path, *, starting: bool, after: timedelta = timedelta()) -> tuple[str, ...]:
        """Correct what this pool's runs say, that much later than now."""
        return end_dead_runs(self.api, home, (self.name,), settings.now() + after, starting=starting)


@pytest.fixture
def pool(prefect_url: str) -> Pool:
    return Pool(prefect_url)


@pytest.mark.parametrize(
    ("believed", "true"),
    [("RUNNING", "CRASHED"), ("CANCELLING", "CANCELLED"), ("PENDING", "SCHEDULED")],
)
def test_at_the_start_a_run_without_a_process_gets_its_true_state(pool, tmp_path, believed, true):
    run = pool.run(believed)
    assert pool.corrected(tmp_path, starting=True) == (run,)
    assert pool.state(run) == true
    assert pool.corrected(tmp_path, starting=True) == ()


@pytest.mark.parametrize("believed", ["RUNNING", "CANCELLING", "PENDING"])
def test_a_run_whose_process_lives_is_left_alone(pool, tmp_path, believed):
    run = pool.run(believed)
    with live_runs.held(tmp_path, run):
        assert pool.corrected(tmp_path, starting=True, after=LATER) == ()
    assert pool.state(run) == believed


@pytest.mark.parametrize("kind", ["SCHEDULED", "PAUSED", "COMPLETED", "FAILED"])
def test_runs_that_wait_or_ended_are_left_alone(pool, tmp_path, kind):
    run = pool.run(kind)
    assert pool.corrected(tmp_path, starting=True, after=LATER) == ()
    assert pool.state(run) == kind


def test_a_run_that_is_being_submitted_has_a_while_for_it(pool, tmp_path):
    run = pool.run("PENDING")
    assert pool.corrected(tmp_path, starting=False) == ()
    assert pool.corrected(tmp_path, starting=False, after=LATER) == (run,)


def test_other_pools_are_left_alone(pool, prefect_url, tmp_path):
    run = Pool(prefect_url).run("RUNNING")
    assert pool.corrected(tmp_path, starting=True) == ()
    assert pool.state(run) == "RUNNING"


def waiting(home: Path, run: str, mark: str) -> None:
    folder = home / "tenants" / TENANT / "runs" / f".{run}.partial"
    folder.mkdir(parents=True)
    (folder / WAITING).write_text(mark)


@pytest.fixture
def suspended(pool: Pool, tmp_path: Path) -> Callable[[timedelta], str]:
    """Make a suspended run whose question's deadline is that far away."""

    def made(left: timedelta) -> str:
        run = pool.run("PAUSED", pause_reschedule=True)
        waiting(tmp_path, run, (settings.now() + left).isoformat())
        return run

    return made


def test_a_question_that_nobody_answered_in_time_wakes_its_run(pool, suspended, tmp_path):
    late, open_still = suspended(timedelta(seconds=-1)), suspended(timedelta(minutes=1))
    assert wake_expired(pool.api, tmp_path, settings.now()) == (late,)
    assert (pool.state(late), pool.state(open_still)) == ("SCHEDULED", "PAUSED")
    assert wake_expired(pool.api, tmp_path, settings.now()) == ()


def test_marks_of_unknown_runs_and_unreadable_ones_are_passed_over(pool, suspended, tmp_path):
    waiting(tmp_path, str(uuid4()), (settings.now() - timedelta(seconds=1)).isoformat())
    waiting(tmp_path, str(uuid4()), "tomorrow")
    late = suspended(timedelta(seconds=-1))
    assert wake_expired(pool.api, tmp_path, settings.now()) == (late,)


KEYS = {name: f"suspended-approval-1-{name}" for name in ("schema", "response", "description")}


def unheard(pool: Pool, *, form: bool) -> str:
    """Make a suspended run whose process had told Prefect its form, or had not come to that."""
    run = pool.run("PAUSED", pause_reschedule=True, run_input_keyset=KEYS)
    if form:
        pool.api.post(f"/flow_runs/{run}/input", {"key": KEYS["schema"], "value": "{}"})
    return run


@pytest.mark.parametrize("starting", [True, False])
def test_a_suspended_run_that_nobody_can_answer_asks_again(pool, tmp_path, starting):
    mute, forced = unheard(pool, form=False), pool.run("PAUSED", pause_reschedule=True)
    heard = unheard(pool, form=True)
    now = settings.now() + (SUSPENDING if starting else timedelta())
    assert wake_unanswerable(pool.api, tmp_path, (pool.name,), now, starting=starting) == (mute,)
    assert [pool.state(run) for run in (mute, forced, heard)] == ["SCHEDULED", "PAUSED", "PAUSED"]


def test_a_run_that_is_being_suspended_is_left_to_its_process(pool, tmp_path):
    run = unheard(pool, form=False)
    with live_runs.held(tmp_path, run):
        assert wake_unanswerable(pool.api, tmp_path, (pool.name,), settings.now(), starting=True) == ()


def test_runs_that_were_suspended_long_ago_are_looked_at_in_the_beginning_only(pool, tmp_path):
    unheard(pool, form=False)
    later = settings.now() + SUSPENDING
    assert wake_unanswerable(pool.api, tmp_path, (pool.name,), later, starting=False) == ()
