"""What runs, what waits and why, for each tenant; from Prefect where it answers, else from the log alone."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from policy_checks.errors import UnavailableError
from policy_checks.schemas.keyring import Profile
from tasks.adapters import documents, passphrase, worker_users
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.prefect_api import PrefectApi
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.servers import Server
from tasks.stages import history, inbox, pools, trust
from tasks.stages.inbox import Inbox, Waiting
from tasks.stages.pools import Activity

PREFIX, SYSTEM = "atomq-", "atomq-system"
ENTRIES_READ, RUNS_SHOWN = 500, 10
STAGES = ("admit", "sanitise", "train", "evaluate", "record", "report")


@dataclass(frozen=True)
class TenantStatus:
    """One tenant's pool.

    Attributes:
        tenant: pseudonym, or "system" for the machine's own housekeeping.
        name: the tenant's name, where this machine's keys are open.
        stages: of each run at work, the stage that it is in, as the log says.
        approvals: what waits for a person.
    """

    tenant: str
    name: str | None
    activity: Activity
    stages: Mapping[str, str]
    approvals: tuple[Waiting, ...]


@dataclass(frozen=True)
class Told:
    """A run as the newest entries of the log tell it."""

    run: str
    tenant: str
    outcome: str
    at: str


@dataclass(frozen=True)
class Status:
    """Everything that the owner of a state folder asks about.

    Attributes:
        profile: of the key ring; None where there is none yet.
        shared_user: name of the operating-system user that all tenants' workers run as; None where each has its own.
        server: the one that answered, if any.
        fault: why none did.
        runs: the newest of the log, where no server answers.
    """

    profile: Profile | None
    shared_user: str | None
    server: Server | None
    fault: UnavailableError | None
    tenants: tuple[TenantStatus, ...]
    remarks: tuple[str, ...]
    runs: tuple[Told, ...]


def status(home: Path, now: datetime) -> Status:
    """Return what happens now.

    Raises:
        IntegrityError: ring or log do not verify.
    """
    store = KeyStore(home)
    profile = store.ring().profile if store.exists() else None
    shared = worker_users.shared(home)
    try:
        server, names = _server(home)
        waiting = inbox.waiting(home, now)
        tenants = _tenants(home, PrefectApi(server), names, waiting, now)
    except UnavailableError as fault:
        return Status(profile, shared, None, fault, (), (), _newest(home))
    return Status(profile, shared, server, None, tenants, waiting.remarks, ())


def _server(home: Path) -> tuple[Server, tuple[str, ...]]:
    """Return the first server that knows pools of ours, else the first that answers; and its pools."""
    first: tuple[Server, tuple[str, ...]] | None = None
    fault: UnavailableError | None = None
    for server in inbox.require_known(home):
        try:
            found = PrefectApi(server).pages("/work_pools/filter", {}, pools.LINE_MAX)
        except UnavailableError as missing:
            fault = fault or missing
            continue
        names = tuple(sorted(str(one["name"]) for one in found if str(one["name"]).startswith(PREFIX)))
        if names:
            return server, names
        first = first or (server, names)
    if first is None:
        raise fault or UnavailableError("prefect-unknown", "No server is known.", "Start `atomq up`.")
    return first


def _tenants(
    home: Path, api: PrefectApi, pools_here: tuple[str, ...], waiting: Inbox, now: datetime
) -> tuple[TenantStatus, ...]:
    names, found = _names(home), []
    log = AuditLog(home)
    try:
        for pool in pools_here:
            tenant, activity = pool.removeprefix(PREFIX), pools.read(api, pool, now)
            stages = {one.run: stage for one in activity.at_work if (stage := _stage(log, one.run))}
            approvals = tuple(one for one in waiting.waiting if one.request.question.tenant == tenant)
            found.append(TenantStatus(tenant, names.get(tenant), activity, stages, approvals))
    finally:
        log.close()
    return tuple(found)


def _stage(log: AuditLog, run: str) -> str | None:
    """Return the stage that a run entered last."""
    entries = [log.find(event_of("run", run, "intent", stage)) for stage in STAGES]
    entered = [(entry.seq, str(entry.data["effect"])) for entry in entries if entry is not None]
    return max(entered)[1] if entered else None


def _names(home: Path) -> dict[str, str]:
    """Return tenants' names by pseudonym, where that needs nobody to type a passphrase."""
    store = KeyStore(home)
    unattended = (store.folder / "passphrase").is_file() or passphrase.FILE_VARIABLE in os.environ
    if not store.exists() or not unattended:
        return {}
    names = tuple(tenant.name for tenant in documents.load(home).tenants.tenants)
    return dict(zip(trust.pseudonyms(store, names), names, strict=True))


def _newest(home: Path) -> tuple[Told, ...]:
    """Return the runs that the newest entries of the log are about, newest first."""
    told: dict[str, Told] = {}
    for entry in history.tail(home, ENTRIES_READ) if home.is_dir() else ():
        if entry.run is not None:
            before = told.pop(entry.run, None)
            outcome = entry.type if entry.type.startswith(("run.", "approval.")) else None
            told[entry.run] = Told(
                entry.run,
                entry.tenant or (before.tenant if before else "-"),
                outcome or (before.outcome if before else entry.type),
                entry.ts,
            )
    return tuple(reversed(told.values()))[:RUNS_SHOWN]
