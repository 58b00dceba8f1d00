"""`atomq status` says what runs and why the rest waits, per tenant, and something useful without a server."""

import os
import pwd
import subprocess
import sys
from datetime import timedelta

import pytest

from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.ring_store import KeyStore
from tasks.stages import key_ceremony, status
from tests.approvals import HOUR, an_office
from tests.conftest import atomq
from tests.documents import PROJECT
from tests.keys import TENANT
from tests.paused import Desk


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    state = settings.Settings(PROJECT, tmp_path_factory.mktemp("state") / "home")
    key_ceremony.begin(state, "development", settings.now())
    return state.home


@pytest.fixture
def desk(prefect_url):
    made = Desk(prefect_url)
    yield made
    made.remove()


def tenant_of(home) -> str:
    (tenant,) = {key.tenant for key in KeyStore(home).ring().keys.values() if key.tenant}
    return tenant


def test_without_a_server_it_says_what_to_start_and_what_the_log_knows(home):
    log = AuditLog(home)
    for run in ("a" * 8, "b" * 8):
        data = {"stage": "train", "code": "crashed"}
        log.append("run.failed", data, run=f"{run}-ce3b-742c-ac61-11ae724346c4", tenant=tenant_of(home))
    log.close()
    shown = atomq(home, "status")
    assert shown.code == 0
    assert shown.out.splitlines()[0].startswith(
        "keys     development: all keys on this machine; production is denied"
    )
    assert "atomq up" in shown.out
    told = atomq(home, "status", "--json").json
    assert told["server"]["reachable"] is False
    assert told["server"]["error"]["code"] == "prefect-unknown"
    assert [(run["run"][:8], run["outcome"]) for run in told["runs"]] == [
        ("b" * 8, "run.failed"),
        ("a" * 8, "run.failed"),
    ]


def test_with_neither_keys_nor_log_it_says_how_to_begin(tmp_path):
    shown = atomq(tmp_path / "none", "status")
    assert shown.code == 0
    assert "no key ring yet" in shown.out
    assert not (tmp_path / "none").exists()


def test_each_tenant_is_told_by_pseudonym_and_by_name_on_its_owners_machine(home, desk):
    tenant = tenant_of(home)
    pool = desk.pool(f"atomq-{tenant}", concurrency_limit=1)
    working = desk.run(work_pool_name=pool, work_queue_name="normal")
    desk.state(working, "RUNNING", "Running")
    log = AuditLog(home)
    for stage in ("admit", "sanitise", "train"):
        log.append("intent", {"effect": stage}, run=working, event=event_of("run", working, "intent", stage))
    log.close()
    past = (settings.now() - timedelta(minutes=7)).isoformat()
    state = {"type": "SCHEDULED", "name": "Late", "state_details": {"scheduled_time": past}}
    waits = [desk.run(work_pool_name=pool, work_queue_name="normal", state=state) for _ in range(6)]
    told = atomq(home, "status", "--json", PREFECT_API_URL=desk.url).json
    (found,) = [one for one in told["tenants"] if one["tenant"] == tenant]
    assert found["name"] == "sample-clinic"
    assert [(one["run"], one["stage"]) for one in found["running"]] == [(working, "train")]
    assert (found["n_waiting"], found["oldest_wait_s"] // 60) == (6, 7)
    assert {one["run"] for one in found["waiting"]} == set(waits)
    assert found["waiting"][0]["reasons"] == ["no worker is online", "1 of 1 slots of the pool are used"]
    shown = atomq(home, "status", PREFECT_API_URL=desk.url).out
    assert f"{tenant} (sample-clinic): 1 of 1 slots used, no worker online" in shown
    assert "Running, train, since" in shown
    assert "6 runs" in shown
    assert "the oldest for 7 min" in shown


def test_what_waits_for_a_person_stands_with_its_tenant(tmp_path, desk):
    (tmp_path / "keys").mkdir()
    office = an_office(tmp_path / "keys", at=settings.now() - HOUR)
    desk.pool(f"atomq-{TENANT}")
    run = desk.asking(lambda run: office.bundle(run=run))
    told = atomq(tmp_path / "none", "status", "--json", PREFECT_API_URL=desk.url).json
    (found,) = [one for one in told["tenants"] if one["tenant"] == TENANT]
    assert [one["run"] for one in found["approvals"]] == [run]
    assert (found["name"], told["profile"]) == (None, None)
    shown = atomq(tmp_path / "none", "status", PREFECT_API_URL=desk.url).out
    assert f"atomq show {run[:8]}" in shown
    assert "needs 1 reviewer" in shown


def test_names_are_told_only_where_nobody_must_be_asked_for_a_passphrase(home, monkeypatch):
    tenant, sealed = tenant_of(home), KeyStore(home).folder / "passphrase"
    assert status._names(home) == {tenant: "sample-clinic"}
    kept = sealed.rename(sealed.with_name("elsewhere"))
    try:
        assert status._names(home) == {}
        monkeypatch.setenv("ATOMQ_KEY_PASSPHRASE_FILE", str(kept))
        assert status._names(home) == {tenant: "sample-clinic"}
    finally:
        kept.rename(sealed)


def test_tenants_of_one_user_are_told(tmp_path):
    mine = pwd.getpwuid(os.geteuid()).pw_name
    assert status.status(tmp_path, settings.now()).shared_user == mine
    for number in (1, 2):
        (tmp_path / "workers" / f"t-{number:016x}" / "own").mkdir(parents=True)
    assert status.status(tmp_path, settings.now()).shared_user == mine
    assert f"run as user {mine}" in atomq(tmp_path, "status").out


def test_a_machine_that_never_ran_is_not_written_to(tmp_path):
    status.status(tmp_path, settings.now())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", ["review", "status", "review_app"])
def test_commands_that_speak_to_prefect_never_import_it(room):
    statement = f"import flows.cli.{room}, sys; print(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", statement], capture_output=True, text=True, cwd=PROJECT, check=True
    )
    assert not set(loaded.stdout.split()) & {"prefect", "torch", "pandas", "qiskit", "great_expectations"}
