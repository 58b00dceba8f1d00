"""The worker: takes runs of one work pool and starts one fixed command for each.

Whoever reaches Prefect's API can write deployments, pools and runs. So nothing that comes from there says
what is executed: entrypoints, pull steps, commands, environments, folders, job variables and pool
templates are not read. The flow's name picks an installed flow from `prefect.yaml`; the rest is judged
inside that flow, by signatures.
"""

import argparse
import os
import signal
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, Self
from uuid import UUID

import anyio
import httpx
from prefect.client.schemas.objects import State
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.runner._flow_run_executor import FlowRunExecutorContext
from prefect.states import Cancelled
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from deployments.child_process import ChildStarter
from deployments.lifeline import DRAIN_S, KILL_S, end_with_parent
from deployments.site import NO_VARIABLES, POOL_TYPE, Site, site
from policy_checks.errors import AtomqError
from tasks.adapters import live_runs, settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.stages.log_lines import keep_values_out

if TYPE_CHECKING:
    from anyio.abc import TaskStatus
    from prefect.client.schemas.objects import Flow, FlowRun

POLL_S = 0.1
HEAD = 10
FULL_POLL_S = 20  # Prefect takes a pool that nobody has asked about for a minute for one without workers.


class FixedConfiguration(ProcessJobConfiguration):
    """What a run's job is configured with, whatever the API says: nothing."""

    @classmethod
    async def resolve_for_flow_run(cls, flow_run: "FlowRun", **_: object) -> Self:
        """Return the empty configuration; the run is named in it for the worker's events."""
        configuration = cls()
        configuration._related_objects = {"flow-run": flow_run}
        return configuration


class NoHooks:
    """Hooks are code that Prefect would load by an entrypoint from the API: none run here."""

    async def run_cancellation_hooks(self, flow_run: "FlowRun", state: State) -> None:
        """Do nothing."""

    async def run_crashed_hooks(self, flow_run: "FlowRun", state: State) -> None:
        """Do nothing."""


