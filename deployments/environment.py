"""What each process of a deployment finds in its environment: named here, or absent."""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from flows.server import LOGGING
from tasks.adapters import passphrase, settings
from tasks.adapters.servers import Server
from tasks.adapters.settings import Settings

KEPT = {
    "PATH", "HOME", "LANG", "TMPDIR", "TZ",
    "PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "PREFECT_HOME",
    "ATOMQ_HOME", "ATOMQ_TENANT", "ATOMQ_DATABASE_URL", "ATOMQ_ROOT", "ATOMQ_WITNESS", "ATOMQ_NAMES_MODEL",
    passphrase.FILE_VARIABLE,
}  # fmt: skip


def _prefects_own(name: str) -> str:
    """Return the path of a file that Prefect came with, without importing it."""
    found = find_spec("prefect")
    return str(Path(found.origin).parent / name) if found and found.origin else os.devnull


# Prefect would load logging.yml and profiles.toml from PREFECT_HOME, which lies in the state folder: the first
# can name any callable, so whoever writes there would execute code beside the keys.
FIXED = {
    "PREFECT_LOGGING_SETTINGS_PATH": _prefects_own("logging/logging.yml"),
    "PREFECT_PROFILES_PATH": os.devnull,
}
QUIET = (
    LOGGING
    | FIXED
    | {
        "DO_NOT_TRACK": "1",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_WORKER_HEARTBEAT_SECONDS": "10",
    }
)
SERVER = FIXED | {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return only what a worker or a run needs, in our own words about logging and results."""
    kept = {name: value for name, value in environment.items() if name in KEPT or name.startswith("LC_")}
    return kept | QUIET


def of_worker(state: Settings, server: Server, folder: Path) -> dict[str, str]:
    """Return a worker's environment; it hands the same on to its runs."""
    witnesses = map(str, settings.witness_folders(state.home))
    mine = {
        "PREFECT_API_URL": server.url,
        "PREFECT_API_AUTH_STRING": server.auth or "",
        "PREFECT_HOME": str(folder),
        "ATOMQ_HOME": str(state.home),
    }
    if os.environ.get("ATOMQ_WITNESS"):
        mine["ATOMQ_WITNESS"] = os.pathsep.join(witnesses)
    return scrubbed({name: value for name, value in (os.environ | mine).items() if value})


def of_server(folder: Path, server: Server, port: int, host: str) -> dict[str, str]:
    """Return the environment of a Prefect server that keeps its database in `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "TZ") if name in os.environ}
    return kept | SERVER | {
        "PREFECT_HOME": str(folder),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder}/prefect.db",
        "PREFECT_SERVER_API_AUTH_STRING": server.auth or "",
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_UI_API_URL": server.url,
        "PREFECT_UI_STATIC_DIRECTORY": str(folder / "ui"),
    }  # fmt: skip
