"""Nothing that whoever reaches the API writes there is executed: installed flows are, each in its own tenant's pool."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployments.apply import apply
from deployments.site import sites
from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import locked
from tasks.adapters.prefect_api import PrefectApi
from tests.documents import PROJECT
from tests.stack import Stack, environment_of

FREE_TEMPLATE = {
    "job_configuration": {
        "command": "{{ command }}", "env": "{{ env }}", "working_dir": "{{ working_dir }}", "name": "{{ name }}",
    },
    "variables": {
        "type": "object",
        "properties": {
            "command": {"type": "string"}, "env": {"type": "object"}, "working_dir": {"type": "string"},
            "name": {"type": "string"},
        },
    },
}  # fmt: skip


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that is there only if something of the attacker's was executed."""
    return tmp_path / "executed"


@pytest.fixture
def evil(tmp_path: Path, marker: Path) -> Path:
    """A module with a flow and hooks that leave the marker wherever they are loaded."""
    text = (
        "from pathlib import Path\n"
        f"Path({str(marker)!r}).touch()\n"
        "from prefect import flow\n"
        "@flow(name='rotate-keys')\n"
        "def evil(): pass\n"
    )
    path = tmp_path / "evil.py"
    path.write_text(text)
    return path


@pytest.fixture
def restored(stack: Stack) -> Iterator[None]:
    """Apply again what a test has changed in Prefect."""
    yield
    state = settings.Settings(PROJECT, stack.home)
    apply(PrefectApi(stack.server), state, sites(state))


def hostile(evil: Path, marker: Path) -> dict[str, object]:
    """Everything in a deployment by which a stock worker can be made to run something."""
    step = "prefect.deployments.steps.run_shell_script"
    return {
        "entrypoint": f"{evil}:evil",
        "path": str(evil.parent),
        "pull_steps": [{step: {"script": f"touch {marker}", "stream_output": False}}],
    }


def job(marker: Path) -> dict[str, object]:
    return {"command": f"touch {marker}", "env": {"EVIL": "1", "PYTHONSTARTUP": str(marker)}, "name": "evil"}


def refused(stack: Stack, run: str) -> str:
    """Return why a run was refused, as Prefect and the log say."""
    found = stack.wait(run)
    assert (found["state_type"], found["state_name"]) == ("CANCELLED", "Refused"), found["state"]
    log = AuditLog(stack.home)
    try:
        (code,) = (e.data["code"] for e in log.entries() if e.type == "run.refused" and e.run == run)
    finally:
        log.close()
    assert f"[{code}]" in found["state"]["message"]
    return str(code)


def flow_of(stack: Stack, name: str) -> str:
    return str(stack.api("POST", "/flows/", {"name": name}).json["id"])


def test_a_deployment_that_somebody_made_is_refused_and_nothing_of_it_is_executed(stack, evil, marker):
    wanted = {
        "name": "helpful", "flow_id": flow_of(stack, "rotate-keys"), "work_pool_name": "atomq-system",
        **hostile(evil, marker),
    }  # fmt: skip
    made = stack.api("POST", "/deployments/", wanted)
    assert made.status == 201, made
    run = stack.api("POST", f"/deployments/{made.json['id']}/create_flow_run", {}).json["id"]
    assert refused(stack, run) == "deployment-unknown"
    assert not marker.exists()


def test_a_changed_deployment_runs_the_installed_flow_and_nothing_else(stack, evil, marker, restored):
    deployment = stack.deployment("rotate-keys")
    assert stack.api("PATCH", f"/deployments/{deployment['id']}", hostile(evil, marker)).status == 204
    run = stack.wait(stack.submit("rotate-keys"))
    assert (run["state_name"], run["state"]["message"]) == ("Completed", "No key was due"), run["state"]
    assert not marker.exists()


def test_job_variables_are_refused_by_the_server(stack, marker, restored):
    path, asked = f"/deployments/{stack.deployment('rotate-keys')['id']}", {"job_variables": job(marker)}
    assert stack.api("POST", f"{path}/create_flow_run", asked).status in {409, 422}
    stack.api(
        "PATCH", path, asked
    )  # Prefect does not look at them here, but at each run that they would be for.
    assert stack.api("POST", f"{path}/create_flow_run", {}).status in {409, 422}


