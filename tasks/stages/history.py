"""What the audit log and the published runs say, and whether they agree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import strict_json
from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.receipt import Receipt
from tasks.adapters import run_folder
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.keyring import KeyStore
from tasks.adapters.run_folder import RECEIPT, RunFolder
from tasks.stages.lifecycle import read_receipt

OUTCOMES = {
    "run.completed": "completed",
    "run.denied": "denied",
    "run.failed": "failed",
    "run.admitted": "running",
}


@dataclass(frozen=True)
class Fault:
    """One thing that does not verify."""

    code: str
    message: str
    remedy: str


@dataclass
class Verification:
    """What was checked, and every fault that was found."""

    counts: dict[str, int] = field(default_factory=lambda: {"entries": 0, "receipts": 0, "artifacts": 0})
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class RunLine:
    """One run as the log tells it."""

    run: str
    began: str
    tenant: str
    manifest: str
    outcome: str
    why: str


def verify(home: Path) -> Verification:
    """Re-hash the log's chain, then hold every receipt and artifact against it."""
    found, completed = Verification(), dict[str, str]()
    log = AuditLog(home)
    try:
        for entry in log.entries():
            found.counts["entries"] += 1
            if entry.type == "run.completed" and entry.run is not None:
                completed[entry.run] = str(entry.data["receipt"])
    except AtomqError as error:
        found.faults.append(_fault(error))
    finally:
        log.close()
    if not log.exists() and KeyStore(home).exists():
        found.faults.append(_fault(_stop("log-absent", "There are keys, but the audit log is gone.")))
    folders = {folder.run: folder for folder in run_folder.published(home)}
    for run, digest in completed.items():
        if run not in folders:
            found.faults.append(
                _fault(_stop("run-absent", f"Run {run} was completed, but its folder is gone."))
            )
        else:
            _verify_run(folders[run], digest, found)
    for run, folder in folders.items():
        if run not in completed and (folder.path / RECEIPT).is_file() and not found.faults:
            found.faults.append(
                _fault(_stop("receipt-unlogged", f"Run {run} has a receipt that the log does not know."))
            )
    return found


def runs(home: Path) -> tuple[RunLine, ...]:
    """Return every run that the log knows, newest first.

    Raises:
        IntegrityError: the log does not verify.
    """
    log, lines = AuditLog(home), dict[str, RunLine]()
    try:
        for entry in log.entries():
            if entry.run is None:
                continue
            known = lines.get(entry.run)
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


def _why(entry: AuditEntry) -> str:
    match entry.type:
        case "run.failed":
            return f"{entry.data['code']} in {entry.data['stage']}"
        case "run.degraded":
            return f"degraded: {entry.data['reason']}"
        case "run.admitted" if entry.data["effect"] == "review":
            return "needs approval"
    return ""


def _verify_run(folder: RunFolder, logged: str, found: Verification) -> None:
    try:
        receipt = read_receipt(folder, KeyStore(folder.home))
        if strict_json.digest(receipt.to_bytes()) != logged:
            raise _stop("receipt-swapped", f"The receipt of run {folder.run} is not the one in the log.")
        found.counts["receipts"] += 1
        for _ in _artifacts(folder, receipt):
            found.counts["artifacts"] += 1
    except UnavailableError as error:
        found.faults.append(_fault(_stop(error.code, f"Run {folder.run}: {error.message}")))
    except ValidationError:
        found.faults.append(_fault(_stop("receipt-invalid", f"The receipt of run {folder.run} is none.")))
    except AtomqError as error:
        found.faults.append(_fault(error))


def _artifacts(folder: RunFolder, receipt: Receipt) -> Iterator[str]:
    for name, digest in receipt.artifacts.items():
        folder.read(name, digest)
        yield name
    unnamed = set(folder.digests()) - set(receipt.artifacts)
    if unnamed:
        raise _stop(
            "artifact-unnamed", f"Run {folder.run} holds {len(unnamed)} files that its receipt omits."
        )


def _stop(code: str, message: str) -> IntegrityError:
    return IntegrityError(code, message, "Stop, delete nothing, and tell the security team.")


def _fault(error: AtomqError) -> Fault:
    return Fault(error.code, error.message, error.remedy)
