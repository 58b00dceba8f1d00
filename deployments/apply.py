"""Make a Prefect server hold what `prefect.yaml` declares: pools, queues and deployments; again, and nothing changes."""

from typing import Any

from deployments.form_schema import form_schema
from deployments.site import NO_VARIABLES, POOL_TYPE, Declaration, Site, declared
from policy_checks.errors import UnavailableError
from tasks.adapters import template_store
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.settings import Settings

FORM_FLOW = "hybrid-run"
FIRST_QUEUE, QUEUE_OF_UNROUTED = "default", "normal"


def apply(api: PrefectApi, state: Settings, served: tuple[Site, ...]) -> tuple[str, ...]:
    """Create or restore what each site needs; return the names of what was changed.

    Raises:
        UnavailableError: the server does not answer, or a pool of ours is of another type.
    """
    changed: list[str] = []
    for site in served:
        changed += _pool(api, site) + _queues(api, site.pool)
        for declaration in site.flows.values():
            changed += _deployment(api, state, site, declaration)
    return tuple(changed)


def missing(api: PrefectApi, served: tuple[Site, ...]) -> tuple[str, ...]:
    """Return the names of pools and deployments that the server lacks."""
    pools = [site.pool for site in served if _found_pool(api, site.pool) is None]
    wanted = [(name, site.label) for site in served for name in site.flows]
    absent = [f"{flow}/{label}" for flow, label in wanted if _found_deployment(api, flow, label) is None]
    return (*pools, *absent)


def _pool(api: PrefectApi, site: Site) -> list[str]:
    wanted = {"base_job_template": NO_VARIABLES, "concurrency_limit": site.runs_max}
    found = _found_pool(api, site.pool)
    if found is None:
        api.post("/work_pools/", {"name": site.pool, "type": POOL_TYPE, **wanted})
    elif found["type"] != POOL_TYPE:
        raise UnavailableError(
            "pool-foreign",
            f"The work pool {site.pool} is of type {found['type']}, not {POOL_TYPE}.",
            "Somebody else made it: remove it in Prefect, then start again.",
        )
    elif _holds(found, wanted):
        return []
    else:
        api.patch(f"/work_pools/{site.pool}", wanted)
    return [site.pool]


def _queues(api: PrefectApi, pool: str) -> list[str]:
    """Name the pool's first queue, where runs without a queue go, and put the others around it."""
    path = f"/work_pools/{pool}/queues"
    wanted = sorted(declared().queues, key=declared().queues.__getitem__)
    found = _queue_names(api, path)
    if [name for name in found if name in wanted] == wanted:
        return []
    if FIRST_QUEUE in found and QUEUE_OF_UNROUTED not in found:
        api.patch(f"{path}/{FIRST_QUEUE}", {"name": QUEUE_OF_UNROUTED})
        found = [QUEUE_OF_UNROUTED if name == FIRST_QUEUE else name for name in found]
    for name in wanted:
        if name not in found:
            api.post(path, {"name": name})
    for name in wanted:
        api.patch(f"{path}/{name}", {"priority": declared().queues[name]})
    return [f"{pool}/{name}" for name in wanted]


def _queue_names(api: PrefectApi, path: str) -> list[str]:
    found = api.post(f"{path}/filter", {})
    return [str(queue["name"]) for queue in sorted(found, key=lambda queue: int(queue["priority"]))]


def _deployment(api: PrefectApi, state: Settings, site: Site, declaration: Declaration) -> list[str]:
    wanted = _wanted(state, site, declaration)
    found = _found_deployment(api, declaration.flow_name, site.label)
    if found is not None and _holds(found, wanted):
        return []
    flow = api.post("/flows/", {"name": declaration.flow_name})
    api.post("/deployments/", wanted | {"flow_id": flow["id"]})
    return [f"{declaration.flow_name}/{site.label}"]


def _wanted(state: Settings, site: Site, declaration: Declaration) -> dict[str, Any]:
    active = not declaration.parameters or _has_template(state, site, declaration)
    schedules = [
        {"active": active, "schedule": {"cron": schedule.cron, "timezone": schedule.timezone}}
        for schedule in declaration.schedules
    ]
    return {
        "name": site.label,
        "entrypoint": declaration.entrypoint,
        "description": declaration.description,
        "work_pool_name": site.pool,
        "work_queue_name": declaration.work_pool.work_queue_name,
        "parameters": declaration.parameters,
        "parameter_openapi_schema": _schema(state, site, declaration),
        "enforce_parameter_schema": True,
        "schedules": schedules,
        "job_variables": {},
        "pull_steps": None,
        "path": None,
        "tags": [],
    }


def _has_template(state: Settings, site: Site, declaration: Declaration) -> bool:
    return declaration.parameters["template"] in template_store.names(state.home, site.label)


def _schema(state: Settings, site: Site, declaration: Declaration) -> dict[str, Any]:
    if declaration.flow_name == FORM_FLOW:
        return form_schema(state.home, site.label)
    properties = {name: {"title": name.capitalize(), "type": "string"} for name in declaration.parameters}
    return {"title": "Parameters", "type": "object", "properties": properties, "definitions": {}}


def _found_pool(api: PrefectApi, name: str) -> dict[str, Any] | None:
    found: list[dict[str, Any]] = api.post("/work_pools/filter", {"work_pools": {"name": {"any_": [name]}}})
    return found[0] if found else None


def _found_deployment(api: PrefectApi, flow: str, name: str) -> dict[str, Any] | None:
    asked = {"flows": {"name": {"any_": [flow]}}, "deployments": {"name": {"any_": [name]}}}
    found: list[dict[str, Any]] = api.post("/deployments/filter", asked)
    return found[0] if found else None


def _holds(found: Any, wanted: Any) -> bool:
    """Return whether everything wanted is there; the server adds fields of its own, lists must agree whole."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or (not wanted and found):
            return False
        return all(name in found and _holds(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_holds, found, wanted))
    return bool(found == wanted)
