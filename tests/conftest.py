"""What lives longer than one test: a state folder, one Prefect server for the whole test run."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.documents import PROJECT

ATOMQ = Path(sys.executable).with_name("atomq")
TIMEOUT_S = 240


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on standard output."""
        return json.loads(self.out)


def atomq(home: Path, *words: str | Path, **environment: str) -> Answer:
    """Run the installed command as its user would, with its own state folder."""
    done = subprocess.run(
        [str(ATOMQ), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env=clean_environment(home) | environment,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def clean_environment(home: Path) -> dict[str, str]:
    """The environment of a person who has set nothing but the state folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "ATOMQ"))}
    return kept | {"ATOMQ_HOME": str(home)}


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """A suite that a script starts in the background is born deaf to it, and so are the processes of its tests."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def prefect_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One real Prefect server for every test that is not about bringing one's own."""
    from flows.server import temporary_server

    before = dict(os.environ)
    with temporary_server(tmp_path_factory.mktemp("prefect")) as server:
        server.wait()
        os.environ.clear()
        os.environ.update(before)
        yield server.url


@pytest.fixture
def manifest(tmp_path: Path):
    """Write the sample manifest with some of its lines replaced; return its path."""

    def write(*changes: tuple[str, str], name: str = "breast_cancer") -> Path:
        text = (PROJECT / "data" / "manifests" / f"{name}.toml").read_text()
        for old, new in changes:
            assert old in text, f"the sample manifest has no {old!r}"
            text = text.replace(old, new)
        path = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(text)
        return path

    return write
