"""Which Prefect servers may know of this state folder's runs, and how to speak to them."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tasks.adapters.files import write_whole

FOLDER = "servers"


@dataclass(frozen=True)
class Server:
    """A Prefect API; `auth` is "user:password" where it asks for basic authentication."""

    url: str
    auth: str | None = None


@contextmanager
def announced(home: Path, name: str, server: Server) -> Iterator[None]:
    """Let other processes of this state folder's owner find a server while the block runs.

    A crash leaves the announcement of a server that does not answer; whoever asks it passes on.
    """
    path = home / FOLDER / f"{name}.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, json.dumps({"url": server.url, "auth": server.auth}).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def known(home: Path) -> tuple[Server, ...]:
    """Return the server that the environment names, if any, then those announced in the state folder."""
    url, auth = os.environ.get("PREFECT_API_URL"), os.environ.get("PREFECT_API_AUTH_STRING")
    found = [Server(url, auth or None)] if url else []
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            told = json.loads(path.read_bytes())
            found.append(Server(str(told["url"]), told["auth"] and str(told["auth"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    named = {server.url: server for server in reversed(found)}
    return tuple(dict.fromkeys(named[server.url] for server in found))
