"""Code and orders from Prefect's database: deployments, pools, job variables, other tenants, automations."""

import time
from collections.abc import Iterator
from random import Random
from typing import Any

from deployments.site import NO_VARIABLES
from tests.redteam.attack import Attack
from tests.redteam.siege import OTHER, Siege, Target

STEP = "prefect.deployments.steps."
FREE = {
    "job_configuration": {"command": "{{ command }}", "env": "{{ env }}", "working_dir": "{{ working_dir }}"},
    "variables": {"type": "object", "properties": {"command": {"type": "string"}, "env": {"type": "object"}}},
}
TRIGGERED_S = 8


def evil(siege: Siege, rng: Random) -> dict[str, Any]:
    """Return what would make a stock worker execute foreign code, in one of many ways."""
    touch = f"touch {siege.marker}"
    return rng.choice([
        {"entrypoint": f"{siege.evil}:evil", "path": str(siege.evil.parent)},
        {"entrypoint": "evil:evil", "path": str(siege.evil.parent)},
        {"entrypoint": "os:system", "path": "."},
        {"pull_steps": [{STEP + "run_shell_script": {"script": touch}}]},
        {"pull_steps": [{STEP + "pip_install_requirements": {"directory": str(siege.evil.parent)}}]},
        {"pull_steps": [{STEP + "set_working_directory": {"directory": str(siege.evil.parent)}}], "entrypoint": "evil.py:evil"},
        {"pull_steps": [{"subprocess.run": {"args": ["touch", str(siege.marker)]}}]},
        {"entrypoint": f"{siege.evil}:evil", "pull_steps": [{STEP + "git_clone": {"repository": f"--upload-pack={touch}"}}]},
    ])  # fmt: skip


def job(siege: Siege, rng: Random) -> dict[str, Any]:
    """Return job variables that a stock worker would obey."""
    return rng.choice([
        {"command": f"touch {siege.marker}"}, {"env": {"PYTHONSTARTUP": str(siege.evil)}},
        {"env": {"PYTHONPATH": str(siege.evil.parent), "PREFECT_API_URL": "http://127.0.0.1:9"}},
        {"working_dir": str(siege.evil.parent)}, {"env": {"LD_PRELOAD": str(siege.evil)}},
        {"env": {"ATOMQ_TENANT": OTHER, "ATOMQ_HOME": "/tmp"}}, {"stream_output": True, "command": "sh"},
    ])  # fmt: skip


