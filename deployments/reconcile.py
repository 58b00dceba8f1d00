"""What Prefect believes about runs, held against which processes live.

A worker that is killed leaves its runs Running for ever, and their slots taken.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from policy_checks.errors import UnavailableError
from tasks.adapters import live_runs
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.run_folder import WAITING

UNDER_WAY = ("PENDING", "RUNNING", "CANCELLING")
SUBMITTING = timedelta(seconds=60)
SUSPENDING = timedelta(minutes=10)
N_MAX = 1000


def end_dead_runs(
    api: PrefectApi, home: Path, pools: tuple[str, ...], now: datetime, *, starting: bool
) -> tuple[str, ...]:
    """Give runs without a living process the state that is true; return their ids.

    What never began goes back to the queue. What was at work has crashed: its folder and its reservation
    are settled by whoever prepares the state folder next.

    Args:
        starting: no worker of ours lives, so that a run that is being submitted is nobody's.
    """
    ended = []
    for run in api.pages("/flow_runs/filter", _in_states(pools, UNDER_WAY), N_MAX):
        recent = now - datetime.fromisoformat(run["state"]["timestamp"]) < SUBMITTING
        if run["state_type"] == "PENDING" and recent and not starting:
            continue
        if live_runs.is_alive(home, run["id"]):
            continue
        # Read again: a process that ended well between the question and the lock has said so by now.
        if api.get(f"/flow_runs/{run['id']}")["state_id"] == run["state_id"]:
            api.post(f"/flow_runs/{run['id']}/set_state", {"state": _truth(run), "force": True})
            ended.append(str(run["id"]))
    return tuple(ended)


def wake_expired(api: PrefectApi, home: Path, now: datetime) -> tuple[str, ...]:
    """Resume suspended runs whose question nobody answered in time, so that they end as Expired; return their ids."""
    woken = []
    for run, until in _waiting(home):
        if until > now:
            continue
        with suppress(UnavailableError):  # Another server's run, or one that was deleted there.
            if api.get(f"/flow_runs/{run}")["state_type"] == "PAUSED":
                api.post(f"/flow_runs/{run}/resume", {"run_input": {}})
                woken.append(run)
    return tuple(woken)


def wake_unanswerable(
    api: PrefectApi, home: Path, pools: tuple[str, ...], now: datetime, *, starting: bool
) -> tuple[str, ...]:
    """Have suspended runs that Prefect lets nobody answer ask again; return their ids.

    Prefect suspends a run first and keeps the form for its answer afterwards. A process that was killed between
    the two leaves a run that takes no answer, and no end either.

    Args:
        starting: look at all of them, not only at those that were suspended lately.
    """
    woken = []
    for run in api.pages("/flow_runs/filter", _in_states(pools, ("PAUSED",)), N_MAX):
        lately = now - datetime.fromisoformat(run["state"]["timestamp"]) < SUSPENDING
        if (lately or starting) and not live_runs.is_alive(home, run["id"]) and _lacks_form(api, run):
            again = {
                "type": "SCHEDULED",
                "name": "Scheduled",
                "message": "Its question could not be answered.",
            }
            api.post(f"/flow_runs/{run['id']}/set_state", {"state": again, "force": True})
            woken.append(str(run["id"]))
    return tuple(woken)


def _in_states(pools: tuple[str, ...], types: tuple[str, ...]) -> dict[str, Any]:
    return {
        "work_pools": {"name": {"any_": list(pools)}},
        "flow_runs": {"state": {"type": {"any_": list(types)}}},
    }


def _lacks_form(api: PrefectApi, run: dict[str, Any]) -> bool:
    keys = run["state"]["state_details"].get("run_input_keyset") or {}
    if "schema" not in keys:
        return False
    return not api.post(f"/flow_runs/{run['id']}/input/filter", {"prefix": keys["schema"]})


def _truth(run: dict[str, Any]) -> dict[str, Any]:
    if run["state_type"] == "PENDING":
        return {"type": "SCHEDULED", "name": "Scheduled", "message": "Its worker ended before the run began."}
    if run["state_type"] == "CANCELLING":
        return {"type": "CANCELLED", "name": "Cancelled", "message": "Its process had ended."}
    return {"type": "CRASHED", "name": "Crashed", "message": "Its process ended without saying why."}


def _waiting(home: Path) -> Iterator[tuple[str, datetime]]:
    """Yield each suspended run of this state folder with its question's deadline."""
    for mark in home.glob(f"tenants/*/runs/.*.partial/{WAITING}"):
        with suppress(OSError, ValueError):
            run = mark.parent.name.removeprefix(".").removesuffix(".partial")
            yield run, datetime.fromisoformat(mark.read_text(encoding="ascii"))
