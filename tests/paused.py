"""Paused runs on a real Prefect server that ask what a test lets them ask, without a flow behind them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.servers import Server
from tests.approvals import artifact


@dataclass
class Desk:
    """A server, and what was put on it for one test.

    Attributes:
        runs: flow runs made here, to be removed in the end.
    """

    url: str
    runs: list[str] = field(default_factory=list)
    pools: list[str] = field(default_factory=list)
    deployment: str = ""

    @property
    def api(self) -> PrefectApi:
        """The server's API."""
        return PrefectApi(Server(self.url))

    def run(self, **fields: Any) -> str:
        """A flow run of a deployment, or of a work pool that is named, as it was just created; its id."""
        flow = self.api.post("/flows/", {"name": "hybrid-run"})["id"]
        if "work_pool_name" in fields:
            made = self.api.post("/flow_runs/", {"flow_id": flow} | fields)
        else:
            if not self.deployment:
                wanted = {"name": f"d-{uuid4().hex[:8]}", "flow_id": flow}
                self.deployment = self.api.post("/deployments/", wanted)["id"]
            made = self.api.post(f"/deployments/{self.deployment}/create_flow_run", fields)
        self.runs.append(made["id"])
        return self.runs[-1]

    def asking(self, *bundles: Callable[[str], bytes], attempt: int = 1) -> str:
        """A run that was suspended after publishing what is made of its id, the newest last."""
        run = self.run()
        self.publish(run, *bundles)
        self.suspend(run, attempt)
        return run

    def publish(self, run: str, *bundles: Callable[[str], bytes]) -> None:
        """Let a run publish questions."""
        for bundle in bundles:
            self.put(run, artifact(bundle(run)))

    def put(self, run: str, text: str) -> None:
        """Put any text where questions are looked for, as whoever reaches the API can."""
        made = {"key": "approval-request", "type": "markdown", "data": text, "flow_run_id": run}
        self.api.post("/artifacts/", made)

    def suspend(self, run: str, attempt: int = 1) -> None:
        """Pause a run as `suspend_flow_run(wait_for_input=Answer)` does."""
        from flows.approval import Answer

        base = f"suspended-approval-{attempt}"
        keys = {name: f"{base}-{name}" for name in ("description", "response", "schema")}
        schema = json.dumps(Answer.model_json_schema())
        self.api.post(f"/flow_runs/{run}/input", {"key": keys["schema"], "value": schema})
        self.state(
            run, "PAUSED", "Suspended",
            state_details={"pause_reschedule": True, "pause_key": f"approval-{attempt}", "run_input_keyset": keys},
        )  # fmt: skip

    def state(self, run: str, kind: str, name: str, **more: Any) -> None:
        """Put a run into a state, whatever Prefect's rules say."""
        wanted = {"type": kind, "name": name} | more
        answered = self.api.post(f"/flow_runs/{run}/set_state", {"state": wanted, "force": True})
        assert answered["status"] == "ACCEPT", answered

    def answered(self, run: str, attempt: int = 1) -> dict[str, str]:
        """What the run was resumed with."""
        found = self.api.get(f"/flow_runs/{run}/input/suspended-approval-{attempt}-response")
        return json.loads(found) if isinstance(found, str) else found

    def state_of(self, run: str) -> str:
        """The name of a run's state."""
        return str(self.api.get(f"/flow_runs/{run}")["state_name"])

    def pool(self, name: str, **fields: Any) -> str:
        """A work pool with the queues of ours."""
        self.api.post("/work_pools/", {"name": name, "type": "process"} | fields)
        self.pools.append(name)
        for priority, queue in enumerate(("high", "normal", "low"), 1):
            self.api.post(f"/work_pools/{name}/queues", {"name": queue, "priority": priority})
        return name

    def remove(self) -> None:
        """Remove everything that was made here."""
        for path in (
            *(f"/flow_runs/{run}" for run in self.runs),
            *(f"/work_pools/{pool}" for pool in self.pools),
        ):
            self.api._call("DELETE", path, None)
