"""A real Postgres for tests: Debian's own, started on loopback for one test run and ended with it."""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

START_S, STOP_S = 60, 30
PR_SET_PDEATHSIG = 1
BINARIES = max(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None
)
OWNER = "postgres" if os.geteuid() == 0 else None  # Postgres refuses to run as root


@pytest.fixture(scope="session", name="postgres")
def a_server() -> Iterator[str]:
    """Address of an empty database, with a password in it."""
    if BINARIES is None:
        pytest.skip("NO POSTGRES: install Debian's `postgresql` to test the audit log in a database")
    with running_server() as address:
        yield address


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server of its own data folder and give its address; end it by its process id."""
    folder = Path(tempfile.mkdtemp(prefix="atomq-postgres-"))
    if OWNER:
        shutil.chown(folder, OWNER, OWNER)
    password, port = secrets.token_hex(8), free_port()
    try:
        process = start(folder, password, port)
        try:
            wait_until_it_answers(process, port, folder)
            yield f"postgresql://atomq:{password}@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown
            process.wait(timeout=STOP_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, password: str, port: int) -> subprocess.Popen[bytes]:
    """Make a data folder and start a server over it."""
    secret = folder / "password"
    secret.write_text(password)
    if OWNER:
        shutil.chown(secret, OWNER, OWNER)
    cluster = [
        "--username=atomq",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-sync",
    ]
    as_owner([BINARIES / "initdb", "-D", folder / "data", *cluster], folder).wait(timeout=START_S)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",  # no test pulls the plug
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return as_owner([BINARIES / "postgres", "-D", folder / "data", *words], folder)


def as_owner(words: list[object], folder: Path) -> subprocess.Popen[bytes]:
    """Start a program as the user that Postgres runs under, with its words in `<folder>/log`."""
    user = {"user": OWNER, "group": OWNER, "extra_groups": []} if OWNER else {}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [str(word) for word in words],
            cwd=folder,
            stdout=log,
            stderr=log,
            preexec_fn=end_with_the_tests,  # noqa: PLW1509
            **user,
        )


def end_with_the_tests() -> None:
    """Have the kernel shut the server down when the process of the tests is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """Return when the server takes connections."""
    ready = [BINARIES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_S
    while subprocess.run(ready).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"Postgres did not start: {(folder / 'log').read_text()}")
        time.sleep(0.1)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
