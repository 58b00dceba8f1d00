"""`doctor`: what a run needs, whether it is there, and how to mend it."""

import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, NamedTuple

from flows.cli import separation
from flows.cli.terminal import console, leave, reported, show_json, table
from policy_checks.errors import AtomqError
from tasks.adapters import servers, settings, worker_users
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.ring_store import KeyStore

if TYPE_CHECKING:
    from deployments.site import Site

FREE_BYTES_MIN = 1 << 30
START = "`atomq up` starts one that stays"
PINNED = {
    "prefect": "3.8.8", "torch": "2.13.0", "great-expectations": "1.24.1", "qiskit": "2.6", "qiskit-aer": "0.18",
    "pytorch-lightning": "2.6", "cryptography": "50", "pqcrypto": "1.0",
}  # fmt: skip


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    good: bool
    found: str
    remedy: str


def doctor_command(*, as_json: bool) -> None:
    """Print every check; exit 5 where something is missing."""
    with reported(as_json):
        checks = [check() for check in CHECKS]
        if as_json:
            show_json({"healthy": all(c.good for c in checks), "checks": [c._asdict() for c in checks]})
        else:
            _show(checks)
        leave(0 if all(check.good for check in checks) else AtomqError.exit_code)


def _show(checks: list[Check]) -> None:
    listed = table("", "check", "found")
    for check in checks:
        mark = "[green]+[/]" if check.good else "[red]x[/]"
        listed.add_row(mark, check.name, check.found if check.good else f"{check.found}\n-> {check.remedy}")
    console.print(listed)


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= (3, 11), found, "install Python 3.11 or newer")


def _packages() -> Check:
    wrong = []
    for name, wanted in PINNED.items():
        try:
            found = version(name).split("+")[0]
        except PackageNotFoundError:
            found = "missing"
        if not (found + ".").startswith(wanted + "."):
            wrong.append(f"{name} {found}, {wanted} wanted")
    return Check(
        "packages", not wrong, "; ".join(wrong) or "as pinned", "run `make` again: it installs the pins"
    )


def _state_folder() -> Check:
    state = settings.load()
    try:
        state.prepare_home()
    except AtomqError as error:
        return Check("state folder", False, error.message, error.remedy)
    return Check("state folder", True, str(state.home), "")


def _disk() -> Check:
    home = settings.load().home
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    return Check("free disk", free >= FREE_BYTES_MIN, f"{free / 2**30:.1f} GiB", "free some disk space")


def _keys() -> Check:
    store = KeyStore(settings.load().home)
    if not store.exists():
        return Check("keys", True, "none yet: the first run makes a development ring", "")
    try:
        ring = store.ring()
    except AtomqError as error:
        return Check("keys", False, error.message, error.remedy)
    on = ", all keys on this machine" if ring.profile == "development" else ""
    return Check("keys", True, f"{ring.profile} ring, version {ring.version}{on}", "")


def _sample() -> Check:
    path = settings.load().project / "data" / "samples" / "breast_cancer.csv"
    return Check(
        "sample", path.is_file(), "there" if path.is_file() else "missing", "run from a full checkout"
    )


def _server() -> Check:
    """Ask the server that runs belong to, if there is one."""
    found = servers.known(settings.load().home)
    if not found:
        return Check("Prefect server", True, f"a temporary one for each run; {START}", "")
    try:
        version = PrefectApi(found[0]).get("/admin/version")
    except AtomqError as error:
        return Check("Prefect server", False, error.message, error.remedy)
    good = version == PINNED["prefect"]
    return Check("Prefect server", good, f"{found[0].url}, version {version}", "run the pinned version there")


def _deployed() -> Check:
    """Compare the server with what is declared."""
    asked = _served()
    if asked is None:
        return Check("deployments", True, f"not served; {START}", "")
    _, sites, absent = asked
    if absent:
        return Check(
            "deployments", False, f"missing: {', '.join(absent)}", "end `atomq up` and start it again"
        )
    return Check("deployments", True, f"{sum(len(site.flows) for site in sites)} in {len(sites)} pools", "")


def _workers() -> Check:
    asked = _served()
    if asked is None:
        return Check("workers", True, f"none; {START}", "")
    api, sites, absent = asked
    away = [site.pool for site in sites if site.pool not in absent and not _is_staffed(api, site.pool)]
    found = f"offline: {', '.join(away)}" if away else f"{len(sites)} online"
    return Check("workers", not away, found, "start `atomq up`; worker.log in the state folder says more")


def _users() -> Check:
    return Check("isolation", True, separation.told(worker_users.shared(settings.load().home)), "")


def _served() -> "tuple[PrefectApi, tuple[Site, ...], tuple[str, ...]] | None":
    """Return the server, what it should serve and what of that it lacks; None where it serves nothing of ours."""
    from deployments.apply import missing
    from deployments.site import sites

    state = settings.load()
    found = servers.known(state.home)
    if not found or not KeyStore(state.home).exists():
        return None
    api, wanted = PrefectApi(found[0]), sites(state)
    try:
        absent = missing(api, wanted)
    except AtomqError:
        return None
    everything = sum(1 + len(site.flows) for site in wanted)
    return None if len(absent) == everything else (api, wanted, absent)


def _is_staffed(api: PrefectApi, pool: str) -> bool:
    workers = api.post(f"/work_pools/{pool}/workers/filter", {"workers": {"status": {"any_": ["ONLINE"]}}})
    return bool(workers)


CHECKS: tuple[Callable[[], Check], ...] = (
    _python,
    _packages,
    _state_folder,
    _disk,
    _keys,
    _sample,
    _server,
    _deployed,
    _workers,
    _users,
)
