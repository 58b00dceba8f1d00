"""The Prefect server that stays: its database, its login and its process lie under `<home>/prefect-server`."""

import errno
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments import environment
from deployments.kept import Kept
from flows.server import TemporaryServer, require_reachable
from policy_checks.errors import UnavailableError
from tasks.adapters import servers
from tasks.adapters.files import write_whole
from tasks.adapters.passphrase import read_private
from tasks.adapters.servers import Server

FOLDER = "prefect-server"
USER = "atomq"
END_S = 10


@dataclass(frozen=True)
class Running:
    """A server in use.

    Attributes:
        process: None where somebody else runs it.
        new_login: the login was made just now.
    """

    server: Server
    process: Kept | None
    new_login: bool


def login_file(home: Path) -> Path:
    """Return where the login of the state folder's server lies."""
    return home / FOLDER / "login"


@contextmanager
def own(home: Path, host: str, port: int) -> Iterator[Running]:
    """Run a server while the block lasts, and let this state folder's other processes find it.

    Raises:
        UnavailableError: the port is taken, or the server does not start.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    with _listening(host, port) as listener:
        bound = listener.getsockname()[1]
        auth, new = _login(home)
        server = Server(f"http://{host}:{bound}/api", auth)
        log = folder / "server.log"
        given = environment.of_server(folder, server, bound, host)
        kept = Kept("The Prefect server", lambda: _spawned(listener, given, log))
        try:
            TemporaryServer(kept.process, server.url, log).wait()
            with servers.announced(home, "up", server):
                yield Running(server, kept, new)
        finally:
            kept.ask_to_end()
            kept.end(END_S)


def foreign(server: Server) -> Running:
    """Use the server that the environment names.

    Raises:
        UnavailableError: nobody answers there.
    """
    require_reachable(server.url)
    return Running(server, None, False)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise UnavailableError(
                "port-taken" if taken else "address-unusable",
                f"{host}:{port} {'is in use' if taken else 'cannot be listened at'}.",
                "Choose another with --port or --host; --port 0 takes any that is free.",
            ) from None
        listener.listen(128)
        yield listener


def _login(home: Path) -> tuple[str, bool]:
    """Return "user:password", and whether it was made just now."""
    path = login_file(home)
    if path.is_file():
        return read_private(path).decode("ascii").strip(), False
    made = f"{USER}:{secrets.token_urlsafe(18)}"
    write_whole(path, made.encode("ascii"))
    return made, True


def _spawned(listener: socket.socket, given: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "flows.server", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=given,
            pass_fds=(listener.fileno(),),
            start_new_session=True,
        )
