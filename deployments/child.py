"""The process of one run: the flow of that name from `prefect.yaml`, run by Prefect's engine.

Parameters reach the flow unread, as one form that it judges itself.
"""

import os
import sys
from contextlib import suppress
from typing import NoReturn
from uuid import UUID

from deployments.lifeline import end_with_parent
from tasks.stages.log_lines import keep_values_out

DRAIN_S = 5


def main() -> NoReturn:
    """Run the flow run that the worker named, and end at once when it is over."""
    keep_values_out()
    end_with_parent()
    code: int | str | None = 1
    try:
        _run(UUID(os.environ["PREFECT__FLOW_RUN_ID"]))
        code = 0
    except SystemExit as ended:
        code = ended.code
    finally:
        _leave(code if isinstance(code, int) else 1)


def _run(flow_run_id: UUID) -> None:
    from prefect._internal.control_listener import configure_from_env
    from prefect.engine import handle_engine_signals

    configure_from_env()
    with handle_engine_signals(flow_run_id):
        from prefect.client.orchestration import get_client
        from prefect.flow_engine import run_flow
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

        from deployments.site import site
        from tasks.adapters import settings

        served = site(settings.load(), os.environ.get("ATOMQ_TENANT"))
        with get_client(sync_client=True) as client:
            flow_run = client.read_flow_run(flow_run_id)
            name = client.read_flow(flow_run.flow_id).name
        # The worker looked at the name too; whoever changed it since gets another installed flow, or this error.
        flow = served.flows[name].flow()
        parameters = {"form": flow_run.parameters} if served.tenant else {}
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            run_flow(flow, flow_run=flow_run, parameters=parameters)


def _leave(code: int) -> NoReturn:
    """End without the seconds that an interpreter full of libraries takes to clean up."""
    simulator = sys.modules.get("tasks.stages.simulator")
    if simulator is not None:
        simulator.WORKER.close()
    with suppress(Exception):
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker

        EventsWorker.drain_all(timeout=DRAIN_S)
        APILogWorker.drain_all(timeout=DRAIN_S)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
