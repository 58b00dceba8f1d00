"""Does everything that was recorded still hold? The ceremony that an auditor performs, step by step.

Values and callables in, a verdict out: no clock, no disk, no network. Evidence comes from a state folder or
from an exported pack; where it breaks, the other steps go on as far as they still mean something.

1. The root document is signed by its own keys, and is the pinned one if one is pinned.
2. Every key ring follows from the one before, from the first on.
3. Every governing document is the root's.
4. The log is one chain, and its tree has these roots.
5. What the log says of rings and documents is what there is, all of it.
6. The log's checkpoints are signed by its audit key and show this tree.
7. What witnesses hold is this log; where it is not, they say from which entry on.
8. Each run's receipt, proof, manifest and files agree with its entries.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from policy_checks.integrity import governing_evidence, keyring, note_evidence, second_opinion
from policy_checks.integrity.governing_evidence import Documents, Rings
from policy_checks.integrity.log_evidence import RUN_BYTES, Lines, LogFacts
from policy_checks.integrity.note_evidence import NoteReader, Places, Witness, origin, size_of
from policy_checks.integrity.run_evidence import Ground, RunCheck
from policy_checks.integrity.run_files import RunFiles, sizes_named
from policy_checks.integrity.signature import Lattice
from policy_checks.integrity.verification import Fault, Verification
from policy_checks.schemas.base import Digest
from policy_checks.schemas.governing import Governed
from policy_checks.schemas.keyring import Root
from policy_checks.schemas.receipt import Receipt

__all__ = ["Evidence", "Fault", "RunFiles", "Verification", "Witness", "verify"]


@dataclass(frozen=True)
class Evidence:
    """What there is to verify.

    Attributes:
        root: the root document's envelope; empty if it is gone.
        pin: identity of the root that the verifier was told to trust.
        rings: envelopes, oldest first.
        documents: (policy, tenants or tariff; version that its place names; envelope), oldest first.
        lines: what the log holds, in batches; called again if the end of the log is not witnessed.
        checkpoints: the log's own notes.
        runs: what each run left, one at a time; called twice.
        sealed: the log was exported up to its newest checkpoint, so that nothing may follow it.
        only: the one run whose files are asked about, or None for all.
        records: compares Parquet records with a verified receipt and its tariff.
    """

    root: bytes
    pin: Digest | None
    rings: Sequence[bytes]
    documents: Sequence[tuple[str, int, bytes]]
    lines: Lines
    checkpoints: Sequence[bytes]
    witnesses: Sequence[Witness]
    runs: Callable[[], Iterable[RunFiles]]
    sealed: bool = False
    only: str | None = None
    records: Callable[[RunFiles, Receipt, Governed | None], None] | None = None


def verify(evidence: Evidence, lattice: Lattice = second_opinion.agreed) -> Verification:
    """Return what was checked and every fault.

    Raises:
        IntegrityError: `verdicts-differ`: the implementations disagree about a signature. Nothing else.
    """
    found, once = Verification(), _remembered(lattice)
    root = _root(evidence, once, found)
    rings = Rings(found)
    documents = Documents(found)
    if root is not None:
        rings.open(evidence.rings, *root, once)
        documents.open(evidence.documents, root[0], once)
    log = _log(evidence, found)
    if root is None:
        if not evidence.root and (evidence.rings or evidence.documents or log.size or any(evidence.runs())):
            found.fault("root-absent", "Something was recorded, but the root that it stands under is gone.")
        return found
    if log.size == 0:
        if log.whole:
            found.fault("log-absent", "There are keys, but the audit log is gone.", 0)
        return found
    governing_evidence.check_entries(log, rings, documents, found)
    reader = NoteReader(origin(root[1]), rings.keys, once)
    with found.step("The checkpoints"):
        places = note_evidence.check(evidence.checkpoints, evidence.witnesses, reader, log, found)
        ground = Ground(
            keys=rings.keys,
            rings=rings.profiles,
            documents=documents.adopted,
            log=log,
            notes=reader,
            places=places,
            lattice=once,
            records=evidence.records,
        )
        _runs(evidence, ground, found)
        if evidence.sealed:
            _signed_to_its_end(log, places, found)
    _without_end(log, found)
    return found


def _root(evidence: Evidence, lattice: Lattice, found: Verification) -> tuple[Root, Digest] | None:
    if not evidence.root:
        return None
    with found.step("The root"):
        root = keyring.open_root(evidence.root, evidence.pin, lattice)
        found.notes["trust"] = "pinned" if evidence.pin else "on first use"
        if evidence.pin is None:
            found.remark(f"No root is pinned: trusted on first use. To pin it: ATOMQ_ROOT={root[1]}")
        return root
    return None


def _log(evidence: Evidence, found: Verification) -> LogFacts:
    held = {size_of(note) or 0 for witness in evidence.witnesses for note in witness.notes}
    sizes = held | {size_of(note) or 0 for note in evidence.checkpoints}
    with found.step("The runs"):
        for files in evidence.runs():
            sizes.update(sizes_named(files))
    mirrors = {witness.name: witness.leaves for witness in evidence.witnesses if witness.leaves}
    log = LogFacts(found, {size for size in sizes if size >= 0}, mirrors, evidence.only, max(held, default=0))
    log.read(evidence.lines)
    return log


def _runs(evidence: Evidence, ground: Ground, found: Verification) -> None:
    seen = set[str]()
    for files in evidence.runs():
        seen.add(files.run)
        with found.step(f"Run {files.run}"):
            RunCheck(files, ground, found).check()
    for run in ground.log.completed:
        if run.decode() not in seen:
            found.fault("run-absent", f"Run {run.decode()} was completed, but its folder is gone.")


def _signed_to_its_end(log: LogFacts, places: Places, found: Verification) -> None:
    """Fault entries that no checkpoint covers. Where a change was located before, this adds no place of its own."""
    if log.whole and places.signed < log.size:
        at = places.signed if found.first is None else None
        found.fault(
            "log-unsigned", f"The log goes on after its newest checkpoint of {places.signed} entries.", at
        )


def _without_end(log: LogFacts, found: Verification) -> None:
    """Note which effects began and neither ended nor failed; a run may be on its way just now."""
    found.notes["intents_without_end"] = [
        {"run": key[:RUN_BYTES].decode(), "effect": key[RUN_BYTES:].decode(), "seq": seq}
        for key, seq in log.pending.items()
    ]


def _remembered(lattice: Lattice) -> Lattice:
    """Return a lattice that judges each signature once: witnesses hold the notes that the log holds."""
    known: dict[bytes, bool] = {}

    def judge(level: int, public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
        parts = (str(level).encode(), public, message, signature, context)
        name = sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
        if name not in known:
            known[name] = lattice(level, public, message, signature, context)
        return known[name]

    return judge
