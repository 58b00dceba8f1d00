"""What every stage works with: the verified manifest, the governing documents, the run's folder and the log.

Built anew from two strings, run id and manifest digest, because those are all that passes through
Prefect; everything else is read back under a digest or a signature.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import keyring, strict_json
from policy_checks.schemas.audit import EntryType
from policy_checks.schemas.base import Document
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import documents, settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.documents import Governing
from tasks.adapters.faults import translated
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import RunFolder
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import progress
from tasks.tabular.pseudonym_keys import tenant_pseudonym

D = TypeVar("D", bound=Document)
LOGGED = ".failure-logged"
LOGGER = logging.getLogger("atomq")
LOGGER.setLevel(logging.INFO)


@dataclass(frozen=True)
class Workspace:
    """One run's surroundings."""

    state: Settings
    run: str
    digest: str
    manifest: Manifest

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
    def tenant(self) -> str:
        """The tenant's pseudonym."""
        return tenant_pseudonym(self.keys.pepper(), self.manifest.tenant)

    @cached_property
    def folder(self) -> RunFolder:
        """Where this run's files lie."""
        return RunFolder(self.state.home, self.tenant, self.run)

    def record(self, kind: EntryType, **data: str | int) -> None:
        """Append an audit entry about this run; the same one again finds its first."""
        self.log.append(
            kind,
            data,
            tenant=self.tenant,
            run=self.run,
            manifest=self.digest,
            event=event_of("run", self.run, kind, str(data.get("effect", ""))),
        )

    def result(self, stage: str, schema: type[D]) -> D:
        """Return what a finished stage left, through its one schema."""
        return schema.model_validate_json(self.folder.read(f"{stage}.json"))


def reopen(run: str, digest: str) -> Workspace:
    """Return the workspace of an admitted run.

    Raises:
        IntegrityError: the stored manifest is not the one of that digest, or its signature fails.
    """
    state = settings.load()
    envelope = ManifestStore(state.home).get(digest)
    keys = KeyStore(state.home).trusted().known
    payload, _ = keyring.open_signed("manifest", envelope, keys, role="submitter")
    if strict_json.digest(payload) != digest:
        raise IntegrityError(
            "manifest-swapped", "The stored manifest is not the one that was admitted.", "Submit it again."
        )
    return Workspace(state, run, digest, Manifest.model_validate_json(payload))


def perform(run: str, digest: str, stage: str, work: Callable[[Workspace], D]) -> D:
    """Do one stage between its intent and its completion in the log; its result is `<stage>.json`.

    Raises:
        AtomqError: as the work raised it, after an entry; anything else becomes a StageError whose
            text names the place in the code, never data.
    """
    workspace = reopen(run, digest)
    started = time.monotonic()
    try:
        workspace.record("intent", effect=stage)
        progress.stage(stage)
        _require_same_documents(workspace)
        result = work(workspace)
        left = workspace.folder.write(f"{stage}.json", result.to_bytes())
        seconds = round(time.monotonic() - started, 6)
        workspace.folder.write(f"{stage}.seconds.json", strict_json.dumps({"seconds": seconds}))
    except BaseException as error:
        raise failed(workspace, stage, error) from None
    finally:
        workspace.log.close()
    workspace.record("completed", effect=stage, digest=left)
    LOGGER.info("stage %s completed in %.2f s, result %s", stage, seconds, left)
    return result


def failed(workspace: Workspace, stage: str, error: BaseException) -> BaseException:
    """Log once that a run ended without a result; return the error in atomq's own words."""
    fault = translated(error, f"stage {stage}")
    code = fault.code if isinstance(fault, AtomqError) else "interrupted"
    logged = workspace.folder.path / LOGGED
    with suppress(UnavailableError, OSError):
        if not logged.exists():
            workspace.record("run.failed", stage=stage, code=code)
            logged.touch()
    LOGGER.error("stage %s failed: %s", stage, code)
    return fault


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
