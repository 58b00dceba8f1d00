"""A template's run at its hour: once for each moment of the schedule, asking nobody where that was approved beforehand."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policy_checks.integrity import strict_json
from tasks.adapters.audit_log import event_of
from tests.conftest import TIMEOUT_S, atomq, clean_environment
from tests.desk import OURS, Clinics, begin
from tests.documents import PROJECT

HOUR = datetime(2024, 11, 23, 2, 0, tzinfo=UTC).isoformat()
NEXT = datetime(2024, 11, 24, 2, 0, tzinfo=UTC).isoformat()
MANY_SHOTS = ("shots = 1024 ", "shots = 30000 ")
ONE_RUN = """
import json, os, sys
from contextlib import suppress
from datetime import datetime
from prefect.client.orchestration import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.states import Scheduled
from flows.nightly import nightly
from tasks.stages.simulator import WORKER

form, hour = json.loads(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
with get_client(sync_client=True) as client:
    deployment = client.create_deployment(client.create_flow(nightly), name=sys.argv[3])
    state = Scheduled(scheduled_time=hour)
    found = client.create_flow_run_from_deployment(deployment, parameters=form, state=state)
with suppress(Pause):
    run_flow(nightly, flow_run=found, parameters={"form": form}, return_type="state")
with get_client(sync_client=True) as client:
    state = client.read_flow_run(found.id).state
print(json.dumps({"run": str(found.id), "type": state.type.value, "name": state.name, "message": state.message}))
sys.stdout.flush()
WORKER.close()
os._exit(0)
"""


@pytest.fixture
def clinics(tmp_path, monkeypatch) -> Clinics:
    made = Clinics(begin(tmp_path), monkeypatch)
    monkeypatch.setenv("ATOMQ_HOME", str(made.home))
    return made


@pytest.fixture
def night(clinics, prefect_url):
    """Run one night in a process like a worker's child."""

    def run(form: dict, hour: str = HOUR, tenant: str = OURS) -> dict:
        done = subprocess.run(
            [sys.executable, "-c", ONE_RUN, json.dumps(form), hour, clinics.pseudonym(tenant)],
            capture_output=True, text=True, timeout=TIMEOUT_S, cwd=PROJECT,
            env=clean_environment(clinics.home) | {"ATOMQ_TENANT": tenant, "PREFECT_API_URL": prefect_url},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def bills(home: Path) -> list[Path]:
    return sorted(home.glob("tenants/*/runs/*/billing.parquet"))


def test_a_rerun_of_the_same_hour_finds_the_first_receipt_and_bills_nothing(clinics, night):
    clinics.add_template()
    first = night({"template": "nightly"})
    assert (first["type"], first["name"]) == ("COMPLETED", "Completed")
    billed = bills(clinics.home)
    assert len(billed) == 1
    again = night({"template": "nightly"})
    assert (again["name"], first["run"] in again["message"]) == ("AlreadyRecorded", True)
    assert bills(clinics.home) == billed
    assert len(clinics.entries("run.completed")) == 1
    verified = atomq(clinics.home, "verify", "--json")
    assert verified.code == 0, verified.out


def test_an_instance_that_needs_review_asks_nobody_where_a_standing_approval_covers_it(clinics, night):
    granted = clinics.grant(clinics.add_template(MANY_SHOTS), max_runs=1)
    covered = night({"template": "nightly"})
    assert (covered["type"], covered["name"]) == ("COMPLETED", "Completed"), covered
    (used,) = clinics.entries("standing.used")
    assert (used.run, used.data["standing"]) == (covered["run"], granted.digest)
    assert not clinics.entries("approval.asked")
    assert atomq(clinics.home, "verify").code == 0
    assert night({"template": "nightly"}, NEXT)["type"] == "PAUSED"
    assert len(clinics.entries("approval.asked")) == len(clinics.entries("standing.used")) == 1


@pytest.mark.parametrize(
    "form", [{}, {"template": "weekly"}, {"template": {"name": "nightly"}}, {"template": None}], ids=str
)
def test_what_names_no_registered_template_ends_denied_with_an_entry(clinics, night, form):
    denied = night(form)
    assert (denied["type"], denied["name"]) == ("CANCELLED", "Denied")
    (entry,) = clinics.entries("run.refused")
    assert entry.run == denied["run"]


def test_the_entry_of_an_instance_is_found_by_template_and_moment(clinics, night):
    found = clinics.add_template()
    done = night({"template": "nightly"})
    (instance, own) = clinics.entries("run.submitted")
    assert instance.event == event_of("instance", found.digest, HOUR)
    assert own.event == event_of("run", done["run"], "run.submitted", "")
    assert own.data["request"] == strict_json.digest(b'{"template":"nightly"}')
