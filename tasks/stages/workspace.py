"""What every stage works with: the verified manifest, the governing documents, the run's folder and the log.

Built anew from two strings, run id and manifest digest, because those are all that passes through
Prefect; everything else is read back under a digest or a signature.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import strict_json
from policy_checks.integrity.manifest import open_manifest
from policy_checks.integrity.run_files import CIRCUIT
from policy_checks.schemas.artifacts import CircuitResults
from policy_checks.schemas.audit import EntryType
from policy_checks.schemas.base import Digest, Document
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Tiers
from policy_checks.schemas.manifest import Manifest, OwnCircuit
from policy_checks.schemas.solution import Solution
from policy_checks.tiers import bounded
from tasks.adapters import documents, settings, submission, template_store
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.documents import Governing
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import RunFolder
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import progress, quotas
from tasks.stages.own_words import told
from tasks.stages.quotas import Share
from tasks.tabular.pseudonym_keys import tenant_pseudonym

D = TypeVar("D", bound=Document)
EACH: dict[EntryType, str] = {"intent": "effect", "completed": "effect", "incident.attack": "pattern"}
"""Entries of which a run may have several -> the field that tells them apart."""
LOGGED = ".failure-logged"
LOGGER = logging.getLogger("atomq")
LOGGER.setLevel(logging.INFO)


@dataclass(frozen=True)
class Workspace:
    """One run's surroundings.

    Attributes:
        tenant: the tenant's pseudonym.
        signer: the key that signed the manifest.
    """

    state: Settings
    run: str
    digest: str
    manifest: Manifest
    tenant: str
    signer: str

    @cached_property
    def governing(self) -> Governing:
        """The governing documents in force."""
        return documents.load(self.state.home)

    @cached_property
    def keys(self) -> KeyStore:
        """The key store of this state folder."""
        return KeyStore(self.state.home)

    @cached_property
    def log(self) -> AuditLog:
        """The audit log of this state folder."""
        return AuditLog(self.state.home)

    @cached_property
    def folder(self) -> RunFolder:
        """Where this run's files lie."""
        return RunFolder(self.state.home, self.tenant, self.run)

    @cached_property
    def tiers(self) -> Tiers:
        """The tenant's tiers, inside the policy's bounds."""
        governing = self.governing
        return bounded(governing.tenant(self.manifest.tenant).tiers, governing.policy.limits)

    @cached_property
    def share(self) -> Share:
        """What this run holds of its tenant's quotas."""
        tenant = self.governing.tenant(self.manifest.tenant)
        return quotas.share(self.state.home, self.tenant, tenant, self.digest, self.run)

    @property
    def circuit_text(self) -> bytes | None:
        """The author's own circuit, as it was judged; None where the manifest names one of ours."""
        circuit = self.manifest.circuit
        return self.folder.read(CIRCUIT, circuit.sha256) if isinstance(circuit, OwnCircuit) else None

    def record(self, kind: EntryType, **data: str | int) -> None:
        """Append an audit entry about this run; the same one again finds its first.

        Of each kind there is one, but of intents and completions one for each effect, of incidents of an
        attack one for each entry of the catalogue.
        """
        which = str(data[EACH[kind]]) if kind in EACH else ""
        self.log.append(
            kind,
            data,
            tenant=self.tenant,
            run=self.run,
            manifest=self.digest,
            event=event_of("run", self.run, kind, which),
        )

    def leave(self, name: str, document: Document) -> Digest:
        """Write a document into the run's folder and return its digest.

        Raises:
            StageError: something personal is found in it; nothing was written.
        """
        from tasks.tabular.outgoing import require_clean

        require_clean(document, name)
        return self.folder.write(name, document.to_bytes())

    @property
    def answer(self) -> CircuitResults | Solution:
        """What the run found, whatever its kind; the stage that finds it has finished."""
        if self.manifest.kind == "train":
            return self.result("evaluate", CircuitResults)
        return self.result("solve", Solution)

    def result(self, stage: str, schema: type[D]) -> D:
        """Return what a finished stage left, through its one schema."""
        return schema.model_validate_json(self.folder.read(f"{stage}.json"))


