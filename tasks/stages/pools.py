"""What one work pool does: what runs, what waits for a slot and why, with numbers; read through plain HTTP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.adapters.prefect_api import PrefectApi

LINE_MAX = 1000
AT_WORK = ["PENDING", "RUNNING", "CANCELLING"]
FINAL = ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]
Run = Mapping[str, Any]


@dataclass(frozen=True)
class Slots:
    """How many of its slots something uses; `limit` is None where nothing limits it."""

    limit: int | None
    used: int

    def full(self) -> bool:
        """Return whether no slot is left."""
        return self.limit is not None and self.used >= self.limit


@dataclass(frozen=True)
class Queue:
    """One queue; a lower priority number goes first."""

    name: str
    priority: int
    paused: bool
    slots: Slots


@dataclass(frozen=True)
class Pool:
    """One work pool as its server tells it."""

    name: str
    paused: bool
    workers_online: int
    slots: Slots
    queues: tuple[Queue, ...]


@dataclass(frozen=True)
class InLine:
    """A run that is due and waits for a slot.

    Attributes:
        position: 1 for the run that goes next; queues of a higher priority go first.
        waited_s: seconds since it was due.
        reasons: all of what keeps it from starting.
    """

    run: str
    name: str
    queue: str
    position: int
    waited_s: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class AtWork:
    """A run that executes, or whose process is being started or ended."""

    run: str
    name: str
    state: str
    since: str | None


@dataclass(frozen=True)
class Activity:
    """Everything in one pool.

    Attributes:
        n_waiting: runs that are due, also those beyond the first thousand that `line` holds.
    """

    pool: Pool
    at_work: tuple[AtWork, ...]
    line: tuple[InLine, ...]
    n_waiting: int
    oldest_wait_s: int
    next: Run | None
    last: Run | None


def read(api: PrefectApi, name: str, now: datetime) -> Activity:
    """Return what happens in a pool now.

    Raises:
        UnavailableError: the server does not answer, or knows no such pool.
    """
    pool = _pool(api, name)
    due = {
        "state": {"type": {"any_": ["SCHEDULED"]}},
        "next_scheduled_start_time": {"before_": now.isoformat()},
    }
    later = due | {"next_scheduled_start_time": {"after_": now.isoformat()}}
    ended = {"state": {"type": {"any_": FINAL}}}
    waiting = _runs(api, name, due, "NEXT_SCHEDULED_START_TIME_ASC", LINE_MAX)
    line = in_line(pool, waiting, now)
    return Activity(
        pool=pool,
        at_work=tuple(
            _at_work(run) for run in _runs(api, name, _states(AT_WORK), "START_TIME_ASC", LINE_MAX)
        ),
        line=line,
        n_waiting=max(len(line), _count(api, name, due)),
        oldest_wait_s=max((one.waited_s for one in line), default=0),
        next=_first(_runs(api, name, later, "NEXT_SCHEDULED_START_TIME_ASC", 1)),
        last=_first(_runs(api, name, ended, "END_TIME_DESC", 1)),
    )


def in_line(pool: Pool, runs: Iterable[Run], now: datetime) -> tuple[InLine, ...]:
    """Return runs that are due in the order in which the server hands them out, with what each waits for."""
    queues = {queue.name: queue for queue in pool.queues}
    listed = sorted(runs, key=lambda run: (_priority(queues, run), run["next_scheduled_start_time"]))
    waits = [_waited_s(run, now) for run in listed]
    return tuple(
        InLine(
            run=str(run["id"]),
            name=str(run["name"]),
            queue=str(run["work_queue_name"]),
            position=position,
            waited_s=waited_s,
            reasons=_reasons(pool, queues.get(str(run["work_queue_name"])), position),
        )
        for position, (run, waited_s) in enumerate(zip(listed, waits, strict=True), 1)
    )


def _reasons(pool: Pool, queue: Queue | None, position: int) -> tuple[str, ...]:
    found = []
    if not pool.workers_online:
        found.append("no worker is online")
    if pool.paused:
        found.append("the pool is paused")
    if queue is not None and queue.paused:
        found.append(f"queue {queue.name} is paused")
    if pool.slots.full():
        found.append(f"{pool.slots.used} of {pool.slots.limit} slots of the pool are used")
    if queue is not None and queue.slots.full():
        found.append(f"{queue.slots.used} of {queue.slots.limit} slots of queue {queue.name} are used")
    if not found:
        found.append(f"{position - 1} go first" if position > 1 else "the worker takes it at its next look")
    return tuple(found)


def _pool(api: PrefectApi, name: str) -> Pool:
    found = api.get(f"/work_pools/{name}")
    workers = api.pages(f"/work_pools/{name}/workers/filter", {}, LINE_MAX)
    queues = api.pages(f"/work_pools/{name}/queues/filter", {}, LINE_MAX)
    held = api.post(f"/work_pools/{name}/concurrency_status", {"flow_run_limit": 0, "limit": 200})
    used = {queue["queue_name"]: queue["active_slots"] for queue in held["queues"]}
    return Pool(
        name=name,
        paused=found["is_paused"],
        workers_online=sum(worker.get("status") == "ONLINE" for worker in workers),
        slots=Slots(found["concurrency_limit"], held["active_slots"]),
        queues=tuple(
            Queue(
                queue["name"],
                queue["priority"],
                queue["is_paused"],
                Slots(queue["concurrency_limit"], used.get(queue["name"], 0)),
            )
            for queue in queues
        ),
    )


def _runs(
    api: PrefectApi, pool: str, which: Mapping[str, Any], sort: str, n_max: int
) -> list[dict[str, Any]]:
    asked = {"work_pools": {"name": {"any_": [pool]}}, "flow_runs": which, "sort": sort}
    return api.pages("/flow_runs/filter", asked, n_max)


def _count(api: PrefectApi, pool: str, which: Mapping[str, Any]) -> int:
    found: int = api.post("/flow_runs/count", {"work_pools": {"name": {"any_": [pool]}}, "flow_runs": which})
    return found


def _states(types: list[str]) -> dict[str, Any]:
    return {"state": {"type": {"any_": types}}}


def _at_work(run: Run) -> AtWork:
    since = run.get("start_time") or (run.get("state") or {}).get("timestamp")
    return AtWork(str(run["id"]), str(run["name"]), str(run["state_name"]), since)


def _first(runs: list[dict[str, Any]]) -> Run | None:
    return runs[0] if runs else None


def _priority(queues: Mapping[str, Queue], run: Run) -> int:
    queue = queues.get(str(run["work_queue_name"]))
    return queue.priority if queue else 0


def _waited_s(run: Run, now: datetime) -> int:
    return max(0, int((now - datetime.fromisoformat(run["next_scheduled_start_time"])).total_seconds()))
