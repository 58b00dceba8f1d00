"""`atomq up` as a person would start it, in a state folder of its own on a free port, for tests to use and to break."""

import base64
import json
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tasks.adapters.servers import Server
from tests.conftest import ATOMQ, clean_environment

READY = "Ctrl-C ends it."
START_S = 180
END_S = 90
POLL_S = 0.2
FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@dataclass(frozen=True)
class Reply:
    """What the API answered."""

    status: int
    json: Any


class Stack:
    """A running `atomq up`.

    Attributes:
        home: its state folder, which may have been prepared before.
        url: the API's address.
        auth: "user:password".
        command: what starts it.
    """

    command: tuple[str, ...] = (str(ATOMQ), "up", "--port", "0")

    def __init__(self, home: Path, *words: str, **environment: str) -> None:
        self.home, self.url, self.auth = home, "", ""
        self._words, self._environment = words, environment
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Stack":
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.alive():
            self.stop()

    def start(self) -> "Stack":
        """Return when runs can be submitted."""
        self.printed = self.home.with_name(f"{self.home.name}.up.txt")
        with self.printed.open("wb") as output:
            self._process = subprocess.Popen(
                [*self.command, *self._words],
                stdout=output,
                stderr=output,
                env=clean_environment(self.home) | self._environment,
            )
        deadline = time.monotonic() + START_S
        while READY not in self.output():
            assert self._process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(POLL_S)
        told = re.search(r"Prefect  (\S+)", self.output())
        assert told, self.output()
        self.url = f"{told[1]}/api"
        self.auth = (self.home / "prefect-server" / "login").read_text().strip()
        return self

    def output(self) -> str:
        """Return what was printed since the start."""
        return self.printed.read_text()

    def stop(self) -> int:
        """End it as a service's stop would; return its exit code."""
        self.send(signal.SIGTERM)
        return self.ended()

    def send(self, number: signal.Signals) -> None:
        """Send the supervisor a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def ended(self) -> int:
        """Return its exit code when it has ended."""
        assert self._process is not None
        return self._process.wait(END_S)

    def alive(self) -> bool:
        """Return whether the supervisor lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End the supervisor without warning, and wait until what it started has ended too."""
        assert self._process is not None
        others = self.processes()
        self._process.kill()
        self._process.wait()
        psutil.wait_procs(others, timeout=END_S)

    def processes(self) -> list[psutil.Process]:
        """Return every process that it started, with theirs."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def running(self, module: str) -> list[psutil.Process]:
        """Return those that run `python -m module`."""
        found = []
        for process in self.processes():
            try:
                if module in process.cmdline():
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    @property
    def server(self) -> Server:
        """Where the API is, and how to log in."""
        return Server(self.url, self.auth)

    def api(self, method: str, path: str, json: Any = None) -> Reply:
        """Ask the API as whoever has the login could."""
        return ask(self.server, method, path, json)

    def pool(self) -> str:
        """Return the name of the first tenant's pool."""
        found = self.api("POST", "/work_pools/filter", {}).json
        return next(pool["name"] for pool in found if pool["name"].startswith("atomq-t-"))

    def deployment(self, flow: str, name: str | None = None) -> dict[str, Any]:
        """Return the applied deployment of this flow: of this name, or the first."""
        asked = {"flows": {"name": {"any_": [flow]}}}
        found = self.api("POST", "/deployments/filter", asked).json
        ours = re.compile(name or "system|t-[0-9a-f]{16}")
        return next(one for one in found if ours.fullmatch(one["name"]))

    def submit(self, flow: str, **request: Any) -> str:
        """Make a run of a deployment; return its id."""
        made = self.api("POST", f"/deployments/{self.deployment(flow)['id']}/create_flow_run", request)
        assert made.status == 201, made
        return str(made.json["id"])

    def run(self, run: str) -> dict[str, Any]:
        """Return a flow run as Prefect knows it."""
        found = self.api("GET", f"/flow_runs/{run}").json
        assert isinstance(found, dict)
        return found

    def wait(self, run: str, *states: str, within_s: float = 120) -> dict[str, Any]:
        """Return a run when it is in one of these states (types or names), or in any final one."""
        deadline = time.monotonic() + within_s
        while True:
            found = self.run(run)
            wanted = states or FINAL
            if found["state_type"] in wanted or found["state_name"] in wanted:
                return found
            assert time.monotonic() < deadline, (found["state"], self.output(), self.logs())
            time.sleep(POLL_S)

    def logs(self) -> str:
        """Return what workers and runs wrote."""
        return "\n".join(path.read_text() for path in self.home.glob("workers/*/worker.log"))


def ask(server: Server, method: str, path: str, json_body: Any = None) -> Reply:
    """Ask an API and return whatever it answers."""
    request = urllib.request.Request(server.url + path, method=method)
    if server.auth:
        request.add_header("Authorization", "Basic " + base64.b64encode(server.auth.encode()).decode())
    if json_body is not None:
        request.data = json.dumps(json_body).encode()
        request.add_header("Content-Type", "application/json")
    for _ in range(20):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Reply(answer.status, _json(answer.read()))
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return Reply(error.code, _json(error.read()))
            time.sleep(POLL_S)
        except TimeoutError:
            if not path.endswith("/filter") and method != "GET":
                raise
    raise AssertionError("the server stayed busy")


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode(errors="replace")


def environment_of(process: psutil.Process) -> dict[str, str]:
    """Return the environment that a process was started with."""
    return dict(line.split("=", 1) for line in _environ(process.pid) if "=" in line)


def _environ(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