class TenantWorker(ProcessWorker):
    """Runs installed flows for one tenant, or for the system."""

    type = POOL_TYPE
    job_configuration = FixedConfiguration
    job_configuration_variables = None
    _display_name = "atomq"
    _description = "Runs installed flows only; takes no command, environment or code from the API."

    def __init__(self, served: Site) -> None:
        super().__init__(
            work_pool_name=served.pool,
            name=served.pool,
            limit=served.runs_max,
            prefetch_seconds=0,
            create_pool_if_not_found=False,
        )
        self._site, self._home = served, settings.load().home
        self._children: dict[UUID, ChildStarter] = {}
        self._draining = False
        self._asked = float("-inf")

    @classmethod
    def get_default_base_job_template(cls) -> dict[str, Any]:
        """Return a template without variables, so that the API refuses job variables with 422."""
        return NO_VARIABLES

    async def __aenter__(self) -> Self:
        """Prepare without the runner that a stock process worker keeps for code sent to it."""
        await BaseWorker.__aenter__(self)
        return self

    async def __aexit__(self, *exc_info: Any) -> None:
        """Clean up."""
        await BaseWorker.__aexit__(self, *exc_info)

    async def _submit_adhoc_run(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError("this worker runs nothing but installed flows")

    async def get_and_submit_flow_runs(self) -> "list[FlowRun]":
        """Take what is due, unless this worker is about to stop; one that is full asks seldom."""
        full = self._limiter is not None and self._limiter.available_tokens < 1
        if self._draining or (full and time.monotonic() - self._asked < FULL_POLL_S):
            return []
        self._asked = time.monotonic()
        return await super().get_and_submit_flow_runs()

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        """Ask for the head of the queue; the base class asks for 200 runs each second, which keeps a server busy."""
        asked = {"scheduled_before": str(settings.now()), "limit": self._site.runs_max + HEAD}
        where = {"name": self._site.pool}
        try:
            found = await self.client.request(
                "POST", "/work_pools/{name}/get_scheduled_flow_runs", path_params=where, json=asked
            )
        except PrefectHTTPStatusError as error:
            if error.response.status_code == HTTPStatus.NOT_FOUND:
                return []
            raise
        return WorkerFlowRunResponse.model_validate_list(found.json())

    async def _submit_scheduled_flow_runs(
        self, flow_run_response: list[WorkerFlowRunResponse]
    ) -> "list[FlowRun]":
        """Leave a run that still holds its slot for the next poll: it was resumed before its last process had ended.

        The base class would ask for the slot a second time, and the fault would end this worker and all its runs.
        """
        held = self._limiter.statistics().borrowers if self._limiter else ()
        free = [found for found in flow_run_response if found.flow_run.id not in held]
        return await super()._submit_scheduled_flow_runs(free)

    async def _submit_run(self, flow_run: "FlowRun") -> None:
        try:
            code = await self._reason_to_refuse(flow_run)
            if code is not None:
                await self._refuse(flow_run, code)
            elif not live_runs.is_alive(self._home, str(flow_run.id)):
                await super()._submit_run(flow_run)
                return
        except (httpx.HTTPError, AtomqError):
            # The run stays Scheduled, so the next poll finds it again: what cannot be recorded is not refused either.
            self._logger.warning("flow run %s is looked at again later", flow_run.id)
        self._release_limit_slot(flow_run.id)
        self._submitting_flow_run_ids.discard(flow_run.id)

    async def _reason_to_refuse(self, flow_run: "FlowRun") -> str | None:
        """Return why this run may not be executed here, or None."""
        if flow_run.deployment_id is None:
            return "deployment-absent"
        try:
            deployment = await self.client.read_deployment(flow_run.deployment_id)
        except ObjectNotFound:
            return "deployment-absent"
        flow: Flow = await self.client.read_flow(flow_run.flow_id)
        if deployment.work_pool_name != self._site.pool:
            return "pool-foreign"
        if deployment.name != self._site.label or deployment.flow_id != flow_run.flow_id:
            return "deployment-unknown"
        return None if flow.name in self._site.flows else "flow-unknown"

    async def _refuse(self, flow_run: "FlowRun", code: str) -> None:
        await anyio.to_thread.run_sync(self._record_refusal, str(flow_run.id), code)
        message = f"This worker runs the applied deployments of {self._site.pool} only [{code}]."
        with suppress(ObjectNotFound):
            refused: State = Cancelled(name="Refused", message=message)
            await self.client.set_flow_run_state(flow_run.id, refused, force=True)

    def _record_refusal(self, run: str, code: str) -> None:
        log = AuditLog(self._home)
        try:
            tenant = self._site.label if self._site.tenant else None
            event = event_of("run", run, "run.refused", code)
            log.append("run.refused", {"code": code}, tenant=tenant, run=run, event=event)
        finally:
            log.close()

    async def run(
        self,
        flow_run: "FlowRun",
        configuration: ProcessJobConfiguration,
        task_status: "TaskStatus[int] | None" = None,
    ) -> ProcessWorkerResult:
        """Start the fixed command for a run, and return when its process has ended."""
        with live_runs.held(self._home, str(flow_run.id)) as alive:
            async with FlowRunExecutorContext() as context:
                child = ChildStarter(alive, context.control_channel)
                self._children[flow_run.id] = child
                try:
                    return await self._execute(flow_run, context, child, task_status)
                finally:
                    del self._children[flow_run.id]

    async def _execute(
        self,
        flow_run: "FlowRun",
        context: FlowRunExecutorContext,
        child: ChildStarter,
        task_status: "TaskStatus[int] | None",
    ) -> ProcessWorkerResult:
        executor = context.create_executor(flow_run, child, propose_submitting=False, hook_runner=NoHooks())
        async with anyio.create_task_group() as group:
            handle = await group.start(executor.submit)
            if task_status is not None:
                task_status.started(handle.pid)
        # The executor has reported a crash; a status here would make the base class report it again.
        return ProcessWorkerResult(status_code=0, identifier=str(handle.pid))

    async def drain(self) -> None:
        """Take no more runs, let those at work end for a while, then end them; they become Crashed."""
        self._draining = True
        if not await self._empty(DRAIN_S):
            self._end_children(kill=False)
        if not await self._empty(KILL_S):
            self._end_children(kill=True)
        await self._empty(KILL_S)

    async def _empty(self, within_s: float) -> bool:
        with anyio.move_on_after(within_s):
            while self._children or self._submitting_flow_run_ids:
                await anyio.sleep(POLL_S)
        return not self._children

    def _end_children(self, *, kill: bool) -> None:
        for child in self._children.values():
            child.end(kill=kill)


async def serve(served: Site) -> None:
    """Work until SIGTERM or SIGINT, then drain; a second signal ends what still runs at once."""
    worker = TenantWorker(served)
    async with anyio.create_task_group() as group:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            group.start_soon(worker.start)
            async for _ in signals:
                if worker._draining:
                    worker._end_children(kill=False)
                else:
                    group.start_soon(_drained, worker, group.cancel_scope)


async def _drained(worker: TenantWorker, scope: anyio.CancelScope) -> None:
    await worker.drain()
    scope.cancel()


def main() -> None:
    """Serve one tenant's pool, or the system's."""
    parser = argparse.ArgumentParser(prog="python -m deployments.worker", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--tenant", help="a registered tenant's name")
    which.add_argument("--system", action="store_true", help="rotation and verification")
    chosen = parser.parse_args()
    keep_values_out()
    end_with_parent()
    if chosen.tenant:
        os.environ["ATOMQ_TENANT"] = chosen.tenant
    anyio.run(serve, site(settings.load(), chosen.tenant))
    sys.exit(0)


if __name__ == "__main__":
    main()
