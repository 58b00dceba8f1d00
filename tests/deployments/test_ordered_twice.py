"""A run that is ordered again neither ends its worker nor runs twice; a worker that has no room waits quietly."""

import time

from tasks.adapters.files import locked

POLLS_S = 5
N_WAITING = 3


def test_a_run_that_is_ordered_again_while_it_is_at_work_leaves_its_worker_alone(stack):
    with locked(stack.home / ".trust.lock"):  # The flow waits for it.
        run = stack.submit("rotate-keys")
        stack.wait(run, "RUNNING")
        before = {process.pid for process in stack.running("deployments.worker")}
        again = {"state": {"type": "SCHEDULED", "name": "Scheduled"}, "force": True}
        assert stack.api("POST", f"/flow_runs/{run}/set_state", again).status == 201
        time.sleep(POLLS_S)
        assert {process.pid for process in stack.running("deployments.worker")} == before
        assert len(stack.running("deployments.child")) == 1
    assert stack.wait(run)["state_type"] in {"COMPLETED", "CRASHED"}
    assert stack.wait(stack.submit("rotate-keys"))["state_type"] == "COMPLETED"


def test_a_worker_without_room_leaves_the_server_alone_and_takes_every_run_that_waited(stack):
    def polled() -> set[str]:
        return {
            one["last_polled"] for one in stack.api("POST", "/work_pools/atomq-system/queues/filter", {}).json
        }

    with locked(stack.home / ".trust.lock"):
        stack.wait(stack.submit("rotate-keys"), "RUNNING")
        waiting = [stack.submit("rotate-keys") for _ in range(N_WAITING)]
        time.sleep(POLLS_S / 2)  # Prefect writes down a little later that it was asked.
        seen = set()
        for _ in range(2 * POLLS_S):
            seen |= polled()
            time.sleep(0.5)
        assert len(seen) <= 2, "it asked more than once"
    assert {stack.wait(run)["state_type"] for run in waiting} == {"COMPLETED"}
