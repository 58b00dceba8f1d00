"""A Prefect server of a run's own, for as long as the run lasts.

Standard library only on this side, so that the server migrates its database while the caller is
still importing. It listens on loopback, keeps its database in the state folder, and ends when this
process does, however this process ends: it holds the reading end of a pipe whose writer dies with us.
"""

import errno
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import TemporaryDirectory
from typing import IO

from policy_checks.errors import UnavailableError
from tasks.adapters.files import Busy, locked, unwritable

STARTUP_S = 120
REACH_S = 5
POLL_S = 0.05
COLLECT_S, OLD_EVERY = 1, 60
FREE_BYTES_MIN = 8 << 20
SPARE = ".prefect-"
LOGGING = {
    "PREFECT_LOGGING_EXTRA_LOGGERS": "atomq",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_ENABLED": "0",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}


class TemporaryServer:
    """A server that was asked for; `wait` returns when it answers."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self._process, self.url, self._log = process, url, log

    def wait(self) -> None:
        """Return when the server is healthy.

        Raises:
            UnavailableError: it ended, or did not answer in time.
        """
        deadline = time.monotonic() + STARTUP_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2):  # noqa: S310
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(POLL_S)
        if disk_usage(self._log.parent).free < FREE_BYTES_MIN:
            raise unwritable(OSError(errno.ENOSPC, "no space"))
        raise UnavailableError(
            "prefect-unavailable",
            "The temporary Prefect server did not start.",
            f"See {self._log}; `atomq doctor` checks the installation.",
        )


def require_reachable(url: str) -> None:
    """Return if some server answers at the API that the person has set, whatever it answers.

    Raises:
        UnavailableError: nobody answers there.
    """
    try:
        urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=REACH_S).close()  # noqa: S310
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError):
        raise UnavailableError(
            "prefect-unreachable",
            "No Prefect server answers at PREFECT_API_URL.",
            "Start that server, or unset PREFECT_API_URL: the run then brings a server of its own.",
        ) from None


@contextmanager
def temporary_server(home: Path) -> Iterator[TemporaryServer]:
    """Start a server whose database lies in the state folder, and point this process at it.

    A second run at the same time finds the database in use and brings one of its own, which is
    removed afterwards.
    """
    with ExitStack() as stack:
        _sweep(home)
        folder = home / "prefect"
        try:
            stack.enter_context(locked(folder / ".lock", wait=False))
        except Busy:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix=SPARE, dir=home)))
            stack.enter_context(locked(folder / ".lock"))
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        os.environ |= QUIET | LOGGING | {"PREFECT_HOME": str(folder), "PREFECT_API_URL": url}
        log = folder / "server.log"
        process = _spawn(listener, stack.enter_context(log.open("wb")))
        stack.callback(_end, process)
        yield TemporaryServer(process, url, log)


def _sweep(home: Path) -> None:
    """Remove spare databases whose run was killed."""
    for folder in home.glob(f"{SPARE}*"):
        with suppress(Busy), locked(folder / ".lock", wait=False):
            rmtree(folder, ignore_errors=True)


def _spawn(listener: socket.socket, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    secrets = {"ATOMQ_KEY_PASSPHRASE", "ATOMQ_KEY_PASSPHRASE_FILE", "ATOMQ_DATABASE_URL", "ATOMQ_HOME"}
    environment = {name: value for name, value in os.environ.items() if name not in secrets}
    environment["PREFECT_API_DATABASE_CONNECTION_URL"] = (
        f"sqlite+aiosqlite:///{os.environ['PREFECT_HOME']}/prefect.db"
    )
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "flows.server", str(listener.fileno())],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=environment,
        pass_fds=(listener.fileno(),),
        start_new_session=True,
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def collect_elsewhere() -> None:
    """Have garbage collected by a thread of its own, never by the one that runs the event loop.

    A forgotten cursor is reset as it is freed, and waits for whatever its SQLite connection does. Freed by the
    event loop, it stopped the server for a minute: that connection waited for a lock, whose holder waited for
    the event loop.
    """

    def collect() -> None:
        for second in count(1):
            time.sleep(COLLECT_S)
            gc.collect(2 if second % OLD_EVERY == 0 else 1)

    gc.disable()
    threading.Thread(target=collect, daemon=True).start()


def _serve(descriptor: int) -> None:
    def end_with_parent() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    collect_elsewhere()
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        fd=descriptor,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
