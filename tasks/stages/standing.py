"""Grant, list, revoke and use standing approvals; each use is one entry of the log, so that none is spent twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from policy_checks import standing
from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import dsse
from policy_checks.integrity.approval_evidence import STANDING
from policy_checks.integrity.keyring import Keys
from policy_checks.schemas.base import Digest, Pseudonym
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.template import StandingApproval, Template
from tasks.adapters import dataset_registry, settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.envelope_store import EnvelopeStore
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.stages.templates import Registered
from tasks.stages.workspace import Workspace


@dataclass(frozen=True)
class Bounds:
    """How far a standing approval goes: predicted cost of one run, number of runs, days from now."""

    max_cost_eur: Decimal
    max_runs: int
    days: int


@dataclass(frozen=True)
class Granted:
    """A standing approval that the log knows, for which tenant (a pseudonym), and what became of it."""

    digest: Digest
    tenant: Pseudonym
    approval: StandingApproval
    revoked: bool
    n_used: int


def grant(home: Path, found: Registered, bounds: Bounds, key: PrivateKey, now: datetime) -> Granted:
    """Let a reviewer approve a registered template's runs beforehand, and record it.

    Raises:
        ManifestError: the template has a remote target, or the reviewer submitted it.
        IntegrityError: the key is no reviewer's, or does not count now.
    """
    log, keys = AuditLog(home), KeyStore(home).trusted().known
    try:
        approval = _drafted(home, found, bounds, key.keyid, now)
        envelope = dsse.seal("standing-approval", approval.to_bytes(), key.signer())
        _, digest = standing.open_standing(envelope, keys)
        _require_grantable(approval, found.template, keys, now, log.size())
        _store(home).put(envelope)
        # A crash here leaves an approval without an entry; it covers nothing.
        log.append(
            "standing.granted",
            {"standing": digest, "template": found.digest},
            tenant=found.tenant,
            actor=key.keyid,
            event=event_of("standing.granted", digest),
        )
        return Granted(digest, found.tenant, approval, revoked=False, n_used=0)
    finally:
        log.close()


def listed(home: Path) -> tuple[Granted, ...]:
    """Return every standing approval that the log knows, the one that ends first first."""
    log = AuditLog(home)
    try:
        return tuple(_known(home, KeyStore(home).trusted().known, log))
    finally:
        log.close()


def revoke(home: Path, beginning: str) -> Granted:
    """End the one standing approval whose digest begins so; runs that it let pass and that have not begun stop too.

    Raises:
        ManifestError: none or several begin so.
    """
    wanted = f"sha256:{beginning.removeprefix('sha256:')}"
    found = [granted for granted in listed(home) if granted.digest.startswith(wanted)]
    if len(found) != 1 or not beginning.removeprefix("sha256:"):
        raise ManifestError(
            "standing-unknown",
            f"{len(found)} standing approvals have a digest that begins so.",
            "See `atomq standing-approval list`.",
        )
    (granted,), log = found, AuditLog(home)
    data: dict[str, str | int] = {"standing": granted.digest}
    log.append("standing.revoked", data, tenant=granted.tenant, event=_revoked(granted.digest))
    log.close()
    return granted


def use(workspace: Workspace) -> bool:
    """Return whether a standing approval covers this run, counting it once, however often this is asked.

    A run keeps to the approval that it used first: once that one does not count any more, none does.
    """
    if workspace.manifest.parent is None:
        return False
    keys = workspace.keys.trusted().known
    known = _known(workspace.state.home, keys, workspace.log)
    for granted in known:
        for n in range(1, granted.n_used + 1):
            entry = workspace.log.find(_use(granted.digest, n))
            if entry is not None and entry.run == workspace.run:
                return _covers(workspace, granted, n, keys)
    return any(_used(workspace, granted, keys) for granted in known)


def _used(workspace: Workspace, granted: Granted, keys: Keys) -> bool:
    """Take the next use that is nobody's, if there is one."""
    for n in count(granted.n_used + 1):
        if not _covers(workspace, granted, n, keys):
            return False
        if _take(workspace, granted, n):
            return True
    raise AssertionError("every approval ends at its max_runs")


def _covers(workspace: Workspace, granted: Granted, n: int, keys: Keys) -> bool:
    """Return whether an approval covers this run as its use `n`, and leave the approval with the run."""
    uncovered = standing.covers(
        granted.approval,
        workspace.manifest,
        cost_eur=workspace.result("admit", Decision).estimate.cost_eur,
        n_used=n - 1,
        keys=keys,
        now=settings.now(),
        seq=workspace.log.size(),
    )
    if granted.revoked or any(uncovered):
        return False
    workspace.folder.write(STANDING, _store(workspace.state.home).get(granted.digest))
    return True


def _take(workspace: Workspace, granted: Granted, n: int) -> bool:
    """Return whether use `n` is this run's; False if another run was faster."""
    try:
        workspace.log.append(
            "standing.used",
            {"standing": granted.digest, "use": n},
            tenant=workspace.tenant,
            run=workspace.run,
            manifest=workspace.digest,
            event=_use(granted.digest, n),
        )
    except IntegrityError as error:
        if error.code != "event-reused":
            raise
        return False
    return True


def _drafted(home: Path, found: Registered, bounds: Bounds, keyid: str, now: datetime) -> StandingApproval:
    record = dataset_registry.read(home, found.tenant, found.template.dataset)
    return StandingApproval(
        v=1,
        template=found.digest,
        columns=standing.declaration_digest(record),
        code=settings.running_code(settings.load().project).lock,
        max_cost_eur=bounds.max_cost_eur,
        max_runs=bounds.max_runs,
        reviewer=keyid,
        iat=now,
        exp=now + timedelta(days=bounds.days),
    )


def _require_grantable(
    approval: StandingApproval, template: Template, keys: Keys, now: datetime, seq: int
) -> None:
    if template.execution.target != standing.SIMULATOR:
        raise ManifestError(
            "standing-remote",
            "No standing approval covers a remote target; each such run is approved by itself.",
            "Approve its runs one by one: atomq approve RUN.",
        )
    for finding in standing.may_grant(approval.reviewer, template.submitter, keys, now=now, seq=seq):
        raise ManifestError("standing-refused", f"Refused: {finding.message}.", finding.remedy)


def _known(home: Path, keys: Keys, log: AuditLog) -> list[Granted]:
    store, found = _store(home), list[Granted]()
    for digest in store.payloads():
        entry = log.find(_granted(digest))
        if entry is None or entry.tenant is None:
            continue
        approval, _ = standing.open_standing(store.get(digest), keys)
        n_used = next(n for n in count() if log.find(_use(digest, n + 1)) is None)
        revoked = log.find(_revoked(digest)) is not None
        found.append(Granted(digest, entry.tenant, approval, revoked, n_used))
    return sorted(found, key=lambda granted: granted.approval.exp)


def _granted(digest: Digest) -> str:
    return event_of("standing.granted", digest)


def _revoked(digest: Digest) -> str:
    return event_of("standing.revoked", digest)


def _use(digest: Digest, n: int) -> str:
    return event_of("standing", digest, str(n))


def _store(home: Path) -> EnvelopeStore:
    return EnvelopeStore(home / "standing", "standing-approval")
