"""The line before a work pool is told in the order in which the server hands runs out, with its numbers."""

from datetime import timedelta
from uuid import uuid4

import pytest

from policy_checks.errors import UnavailableError
from tasks.adapters import settings
from tasks.stages import pools
from tasks.stages.pools import Pool, Queue, Slots, in_line
from tests.documents import NOW
from tests.paused import Desk

QUEUES = ("high", "normal", "low")


@pytest.fixture
def desk(prefect_url):
    made = Desk(prefect_url)
    yield made
    made.remove()


def a_pool(**changes) -> Pool:
    fields = {
        "name": "p", "paused": False, "workers_online": 1, "slots": Slots(1, 0),
        "queues": tuple(Queue(name, n, False, Slots(None, 0)) for n, name in enumerate(QUEUES, 1)),
    }  # fmt: skip
    return Pool(**(fields | changes))


def due(queue: str, minutes: int) -> dict[str, str]:
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    return {
        "id": f"{queue}-{minutes}",
        "name": "r",
        "work_queue_name": queue,
        "next_scheduled_start_time": at,
    }


def test_a_queue_of_a_higher_priority_goes_first_and_then_who_waits_longest():
    line = in_line(
        a_pool(), [due("low", 9), due("normal", 1), due("high", 2), due("normal", 5), due("high", 3)], NOW
    )
    assert [one.run for one in line] == ["high-3", "high-2", "normal-5", "normal-1", "low-9"]
    assert [one.position for one in line] == [1, 2, 3, 4, 5]
    assert [one.waited_s for one in line] == [180, 120, 300, 60, 540]


@pytest.mark.parametrize(
    ("pool", "reasons"),
    [
        pytest.param(a_pool(), ("the worker takes it at its next look",), id="nothing"),
        pytest.param(a_pool(slots=Slots(3, 2)), ("the worker takes it at its next look",), id="one-slot-left"),
        pytest.param(a_pool(slots=Slots(3, 3)), ("3 of 3 slots of the pool are used",), id="all-slots-used"),
        pytest.param(a_pool(slots=Slots(None, 99)), ("the worker takes it at its next look",), id="no-limit"),
        pytest.param(a_pool(slots=Slots(0, 0)), ("0 of 0 slots of the pool are used",), id="a-limit-of-none"),
        pytest.param(a_pool(workers_online=0), ("no worker is online",), id="no-worker"),
        pytest.param(a_pool(paused=True), ("the pool is paused",), id="paused-pool"),
        pytest.param(
            a_pool(queues=(Queue("normal", 1, True, Slots(2, 2)),), slots=Slots(1, 1), workers_online=0),
            ("no worker is online", "queue normal is paused", "1 of 1 slots of the pool are used",
             "2 of 2 slots of queue normal are used"),
            id="all-at-once",
        ),
    ],
)  # fmt: skip
def test_each_thing_that_keeps_a_run_waiting_is_told(pool, reasons):
    (only,) = in_line(pool, [due("normal", 1)], NOW)
    assert only.reasons == reasons


def test_who_stands_behind_others_is_told_how_many():
    assert [
        one.reasons[0] for one in in_line(a_pool(), [due("low", 1), due("low", 2), due("low", 3)], NOW)
    ] == [
        "the worker takes it at its next look",
        "1 go first",
        "2 go first",
    ]


def scheduled(desk: Desk, pool: str, queue: str, minutes: int) -> str:
    at = (settings.now() - timedelta(minutes=minutes)).isoformat()
    state = {"type": "SCHEDULED", "name": "Scheduled", "state_details": {"scheduled_time": at}}
    return desk.run(work_pool_name=pool, work_queue_name=queue, state=state)


def in_state(desk: Desk, pool: str, kind: str, name: str, queue: str = "normal") -> str:
    run = desk.run(work_pool_name=pool, work_queue_name=queue)
    desk.state(run, kind, name)
    return run


def test_what_the_server_holds_is_told_with_its_numbers(desk):
    pool = desk.pool(f"atomq-test-{uuid4().hex[:8]}", concurrency_limit=3)
    desk.api.patch(f"/work_pools/{pool}/queues/low", {"concurrency_limit": 1})
    working = in_state(desk, pool, "RUNNING", "Running")
    starting = in_state(desk, pool, "PENDING", "Pending", "low")
    in_state(desk, pool, "PAUSED", "Suspended")
    low, normal = scheduled(desk, pool, "low", 30), scheduled(desk, pool, "normal", 10)
    high = scheduled(desk, pool, "high", 1)
    tomorrow, later = scheduled(desk, pool, "normal", -1440), scheduled(desk, pool, "normal", -2880)
    in_state(desk, pool, "CRASHED", "Crashed")
    ended = in_state(desk, pool, "COMPLETED", "Degraded")
    desk.api.post(f"/work_pools/{pool}/workers/heartbeat", {"name": "w", "heartbeat_interval_seconds": 30})
    found = pools.read(desk.api, pool, settings.now())
    assert (found.pool.slots, found.pool.workers_online, found.pool.paused) == (Slots(3, 2), 1, False)
    assert {queue.name: queue.slots for queue in found.pool.queues if queue.name in QUEUES} == {
        "high": Slots(None, 0),
        "normal": Slots(None, 1),
        "low": Slots(1, 1),
    }
    assert {one.run: one.state for one in found.at_work} == {working: "Running", starting: "Pending"}
    assert [one.run for one in found.line] == [high, normal, low]
    assert found.line[-1].reasons == ("1 of 1 slots of queue low are used",)
    assert (found.n_waiting, found.oldest_wait_s // 60) == (3, 30)
    assert found.next is not None
    assert found.last is not None
    assert (found.next["id"], found.last["id"]) == (tomorrow, ended)
    assert later != tomorrow


def test_a_full_pool_and_a_paused_one_say_so(desk):
    pool = desk.pool(f"atomq-test-{uuid4().hex[:8]}", concurrency_limit=1)
    in_state(desk, pool, "RUNNING", "Running")
    scheduled(desk, pool, "normal", 2)
    desk.api.patch(f"/work_pools/{pool}", {"is_paused": True})
    (waiting,) = pools.read(desk.api, pool, settings.now()).line
    assert waiting.reasons == (
        "no worker is online", "the pool is paused", "1 of 1 slots of the pool are used"
    )  # fmt: skip


def test_the_line_is_the_order_in_which_the_server_gives_runs_to_a_worker(desk):
    pool = desk.pool(f"atomq-test-{uuid4().hex[:8]}")
    for minutes, queue in ((5, "low"), (3, "high"), (9, "normal"), (1, "high"), (7, "low"), (2, "normal")):
        scheduled(desk, pool, queue, minutes)
    now = settings.now()
    given = desk.api.post(
        f"/work_pools/{pool}/get_scheduled_flow_runs", {"scheduled_before": now.isoformat()}
    )
    line = pools.read(desk.api, pool, now).line
    assert [one.run for one in line] == [one["flow_run"]["id"] for one in given]


def test_a_pool_that_is_not_there_is_a_fault(desk):
    with pytest.raises(UnavailableError, match="prefect-answer"):
        pools.read(desk.api, "atomq-none", settings.now())
