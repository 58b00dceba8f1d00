"""How a worker starts the process of one run: always the same command, in an environment of its own making."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import anyio.abc
from prefect.runner._process_manager import ProcessHandle

from deployments.environment import scrubbed
from deployments.secret import inherited
from tasks.adapters import settings

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from prefect.runner._control_channel import ControlChannel

COMMAND = (sys.executable, "-P", "-m", "deployments.child")


class ChildStarter:
    """Starts one run's process and waits for its end.

    Args:
        alive: the locked descriptor that the process shall hold while it lives.
        control: through which Prefect tells it that it was cancelled.
    """

    def __init__(self, alive: int, control: "ControlChannel") -> None:
        self._alive, self._control = alive, control
        self._process: anyio.abc.Process | None = None

    async def start(
        self,
        flow_run: "FlowRun",
        task_status: "anyio.abc.TaskStatus[ProcessHandle]" = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Start the process, tell its handle, and return when it has ended."""
        port, token = self._control.register(flow_run.id)
        told = {
            "PREFECT__FLOW_RUN_ID": str(flow_run.id),
            "PREFECT__CONTROL_PORT": str(port),
            "PREFECT__CONTROL_TOKEN": token,
            "PREFECT__ENABLE_CANCELLATION_AND_CRASHED_HOOKS": "false",
        }
        async with await anyio.open_process(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=None,
            stderr=None,
            env=scrubbed(os.environ) | told,
            cwd=settings.load().project,
            pass_fds=(self._alive, *inherited()),
            start_new_session=True,
        ) as self._process:
            task_status.started(ProcessHandle(self._process))
            await self._process.wait()

    def end(self, *, kill: bool) -> None:
        """Ask the process to end, or kill it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
