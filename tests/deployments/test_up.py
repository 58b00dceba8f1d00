"""`atomq up`: everything is there, scheduled, reachable with a login only, and restored when somebody changes it."""

import time

from deployments.apply import apply, missing
from deployments.site import sites
from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.prefect_api import PrefectApi
from tests.conftest import atomq
from tests.documents import PROJECT
from tests.stack import Stack, ask

TENANT = "sample-clinic"


def state_of(stack: Stack) -> settings.Settings:
    return settings.Settings(PROJECT, stack.home)


def applied(stack: Stack) -> tuple[str, ...]:
    state = state_of(stack)
    return apply(PrefectApi(stack.server), state, sites(state))


def everything(stack: Stack) -> list[object]:
    """What apply writes, and the runs that schedules have made."""
    paths = ("/work_pools/filter", "/work_queues/filter", "/deployments/filter")
    found = [stack.api("POST", path, {}).json for path in paths]
    for kind in found:
        for one in kind:
            for alive in ("last_polled", "last_polled_time", "status", "updated"):
                one.pop(alive, None)
    return [*found, [one["id"] for one in scheduled(stack)]]


def scheduled(stack: Stack) -> list[dict[str, object]]:
    asked = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}, "sort": "ID_DESC"}
    found = stack.api("POST", "/flow_runs/filter", asked).json
    assert isinstance(found, list)
    return found


def test_a_deployment_with_a_cron_yields_scheduled_runs(stack):
    ids = {stack.deployment(flow)["id"] for flow in ("rotate-keys", "verify-audit")}
    deadline = time.monotonic() + 90
    while not ids <= {run["deployment_id"] for run in scheduled(stack)}:
        assert time.monotonic() < deadline, stack.output()
        time.sleep(1)


def test_the_hourly_rotation_runs_through_its_worker(stack):
    run = stack.wait(stack.submit("rotate-keys"))
    assert (run["state_name"], run["state"]["message"]) == ("Completed", "No key was due"), stack.logs()


def test_the_quarterly_verification_says_what_it_checked(stack):
    run = stack.wait(stack.submit("verify-audit"))
    assert run["state_name"] == "Verified", run["state"]
    assert "entries verify" in run["state"]["message"]


def test_a_form_that_does_not_fit_is_denied_and_logged(stack):
    run = stack.wait(stack.submit("hybrid-run", parameters={"dataset": "nobodys"}))
    assert run["state_name"] == "Denied", run["state"]
    assert refusals(stack, run["id"])


def test_applying_again_changes_nothing(stack):
    before = everything(stack)
    assert applied(stack) == ()
    assert everything(stack) == before
    state = state_of(stack)
    assert missing(PrefectApi(stack.server), sites(state)) == ()


def test_what_somebody_changes_is_restored(stack):
    deployment, pool = stack.deployment("rotate-keys"), stack.pool()
    changed = {"pull_steps": [{"x": {}}], "entrypoint": "/tmp/evil.py:evil", "schedules": []}
    assert stack.api("PATCH", f"/deployments/{deployment['id']}", changed).status == 204
    assert stack.api("PATCH", f"/work_pools/{pool}", {"concurrency_limit": 99}).status == 204
    applied(stack)
    kept = ("pull_steps", "entrypoint", "work_queue_name", "parameters", "path")
    restored = stack.deployment("rotate-keys")
    assert {name: restored[name] for name in kept} == {name: deployment[name] for name in kept}
    assert [one["schedule"]["cron"] for one in restored["schedules"]] == ["0 * * * *"]
    assert stack.api("GET", f"/work_pools/{pool}").json["concurrency_limit"] == 1


def test_each_pool_has_its_queues_by_priority_and_the_tenants_limit(stack):
    for pool in ("atomq-system", stack.pool()):
        queues = stack.api("POST", f"/work_pools/{pool}/queues/filter", {}).json
        assert sorted((one["priority"], one["name"]) for one in queues) == [
            (1, "high"), (2, "normal"), (3, "low"),
        ]  # fmt: skip
        assert stack.api("GET", f"/work_pools/{pool}").json["concurrency_limit"] == 1


def test_nobody_gets_in_without_the_login(stack):
    for path in ("/deployments/filter", "/flow_runs/filter", "/work_pools/filter"):
        assert ask(stack.server.__class__(stack.url, None), "POST", path, {}).status == 401
        assert ask(stack.server.__class__(stack.url, "atomq:guess"), "POST", path, {}).status == 401
    assert stack.auth in stack.output()
    assert (stack.home / "prefect-server" / "login").stat().st_mode & 0o077 == 0


def test_the_page_is_served(stack):
    page = ask(stack.server.__class__(stack.url.removesuffix("/api")), "GET", "/")
    assert (page.status, "<!doctype html>" in str(page.json).lower()) == (200, True)


def test_prefect_never_learns_a_tenants_name(stack):
    stack.wait(stack.submit("hybrid-run", parameters={"mode": "dry_run"}))
    database = b"".join(
        path.read_bytes() for path in (stack.home / "prefect-server").glob("prefect.db*") if path.is_file()
    )
    assert stack.pool().encode() in database
    assert TENANT.encode() not in database


def test_the_log_is_checkpointed_while_nobody_runs_anything(stack):
    deadline = time.monotonic() + 60
    log = AuditLog(stack.home)
    try:
        while not (stack.home / "witness" / "checkpoints").is_dir() or log.newest_checkpoint() is None:
            assert time.monotonic() < deadline, stack.output()
            time.sleep(0.5)
    finally:
        log.close()


def test_the_doctor_finds_everything_there_and_names_what_is_not(stack):
    applied(stack)
    healthy = atomq(stack.home, "doctor", "--json")
    assert healthy.code == 0, healthy.out
    deployment = stack.deployment("nightly")
    assert stack.api("DELETE", f"/deployments/{deployment['id']}").status == 204
    found = {check["name"]: check for check in atomq(stack.home, "doctor", "--json").json["checks"]}
    assert found["Prefect server"]["found"].startswith(stack.url)
    assert not found["deployments"]["good"]
    assert f"nightly/{deployment['name']}" in found["deployments"]["found"]
    assert found["workers"]["found"] == "2 online"
    assert applied(stack) == (f"nightly/{deployment['name']}",)


def test_a_second_one_in_the_same_state_folder_is_told_so(stack):
    answer = atomq(stack.home, "up", "--port", "0")
    assert answer.code == 5
    assert "[up-running]" in answer.err


def test_a_taken_port_is_told(stack, tmp_path):
    port = stack.url.rpartition(":")[2].removesuffix("/api")
    answer = atomq(tmp_path / "home", "up", "--port", port)
    assert answer.code == 5
    assert "[port-taken]" in answer.err


def refusals(stack: Stack, run: str) -> list[object]:
    log = AuditLog(stack.home)
    try:
        return [
            entry.data["code"] for entry in log.entries() if entry.type == "run.refused" and entry.run == run
        ]
    finally:
        log.close()
