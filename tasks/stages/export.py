"""Write an evidence pack: all that an auditor needs, and nothing that is secret or the tenant's."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path

from policy_checks.errors import UnavailableError
from policy_checks.integrity import checkpoint as notes
from policy_checks.integrity import keyring
from policy_checks.integrity.evidence import Evidence
from policy_checks.integrity.log_evidence import LogFacts
from policy_checks.integrity.log_line import Row
from policy_checks.integrity.run_files import PRODUCTS, RECEIPT
from policy_checks.integrity.verification import Verification
from tasks.adapters import evidence_store
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import sync_folder, unwritable
from tasks.adapters.pack_store import SEGMENT
from tasks.stages import witnessing

SECOND_OPINION = "second_opinion.py"
PARTS = (SECOND_OPINION, "second_opinion_signatures.py", "second_opinion_approvals.py")
README = """Evidence pack of an atomq audit log

  root.json, rings/, documents/   whom to believe: root document, key rings, governing documents
  log/                            the audit log, one entry a line, {size} entries
  checkpoints/, witnesses/        signed tree heads, as the log and its witnesses hold them
  runs/                           receipts, proofs, manifests, decisions, results, records

Ask the root's identity from somebody you trust, not from this folder. This pack claims
  {root}

Verify it without atomq (Python 3.11; pip install pqcrypto cryptography):
  python {program} . --root {root}
With atomq:
  ATOMQ_ROOT={root} atomq verify --pack .

Tables, weights, predictions and report pages stay with the tenant; receipts name their digests.
"""


def export(home: Path, output: Path) -> int:
    """Write the pack and return how many entries it holds: those under the newest checkpoint.

    Raises:
        UnavailableError: nothing was recorded, no checkpoint can be had, or the output exists or is unwritable.
        IntegrityError: the root, or the newest checkpoint, does not verify.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UnavailableError(
            "output-exists", f"{output} exists and is not empty.", "Name a folder that does not exist yet."
        )
    log = AuditLog(home)
    size = _covered(home, log)
    evidence = evidence_store.of_home(home, log)
    _, root = keyring.open_root(evidence.root, evidence.pin)
    staged = output.with_name(f".{output.name}.{secrets.token_hex(4)}.partial")
    try:
        staged.mkdir(parents=True)
        _write_log(staged / "log", evidence, size)
        _write_notes(staged, evidence, size)
        facts = _facts(evidence, size)
        _write_trust(staged, evidence, facts)
        _write_runs(staged / "runs", evidence, facts)
        text = README.format(size=size, root=root, program=SECOND_OPINION)
        _put(staged / "README.txt", text.encode())
        for part in PARTS:
            _put(staged / part, (files("deployments") / "auditor" / part).read_bytes())
        sync_folder(staged)
        # A crash before this line leaves a hidden folder beside the output, and no pack.
        staged.rename(output)
        sync_folder(output.parent)
    except OSError as error:
        raise unwritable(error) from None
    finally:
        log.close()
        shutil.rmtree(staged, ignore_errors=True)
    return size


def _covered(home: Path, log: AuditLog) -> int:
    """Return the size of the newest checkpoint, made now if there is something new and the audit key is here."""
    if not log.exists():
        raise UnavailableError("nothing-recorded", "There is no audit log here.", "Run `atomq run` first.")
    try:
        return notes.parse(witnessing.checkpoint(home))[0].size
    except UnavailableError:
        newest = log.newest_checkpoint()
        if newest is None:
            raise
        return notes.parse(newest)[0].size


def _write_log(folder: Path, evidence: Evidence, size: int) -> None:
    folder.mkdir()
    bodies = (row[3] + b"\n" for batch in evidence.lines() for row in batch)
    for begin in range(0, size, SEGMENT):
        _put(folder / f"{begin:012d}.jsonl", b"".join(islice(bodies, min(SEGMENT, size - begin))))


def _write_notes(pack: Path, evidence: Evidence, size: int) -> None:
    _put_notes(pack / "checkpoints", evidence.checkpoints, size)
    for number, witness in enumerate(evidence.witnesses, 1):
        # By number: a path would tell of this machine's disks.
        folder = pack / "witnesses" / f"{number}-{'witness' if witness.independent else 'copy'}"
        newest = _put_notes(folder, witness.notes, size)
        if witness.leaves and newest:
            _put(folder / "leaves", witness.leaves[: 32 * newest])


def _put_notes(folder: Path, found: Sequence[bytes], size: int) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    newest = 0
    for note in found:
        head, _ = notes.parse(note)
        if head.size <= size:
            _put(folder / f"{head.size:012d}.txt", note)
            newest = max(newest, head.size)
    return newest


def _facts(evidence: Evidence, size: int) -> LogFacts:
    """Return what the exported part of the log says; whether it is true, who reads the pack will see."""

    def exported() -> Iterator[Sequence[Row]]:
        left = size
        for batch in evidence.lines():
            yield batch[:left]
            left -= len(batch[:left])

    facts = LogFacts(Verification(), ())
    facts.read(exported)
    return facts


def _write_trust(pack: Path, evidence: Evidence, facts: LogFacts) -> None:
    """Write the root, and the rings and documents up to the newest that the exported log knows."""
    _put(pack / "root.json", evidence.root)
    known = [entry.fields()["data"] for entry in facts.governing]
    newest = {data.get("document", "ring"): data["version"] for data in known}
    for version, envelope in enumerate(evidence.rings, 1):
        if version <= newest.get("ring", 0):
            _put(pack / "rings" / f"ring-{version:06d}.json", envelope)
    for name, version, envelope in evidence.documents:
        if version <= newest.get(name, 0):
            _put(pack / "documents" / f"{name}-{version:06d}.json", envelope)


def _write_runs(folder: Path, evidence: Evidence, facts: LogFacts) -> None:
    folder.mkdir()
    for left in evidence.runs():
        said = facts.run(left.run)
        known = said is not None and (said.decided if RECEIPT not in left.names else said.completed)
        if known:
            for name in sorted(left.names - PRODUCTS):
                _put(folder / left.run / name, left.read(name))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
