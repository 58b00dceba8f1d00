"""A run that is ordered again before its process has ended neither ends its worker nor runs twice."""

import time

from tasks.adapters.files import locked

POLLS_S = 5


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
