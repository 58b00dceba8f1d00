"""Open a run, close it, and settle what crashed runs left behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import AtomqError, UnavailableError
from policy_checks.integrity import keyring, strict_json
from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.receipt import LogHead, Receipt
from tasks.adapters import run_folder, settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.files import Busy, locked
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import PROOF, RECEIPT, WAITING, RunFolder
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import key_ceremony, progress, quotas, trust, witnessing
from tasks.stages.workspace import Workspace, failed, reopen, taken_up
from tasks.tabular.outgoing import require_clean

ENDS = ("run.denied", "run.failed")


def prepare_state(state: Settings) -> KeyStore:
    """Make the state folder fit for a run: keys and documents that are current, a settled past.

    Where there is neither ring nor log, a development ring is made; under such a ring the keys are
    rotated and the shipped documents signed here. Under a production ring neither happens: the hourly
    flow rotates, and the holder of the root signs.

    Raises:
        UnavailableError: the folder cannot be written, or the clock is behind.
        IntegrityError: keys, documents and log do not belong together.
    """
    state.prepare_home()
    store, log = KeyStore(state.home), AuditLog(state.home)
    with trust.held(state.home):
        now = settings.now()
        if not store.exists() and not log.exists():
            key_ceremony.begin(state, "development", now)
        chain = trust.require_whole(state.home, store, log, now)
        if chain.ring.profile == "development":
            trust.rotate(state.home, store, log, now)
            trust.adopt_shipped(state.home, store, log, now)
        _settle(state.home, log)
    log.close()
    return store


@contextmanager
def opened(run: str, digest: str, *, leaving: type[BaseException]) -> Iterator[str | None]:
    """Hold a manifest and a run's folder while the run lasts; yield the run that already finished it.

    Args:
        leaving: raised where the run is suspended; its folder stays as it is, and `opened` takes it up again.

    Raises:
        UnavailableError: another process is running this very manifest, or there is none of that digest.
    """
    state = settings.load()
    store = ManifestStore(state.home)
    with _noted(run, digest, state.home):
        lock = store.lock(digest)
    try:
        with locked(lock, wait=False):
            earlier = store.claimed_by(digest)
            if earlier and is_finished(state.home, earlier):
                yield earlier
                return
            try:
                with _noted(run, digest, state.home):
                    workspace = reopen(run, digest)
                yield from _held(workspace, store, leaving)
            except BaseException:
                with suppress(AtomqError):
                    witnessing.checkpoint(state.home)
                raise
            witnessing.checkpoint(state.home)
    except Busy:
        raise UnavailableError(
            "manifest-running",
            "This very manifest is running already.",
            "Wait for that run; submitting it again then shows its receipt.",
        ) from None


def ended(run: str) -> str | None:
    """Return how a run ended without a receipt, or None; an ended run never goes on.

    Whoever reaches Prefect's API can set any run to running again.
    """
    home = settings.load().home
    log, folder = AuditLog(home), run_folder.find(home, run)
    try:
        for kind in ENDS:
            if log.find(event_of("run", run, kind, "")) is not None:
                return kind.removeprefix("run.")
        expired = log.find(event_of("approval", run, "expired", ""))
        if expired is not None:
            return "expired"
        return "refused" if folder is not None and not (folder.path / RECEIPT).is_file() else None
    finally:
        log.close()


def refuse(run: str, code: str) -> None:
    """Record that a run was not let on."""
    log = AuditLog(settings.load().home)
    try:
        log.append("run.refused", {"code": code}, run=run)
    finally:
        log.close()


def complete(run: str, digest: str) -> Receipt:
    """Sign the receipt, log it, let the log be witnessed, and publish the run's folder.

    The audit entry is the point of no return: a crash before it leaves nothing, a crash after it
    leaves a staged folder that the next run publishes.
    """
    with taken_up(run, digest, "complete") as workspace:
        progress.stage("complete")
        receipt = _signed_receipt(workspace)
        quotas.close(workspace.folder, kept=True)
    # A crash here leaves a run without a completion, whose use counts all the same: it did use it.
    workspace.record(
        "run.completed",
        receipt=strict_json.digest(receipt.to_bytes()),
        degraded=receipt.degraded or "no",
    )
    workspace.log.close()
    _publish(workspace.folder)
    return receipt


def publish_denied(run: str, digest: str) -> None:
    """Let what was decided on a run that does not go on be found, without a receipt."""
    folder = reopen(run, digest).folder
    # A crash after this leaves a staged folder without a booking; the next start discards it.
    quotas.close(folder, kept=True)
    folder.publish()


def read_receipt(folder: RunFolder, store: KeyStore) -> Receipt:
    """Return a published run's verified receipt.

    Raises:
        IntegrityError: it was not signed by an execution key of its tenant.
    """
    keys = store.history().known
    payload, _ = keyring.open_signed("receipt", folder.read(RECEIPT), keys, role="exec", tenant=folder.tenant)
    return Receipt.model_validate_json(payload)


def is_running(home: Path, digest: str) -> bool:
    """Return whether a living process is running this manifest now."""
    try:
        with locked(ManifestStore(home).lock(digest), wait=False):
            return False
    except Busy:
        return True
    except UnavailableError as error:
        if error.code != "manifest-absent":
            raise
        return False


@contextmanager
def _noted(run: str, digest: str, home: Path) -> Iterator[None]:
    """Record that a run failed before it began, if it does."""
    try:
        yield
    except AtomqError as error:
        AuditLog(home).append("run.failed", {"stage": "open", "code": error.code}, run=run, manifest=digest)
        raise


def _held(workspace: Workspace, store: ManifestStore, leaving: type[BaseException]) -> Iterator[str | None]:
    folder = workspace.folder
    with folder.held():
        if _completion(folder) is not None:
            _publish(folder)  # It was killed between its completion and its appearance.
            yield workspace.run
            return
        store.claim(workspace.digest, workspace.run)
        (folder.path / WAITING).unlink(missing_ok=True)
        try:
            with quotas.renewed(workspace.share):
                yield None
        except leaving:
            raise
        except BaseException as error:
            if not (folder.path / RECEIPT).is_file():
                fault = failed(workspace, "between", error)
                with suppress(AtomqError):
                    # A crash before this leaves a booking that ends with its lease, or when the run is settled.
                    quotas.close(folder, kept=False)
                folder.discard()
                raise fault from None
            raise


def is_finished(home: Path, run: str) -> bool:
    """Return whether a run of that id was published with a receipt."""
    folder = run_folder.find(home, run)
    return folder is not None and (folder.path / RECEIPT).is_file()


def _signed_receipt(workspace: Workspace) -> Receipt:
    receipt = _receipt(workspace)
    require_clean(receipt, RECEIPT)
    envelope = workspace.keys.sign(
        "receipt",
        receipt.to_bytes(),
        role="exec",
        tenant=workspace.tenant,
        now=receipt.completed_at,
    )
    workspace.folder.write(RECEIPT, envelope)
    return receipt


def _receipt(workspace: Workspace) -> Receipt:
    admitted = workspace.folder.read("admit.json")
    decision = Decision.model_validate_json(admitted)
    chain, log = workspace.keys.trusted(), workspace.log
    size = log.size()
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
        dataset=workspace.manifest.dataset.sha256 if workspace.manifest.dataset else None,
        mode=workspace.manifest.mode,
        profile=chain.ring.profile,
        ring=chain.digests[chain.ring.version],
        log=LogHead(origin=witnessing.origin(chain.root_digest), size=size, root=log.subtree(0, size).hex()),
        degraded=workspace.answer.degraded,
        artifacts=workspace.folder.digests(),
        started_at=decision.decided_at,
        completed_at=settings.now(),
    )


def _publish(folder: RunFolder) -> None:
    """Let a completed run appear, with the proof that the log holds its completion beside the receipt."""
    completed = _completion(folder)
    if completed is not None:
        witnessing.checkpoint(folder.home)
        folder.write(PROOF, witnessing.proof(folder.home, completed.seq).to_bytes())
    folder.publish()


def _settle(home: Path, log: AuditLog) -> None:
    """Publish staged runs whose completion is logged; discard the rest with an entry, but those that wait."""
    for folder in run_folder.abandoned(home):
        if _completion(folder) is not None:
            _publish(folder)
            continue
        if folder.waits(settings.now()):
            continue
        event = event_of("run", folder.run, "run.failed", "")
        if log.find(event) is None:
            data: dict[str, str | int] = {"stage": "unknown", "code": "crashed"}
            log.append("run.failed", data, tenant=folder.tenant, run=folder.run, event=event)
        with suppress(AtomqError):
            # Where this cannot be, the lease ends the booking; one tenant's file must not stop the others' work.
            quotas.close(folder, kept=False)
        folder.discard()


def _completion(folder: RunFolder) -> AuditEntry | None:
    """Return the entry that completes this staged run with this very receipt."""
    if not (folder.path / RECEIPT).is_file():
        return None
    try:
        receipt = read_receipt(folder, KeyStore(folder.home))
    except (AtomqError, ValidationError):
        return None
    log = AuditLog(folder.home)
    entry = log.find(event_of("run", folder.run, "run.completed", ""))
    log.close()
    digest = strict_json.digest(receipt.to_bytes())
    return entry if entry is not None and entry.data["receipt"] == digest else None