def test_behind_a_changed_pool_template_they_reach_neither_command_nor_environment(stack, marker, restored):
    changed = {"base_job_template": FREE_TEMPLATE}
    assert stack.api("PATCH", "/work_pools/atomq-system", changed).status == 204
    with locked(stack.home / ".trust.lock"):  # The flow waits for it, so that its process can be looked at.
        run = stack.submit("rotate-keys", job_variables=job(marker))
        stack.wait(run, "RUNNING")
        (child,) = stack.running("deployments.child")
        assert child.cmdline()[1:] == ["-P", "-m", "deployments.child"]
        environment = environment_of(child)
    assert stack.wait(run)["state_name"] == "Completed"
    assert not marker.exists()
    assert "EVIL" not in environment
    assert environment["PREFECT__FLOW_RUN_ID"] == run


def test_a_process_finds_only_what_is_named_in_its_environment(stack):
    with locked(stack.home / ".trust.lock"):
        run = stack.submit("rotate-keys")
        stack.wait(run, "RUNNING")
        found = [
            environment_of(one)
            for name in ("child", "worker")
            for one in stack.running(f"deployments.{name}")
        ]
    stack.wait(run)
    allowed = {
        "PATH", "HOME", "LANG", "TMPDIR", "TZ", "DO_NOT_TRACK",
        "ATOMQ_HOME", "ATOMQ_TENANT", "ATOMQ_DATABASE_URL", "ATOMQ_ROOT", "ATOMQ_WITNESS",
    }  # fmt: skip
    for environment in found:
        others = {name for name in environment if not name.startswith(("PREFECT", "LC_"))}
        assert others <= allowed
        assert not {name for name in environment if "PASSPHRASE" in name}


def test_a_run_that_was_put_into_another_tenants_pool_is_refused(stack):
    foreign = stack.deployment("hybrid-run")
    asked = {"flow_id": foreign["flow_id"], "deployment_id": foreign["id"], "work_pool_name": "atomq-system",
             "state": {"type": "SCHEDULED"}}  # fmt: skip
    run = stack.api("POST", "/flow_runs/", asked)
    assert run.status == 201, run
    assert refused(stack, run.json["id"]) == "pool-foreign"


def test_a_deployment_that_was_moved_to_another_pool_is_refused(stack, restored):
    moved = stack.deployment("rotate-keys")
    changed = {"work_pool_name": stack.pool(), "work_queue_name": "high"}
    assert stack.api("PATCH", f"/deployments/{moved['id']}", changed).status == 204
    assert refused(stack, stack.submit("rotate-keys")) == "deployment-unknown"


def test_a_run_without_a_deployment_is_refused(stack):
    asked = {
        "flow_id": flow_of(stack, "rotate-keys"),
        "work_pool_name": stack.pool(),
        "state": {"type": "SCHEDULED"},
    }
    run = stack.api("POST", "/flow_runs/", asked).json["id"]
    assert refused(stack, run) == "deployment-absent"


@pytest.mark.parametrize("name", ["rotate-keys", "evil"], ids=["the-systems-flow", "an-unknown-flow"])
def test_a_tenants_pool_runs_no_flow_but_its_own(stack, evil, marker, name):
    label = stack.pool().removeprefix("atomq-")
    wanted = {
        "name": label,
        "flow_id": flow_of(stack, name),
        "work_pool_name": stack.pool(),
        **hostile(evil, marker),
    }
    made = stack.api("POST", "/deployments/", wanted)
    assert made.status == 201, made
    run = stack.api("POST", f"/deployments/{made.json['id']}/create_flow_run", {}).json["id"]
    try:
        assert refused(stack, run) == "flow-unknown"
        assert not marker.exists()
    finally:
        assert stack.api("DELETE", f"/deployments/{made.json['id']}").status == 204


def test_cancelling_a_run_at_work_loads_nothing_and_ends_its_process(stack, evil, marker, restored):
    with locked(stack.home / ".trust.lock"):
        run = stack.submit("rotate-keys")
        stack.wait(run, "RUNNING")
        (child,) = stack.running("deployments.child")
        deployment = stack.deployment("rotate-keys")
        assert stack.api("PATCH", f"/deployments/{deployment['id']}", hostile(evil, marker)).status == 204
        cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        assert stack.api("POST", f"/flow_runs/{run}/set_state", cancelling).status == 201
        assert stack.wait(run)["state_type"] == "CANCELLED"
    assert psutil.wait_procs([child], timeout=30)[1] == []
    assert not marker.exists()