def new_deployment(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Make a deployment of one's own in a pool of ours, and order a run of it."""
    flows = ["hybrid-run", "nightly", "rotate-keys", "evil", "verify-audit", "hybrid-run "]
    while True:
        pool, name = siege.stack.pool(), f"helpful-{rng.randrange(2**32)}"
        flow = siege.api("POST", "/flows/", {"name": rng.choice(flows)}).json["id"]
        wanted = {"name": name, "flow_id": flow, "work_pool_name": pool, "parameters": target.parameters}
        made = siege.api("POST", "/deployments/", wanted | evil(siege, rng))
        if made.status >= 300:
            yield None
            continue
        path = f"/deployments/{made.json['id']}"
        run = siege.api("POST", f"{path}/create_flow_run", {"parameters": target.parameters}).json["id"]
        siege.settled(run)
        siege.api("DELETE", path)
        yield run


def changed_deployment(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Change the code of the very deployment whose run waits, then wake the run."""
    deployment = siege.deployment()
    before = {name: deployment[name] for name in ("entrypoint", "path", "pull_steps")}
    while True:
        siege.api("PATCH", f"/deployments/{deployment['id']}", evil(siege, rng))
        siege.revive(target.run)
        siege.api("PATCH", f"/deployments/{deployment['id']}", before)
        yield target.run


def job_variables(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Give a run job variables, where it is made and where it waits."""
    path = f"/deployments/{siege.deployment()['id']}"
    while True:
        asked = {"job_variables": job(siege, rng), "parameters": target.parameters}
        made = siege.api("POST", f"{path}/create_flow_run", asked)
        assert made.status in {409, 422}, made
        yield None
        siege.api("PATCH", f"/flow_runs/{target.run}", asked | _policy(siege, target))
        yield None


def changed_pool(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Open the pool's template to job variables, give the waiting run some, and wake it."""
    pool = f"/work_pools/{siege.deployment()['work_pool_name']}"
    while True:
        siege.api("PATCH", pool, {"base_job_template": FREE})
        siege.force(target.run, "SCHEDULED", state_details={"scheduled_time": "2099-01-01T00:00:00Z"})
        asked = {"job_variables": job(siege, rng), "parameters": target.parameters} | _policy(siege, target)
        siege.api("PATCH", f"/flow_runs/{target.run}", asked)
        siege.revive(target.run)
        siege.api("PATCH", pool, {"base_job_template": NO_VARIABLES})
        yield target.run


def foreign_pool(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Order a run in another tenant's pool, in the system's, or without a deployment."""
    ours, theirs = siege.deployment(), siege.deployment(tenant=OTHER)
    system = siege.stack.deployment("rotate-keys")
    while True:
        place = rng.choice([theirs["work_pool_name"], "atomq-system", ours["work_pool_name"]])
        of = rng.choice(
            [one for one in (ours, theirs, system, None) if not one or one["work_pool_name"] != place]
        )
        asked = {
            "flow_id": (of or rng.choice([ours, system]))["flow_id"], "deployment_id": of and of["id"],
            "work_pool_name": place, "state": {"type": "SCHEDULED"}, "parameters": target.parameters,
        }  # fmt: skip
        run = siege.api("POST", "/flow_runs/", asked).json["id"]
        siege.settled(run)
        yield run


def other_tenant(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Ask in our tenant's form for what belongs to another, or for what the form does not have."""
    asked: list[dict[str, Any]] = [
        {"dataset": "their-own"}, {"dataset": "../north/breast_cancer.csv"}, {"tenant": OTHER, "dataset": "their-own"},
        {"dataset": "breast-cancer", "mode": "production", "submitter": "carol"}, {"manifest": "sha256:" + "f" * 64},
        {"dataset": "breast-cancer", "decision": "allow"}, {"form": {"dataset": "breast-cancer"}}, {"template": "nightly"},
        {"dataset": "breast-cancer", "mode": "production", "execution": {"target": "ibm:x; touch /tmp/x"}},
        {"dataset": "\0"}, {"dataset": "{{ flow_run.id }}"}, {"dataset": {"__prefect_kind": "jinja", "template": "a"}},
        {"__proto__": {"mode": "dry_run"}}, {"manifest": [], "dataset": 1e999 if rng.random() < 0.1 else 1},
    ]  # fmt: skip
    path = f"/deployments/{siege.deployment()['id']}/create_flow_run"
    while True:
        made = siege.api("POST", path, {"parameters": rng.choice(asked), "enforce_parameter_schema": False})
        if made.status < 300:
            siege.settled(made.json["id"])
        yield made.json["id"] if made.status < 300 else None


def automations(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Let the server's own automations resume the run, change its state, or order another."""
    while True:
        name, deployment = f"redteam.{rng.randrange(2**32)}", siege.deployment()
        action = rng.choice([
            {"type": "resume-flow-run"},
            {"type": "change-flow-run-state", "state": "RUNNING", "force": True},
            {"type": "change-flow-run-state", "state": "SCHEDULED", "force": True},
            {"type": "change-flow-run-state", "state": "COMPLETED", "force": True},
            {"type": "run-deployment", "source": "selected", "deployment_id": deployment["id"],
             "parameters": {"dataset": "their-own"}, "job_variables": job(siege, rng)},
        ])  # fmt: skip
        about = {"prefect.resource.id": f"prefect.flow-run.{target.run}"}
        trigger = {
            "type": "event",
            "match": about,
            "expect": [name],
            "posture": "Reactive",
            "threshold": 1,
            "within": 0,
        }
        made = siege.api("POST", "/automations/", {"name": name, "trigger": trigger, "actions": [action]})
        if made.status >= 300:
            yield None
            continue
        before = siege.state(target.run)["state_id"]
        event = {"event": name, "resource": about, "occurred": _now(), "payload": {}, "id": _id(rng)}
        time.sleep(1)
        siege.api("POST", "/events", [event])
        deadline = time.monotonic() + TRIGGERED_S
        while siege.state(target.run)["state_id"] == before and time.monotonic() < deadline:
            time.sleep(0.5)
        siege.api("DELETE", f"/automations/{made.json['id']}")
        siege.revive(target.run)
        yield target.run


def _policy(siege: Siege, target: Target) -> dict[str, Any]:
    return {"empirical_policy": siege.state(target.run)["empirical_policy"]}


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _id(rng: Random) -> str:
    text = rng.randbytes(16).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


ATTACKS = (
    Attack("new deployments, entrypoints, pull steps", "P5.1", new_deployment, 8, 12, short=4),
    Attack("the run's own deployment PATCHed", "P5.1", changed_deployment, 2, 5),
    Attack("job variables", "P5.1", job_variables, 16, 8, short=20),
    Attack("pool template PATCHed", "P5.1", changed_pool, 2, 4),
    Attack("other pools, no deployment", "P5.1", foreign_pool, 8, 12, short=4),
    Attack("other tenants, fields the form lacks", "P5.1", other_tenant, 2, 8),
    Attack("automations", "P5.1", automations, 2, 4),
)