def reopen(run: str, digest: str) -> Workspace:
    """Return the workspace of a run of a stored manifest.

    Raises:
        IntegrityError: the stored manifest is not the one of that digest, or its signature fails.
    """
    state = settings.load()
    envelope = ManifestStore(state.home).get(digest)
    store = KeyStore(state.home)
    name, parent = submission.claims_of(envelope)
    template = template_store.get(state.home, parent) if parent else None
    tenant = tenant_pseudonym(store.pepper(), name)
    try:
        opened = open_manifest(envelope, store.trusted().known, tenant=tenant, template=template)
    except IntegrityError as error:
        if error.code != "key-unknown":
            raise
        # An execution key that ended while the run waited may stand in older versions of the ring only.
        opened = open_manifest(envelope, store.history().known, tenant=tenant, template=template)
    manifest, found, signer = opened
    if found != digest:
        raise IntegrityError(
            "manifest-swapped", "The stored manifest is not the one that was admitted.", "Submit it again."
        )
    return Workspace(state, run, digest, manifest, tenant, signer)


def perform(run: str, digest: str, stage: str, schema: type[D], work: Callable[[Workspace], D]) -> D:
    """Do one stage between its intent and its completion in the log; its result is `<stage>.json`.

    A stage that the log knows as completed is not done again: its result is read back under its digest. So a
    run that was suspended goes on where it was.

    Raises:
        AtomqError: as the work raised it, after an entry; anything else becomes a StageError whose
            text names the place in the code, never data.
    """
    with taken_up(run, digest, stage) as workspace:
        started = time.monotonic()
        known = completed(workspace, stage)
        if known is not None:
            return schema.model_validate_json(workspace.folder.read(f"{stage}.json", known))
        workspace.record("intent", effect=stage)
        progress.stage(stage)
        _require_same_documents(workspace)
        _hold_share(workspace, stage)
        result = work(workspace)
        left = workspace.leave(f"{stage}.json", result)
        seconds = round(time.monotonic() - started, 6)
        workspace.folder.write(f"{stage}.seconds.json", strict_json.dumps({"seconds": seconds}))
    workspace.record("completed", effect=stage, digest=left)
    LOGGER.info("stage %s completed in %.2f s, result %s", stage, seconds, left)
    return result


@contextmanager
def taken_up(run: str, digest: str, stage: str) -> Iterator[Workspace]:
    """Give the workspace of a run for one step of it; a fault ends the run, with an entry.

    Raises:
        AtomqError: as the step raised it; anything else becomes a StageError.
    """
    workspace = reopen(run, digest)
    try:
        yield workspace
    except BaseException as error:
        raise failed(workspace, stage, error) from None
    finally:
        workspace.log.close()


def completed(workspace: Workspace, stage: str) -> Digest | None:
    """Return the digest of a stage's result if the log knows the stage as completed."""
    entry = workspace.log.find(event_of("run", workspace.run, "completed", stage))
    return None if entry is None else str(entry.data["digest"])


def failed(workspace: Workspace, stage: str, error: BaseException) -> BaseException:
    """Log once that a run ended without a result; return the error in atomq's own words."""
    fault = told(error, f"stage {stage}")
    code = fault.code if isinstance(fault, AtomqError) else "interrupted"
    logged = workspace.folder.path / LOGGED
    with suppress(UnavailableError, OSError):
        if not logged.exists():
            workspace.record("run.failed", stage=stage, code=code)
            logged.touch()
    LOGGER.error("stage %s failed: %s", stage, code)
    return fault


def _hold_share(workspace: Workspace, stage: str) -> None:
    """Renew what admission booked of the tenant's quotas."""
    if (workspace.folder.path / "admit.json").is_file():
        decision = workspace.result("admit", Decision)
        quotas.hold(workspace.share, decision, stage, workspace.manifest.not_after)


def _require_same_documents(workspace: Workspace) -> None:
    """Refuse to go on under other limits or prices than the run was admitted under."""
    if not (workspace.folder.path / "admit.json").is_file():
        return
    admitted, now = workspace.result("admit", Decision), workspace.governing.digests
    if (admitted.policy, admitted.tenants, admitted.tariff) != (now.policy, now.tenants, now.tariff):
        raise IntegrityError(
            "documents-changed",
            "A governing document was changed while the run was on its way.",
            "Run it again.",
        )
