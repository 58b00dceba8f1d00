"""What the audit log and the published runs say, and whether all of it still holds."""

import base64
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import evidence, hash_chain, strict_json
from policy_checks.integrity.evidence import Evidence, Fault, Verification
from policy_checks.schemas.audit import AuditEntry
from tasks.adapters import evidence_store, pack_store, prefect_witness, settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.evidence_store import Progress
from tasks.stages import records

__all__ = ["Fault", "RunLine", "Verification", "runs", "verify", "verify_pack"]
OUTCOMES = {
    "run.completed": "completed",
    "run.denied": "denied",
    "run.failed": "failed",
    "run.admitted": "running",
    "run.refused": "refused",
    "approval.asked": "waiting",
    "approval.rejected": "rejected",
    "approval.expired": "expired",
    "run.cleared": "running",
}


@dataclass(frozen=True)
class RunLine:
    """One run as the log tells it."""

    run: str
    began: str
    tenant: str
    manifest: str
    outcome: str
    why: str


def verify(
    home: Path,
    *,
    run: str | None = None,
    receipt: Path | None = None,
    pack: Path | None = None,
    progress: Progress = lambda _read, _all: None,
) -> Verification:
    """Verify everything that was recorded, or the log with one run or one receipt.

    Args:
        run: the beginning of a run's id; only its files are verified.
        receipt: a receipt's file, with its proof beside it; only it is verified.
        pack: an exported pack that is verified in place of the state folder.

    Raises:
        UnavailableError: no such run, receipt or pack.
        IntegrityError: two implementations disagree about a signature.
    """
    log = AuditLog(home)
    try:
        if pack is not None:
            found = pack_store.of_pack(pack, progress)
        else:
            found = evidence_store.of_home(home, log, progress)
        found = replace(found, records=records.compare)
        if run is not None:
            found = evidence_store.only_run(found, _one_run(found, run))
        if receipt is not None:
            found = evidence_store.only_receipt(found, receipt, _run_named(receipt))
        verification = _witnessed_by_prefect(found)
        if pack is None:
            _tell_absent_witnesses(home, verification)
        return verification
    finally:
        log.close()


def verify_pack(pack: Path) -> Verification:
    """Verify an exported pack."""
    return verify(settings.load().home, pack=pack)


def runs(home: Path) -> tuple[RunLine, ...]:
    """Return every run that the log knows, newest first.

    Raises:
        IntegrityError: the log does not verify.
    """
    log, lines = AuditLog(home), dict[str, RunLine]()
    try:
        for entry in log.entries():
            known = lines.get(entry.run or "")
            if entry.run is None or (known and entry.type == "run.refused"):
                continue  # What was refused of a run that is known changes nothing about it.
            lines[entry.run] = RunLine(
                run=entry.run,
                began=known.began if known else entry.ts,
                tenant=entry.tenant or (known.tenant if known else "-"),
                manifest=entry.manifest or (known.manifest if known else "-"),
                outcome=OUTCOMES.get(entry.type, known.outcome if known else "running"),
                why=_why(entry) or (known.why if known else ""),
            )
    finally:
        log.close()
    return tuple(reversed(lines.values()))


def tail(home: Path, n: int) -> tuple[AuditEntry, ...]:
    """Return the newest n entries, oldest first, checked against each other.

    Raises:
        IntegrityError: they do not verify.
    """
    log = AuditLog(home)
    try:
        begin = max(0, log.size() - n)
        before = next(iter(log.lines(begin - 1)))[0] if begin else None
        lines = (row[3] for batch in hash_chain.walk(log.lines(begin), before=before) for row in batch)
        return tuple(AuditEntry.model_validate_json(line) for line in lines)
    finally:
        log.close()


def _why(entry: AuditEntry) -> str:
    match entry.type:
        case "run.failed":
            return f"{entry.data['code']} in {entry.data['stage']}"
        case "run.degraded":
            return f"degraded: {entry.data['reason']}"
        case "run.admitted" if entry.data["effect"] == "review":
            return "needs approval"
        case "run.refused":
            return str(entry.data["code"])
        case "run.cleared" if entry.data["n_owners"]:
            return "approved"
        case "standing.used":
            return "approved beforehand"
        case "approval.rejected":
            return f"rejected: {entry.data['reason']}"
        case "approval.expired":
            return f"expired: {entry.data['code']}"
    return ""


def _witnessed_by_prefect(found: Evidence) -> Verification:
    """Verify, with the checkpoints of a Prefect server as one witness more, where one is configured."""
    api = os.environ.get("PREFECT_API_URL")
    published = prefect_witness.published(api) if api and not found.sealed else None
    if published is not None and published.notes:
        found = replace(found, witnesses=(*found.witnesses, published))
    verification = evidence.verify(found)
    if api and not found.sealed and published is None:
        verification.remark("The Prefect server did not answer, so its checkpoints were not compared.")
    return verification


def _tell_absent_witnesses(home: Path, verification: Verification) -> None:
    for folder in settings.witness_folders(home):
        if not folder.is_dir():
            verification.remark(f"The witness at {folder} is not there.")


def _one_run(found: Evidence, beginning: str) -> str:
    named = {files.run for files in found.runs() if files.run.startswith(beginning)}
    if len(named) == 1:
        return named.pop()
    if not named and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", beginning):
        return beginning  # The log may know a run whose folder is gone.
    raise UnavailableError(
        "run-unknown", "No run, or more than one, has an id that begins so.", "See `atomq runs`."
    )


def _run_named(receipt: Path) -> str:
    """Return the run that a receipt claims to be about; the claim is verified later."""
    try:
        payload = base64.b64decode(strict_json.loads(receipt.read_bytes())["payload"])
        return str(strict_json.loads(payload)["run"])
    except OSError:
        raise UnavailableError(
            "receipt-absent", f"{receipt} cannot be read.", "Name a run's receipt.json."
        ) from None
    except (AtomqError, ValueError, TypeError, KeyError):
        raise IntegrityError(
            "receipt-invalid", f"{receipt} is no receipt.", "Obtain it again from where the run was made."
        ) from None
