"""Open a run, close it, and settle what crashed runs left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import AtomqError, UnavailableError
from policy_checks.integrity import keyring, strict_json
from policy_checks.schemas.artifacts import CircuitResults
from policy_checks.schemas.audit import EntryType
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.keyring import Profile
from policy_checks.schemas.receipt import Receipt
from tasks.adapters import documents, run_folder, settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import Busy, locked
from tasks.adapters.keyring import KeyStore
from tasks.adapters.run_folder import RECEIPT, RunFolder
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import progress
from tasks.stages.workspace import LOGGED, Workspace, failed, reopen


def prepare_state(state: Settings) -> KeyStore:
    """Make the state folder fit for a run: folder, development keys, rotation, a settled past.

    Raises:
        UnavailableError: the folder cannot be written.
        IntegrityError: there is a log, but the keys that it speaks of are gone.
    """
    state.prepare_home()
    store, log, now = KeyStore(state.home), AuditLog(state.home), settings.now()
    tenants = tuple(tenant.name for tenant in documents.load(state.home).tenants.tenants)
    if not store.exists() and not log.exists():
        store.create(tenants, now)
    ring = store.ring()
    if ring.profile == "development" and store.rotate(tenants, now):
        _record_ring(log, store, "keyring.rotated")
    if not log.exists():
        _record_ring(log, store, "keyring.created")
    _settle(state.home, log)
    log.close()
    return store


@contextmanager
def opened(run: str, digest: str) -> Iterator[str | None]:
    """Hold a manifest and a run's folder while the run lasts; yield the run that already finished it.

    Raises:
        UnavailableError: another process is running this very manifest.
    """
    state = settings.load()
    store = ManifestStore(state.home)
    try:
        with locked(store.lock(digest), wait=False):
            earlier = store.claimed_by(digest)
            if earlier and is_finished(state.home, earlier):
                yield earlier
                return
            yield from _held(_reopened(run, digest, state.home), store)
    except Busy:
        raise UnavailableError(
            "manifest-running",
            "This very manifest is running already.",
            "Wait for that run; submitting it again then shows its receipt.",
        ) from None


def complete(run: str, digest: str) -> Receipt:
    """Sign the receipt, log it, and publish the run's folder.

    The audit entry is the point of no return: a crash before it leaves nothing, a crash after it
    leaves a staged folder that the next run publishes.
    """
    workspace = reopen(run, digest)
    try:
        progress.stage("complete")
        receipt = _signed_receipt(workspace)
    except BaseException as error:
        raise failed(workspace, "complete", error) from None
    finally:
        workspace.log.close()
    workspace.record(
        "run.completed",
        receipt=strict_json.digest(receipt.to_bytes()),
        degraded=receipt.degraded or "no",
    )
    workspace.log.close()
    workspace.folder.publish()
    return receipt


def publish_denied(run: str, digest: str) -> None:
    """Let the decision of a denied (or waiting) run be found, without a receipt."""
    reopen(run, digest).folder.publish()


def read_receipt(folder: RunFolder, store: KeyStore) -> Receipt:
    """Return a published run's verified receipt.

    Raises:
        IntegrityError: it was not signed by an execution key, or not in that key's window.
    """
    ring = store.ring()
    payload, keyid = keyring.open_signed("receipt", folder.read(RECEIPT), ring, role="exec")
    receipt = Receipt.model_validate_json(payload)
    keyring.require_window(ring, keyid, receipt.completed_at)
    return receipt


def is_running(home: Path, digest: str) -> bool:
    """Return whether a living process is running this manifest now."""
    try:
        with locked(ManifestStore(home).lock(digest), wait=False):
            return False
    except Busy:
        return True


def _reopened(run: str, digest: str, home: Path) -> Workspace:
    try:
        return reopen(run, digest)
    except AtomqError as error:
        AuditLog(home).append("run.failed", {"stage": "open", "code": error.code}, run=run, manifest=digest)
        raise


def _held(workspace: Workspace, store: ManifestStore) -> Iterator[None]:
    folder = workspace.folder
    with folder.held():
        store.claim(workspace.digest, workspace.run)
        try:
            yield
        except BaseException as error:
            if not (folder.path / RECEIPT).is_file():
                fault = failed(workspace, "between", error)
                folder.discard()
                raise fault from None
            raise


def is_finished(home: Path, run: str) -> bool:
    """Return whether a run of that id was published with a receipt."""
    folder = run_folder.find(home, run)
    return folder is not None and (folder.path / RECEIPT).is_file()


def _signed_receipt(workspace: Workspace) -> Receipt:
    receipt = _receipt(workspace)
    envelope = workspace.keys.sign(
        "receipt",
        receipt.to_bytes(),
        role="exec",
        tenant=workspace.manifest.tenant,
        now=receipt.completed_at,
    )
    workspace.folder.write(RECEIPT, envelope)
    return receipt


def _receipt(workspace: Workspace) -> Receipt:
    admitted = workspace.folder.read("admit.json")
    decision = Decision.model_validate_json(admitted)
    outcome = workspace.result("evaluate", CircuitResults)
    profile: Profile = workspace.keys.ring().profile
    return Receipt(
        v=1,
        run=workspace.run,
        tenant=workspace.tenant,
        manifest=workspace.digest,
        envelope=strict_json.digest(workspace.folder.read("manifest.json")),
        decision=strict_json.digest(admitted),
        policy=decision.policy,
        tenants=decision.tenants,
        tariff=decision.tariff,
        dataset=workspace.manifest.dataset.sha256,
        mode=workspace.manifest.mode,
        profile=profile,
        degraded=outcome.degraded,
        artifacts=workspace.folder.digests(),
        started_at=decision.decided_at,
        completed_at=settings.now(),
    )


def _record_ring(log: AuditLog, store: KeyStore, kind: EntryType) -> None:
    ring = store.ring()
    data: dict[str, str | int] = {
        "ring": store.ring_digest(),
        "version": ring.version,
        "profile": ring.profile,
    }
    log.append(kind, data)


def _settle(home: Path, log: AuditLog) -> None:
    """Publish staged runs whose completion is logged; discard the rest with an entry."""
    for folder in run_folder.abandoned(home):
        if _completion_logged(folder, log):
            folder.publish()
            continue
        if not (folder.path / LOGGED).exists():
            data: dict[str, str | int] = {"stage": "unknown", "code": "crashed"}
            log.append("run.failed", data, tenant=folder.tenant, run=folder.run)
        folder.discard()


def _completion_logged(folder: RunFolder, log: AuditLog) -> bool:
    if not (folder.path / RECEIPT).is_file():
        return False
    try:
        receipt = read_receipt(folder, KeyStore(folder.home))
    except (AtomqError, ValidationError):
        return False
    digest = strict_json.digest(receipt.to_bytes())
    return any(
        entry.type == "run.completed" and entry.run == folder.run and entry.data["receipt"] == digest
        for entry in log.entries()
    )
