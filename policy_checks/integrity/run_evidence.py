"""Does what one run left agree with what the log says of it?

Files first against the digests that the receipt names, then receipt, manifest, decision and results against
the run's entries; a file that was changed is one fault, not one for each place that names it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from policy_checks.errors import IntegrityError
from policy_checks.integrity import dsse, keyring, merkle, strict_json
from policy_checks.integrity.approval_evidence import require_approved
from policy_checks.integrity.governing_documents import Name
from policy_checks.integrity.log_evidence import Entry, LogFacts, RunFacts, moment
from policy_checks.integrity.manifest import UNAUTHENTICATED, open_manifest
from policy_checks.integrity.note_evidence import NoteReader, Places
from policy_checks.integrity.run_files import DECISION, MANIFEST, PRODUCTS, PROOF, RECEIPT, TEMPLATE, RunFiles
from policy_checks.integrity.signature import Lattice
from policy_checks.integrity.verification import STOP, Verification
from policy_checks.schemas.base import Digest
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Governed
from policy_checks.schemas.keyring import Key, Profile
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.receipt import InclusionProof, Receipt


@dataclass(frozen=True)
class Adopted:
    """A version of a governing document, and the position of the entry that records it (-1: none does)."""

    document: Governed
    seq: int


@dataclass(frozen=True)
class Ground:
    """What runs are held against.

    Attributes:
        rings: identity of each ring -> its profile.
        documents: identity of each version of each governing document.
        records: who compares Parquet records with a receipt and its tariff; raises where they differ.
    """

    keys: Mapping[str, Key]
    rings: Mapping[Digest, Profile]
    documents: Mapping[tuple[Name, Digest], Adopted]
    log: LogFacts
    notes: NoteReader
    places: Places
    lattice: Lattice
    records: Callable[[RunFiles, Receipt, Governed | None], None] | None = None


@dataclass
class RunCheck:
    """The checks of one run."""

    files: RunFiles
    ground: Ground
    found: Verification
    bad: set[str] = field(default_factory=set)

    def check(self) -> None:
        """Add every fault of this run."""
        facts = self.ground.log.run(self.files.run)
        if RECEIPT in self.files.names:
            if facts is not None and facts.completed is not None:
                self._finished(facts, facts.completed)
            elif self.files.settled and self.ground.log.whole:
                self._fault("receipt-unlogged", "has a receipt that the log does not know")
        elif facts is not None and facts.completed is not None:
            self._fault("artifact-absent", "was completed, but its receipt is gone")
        elif facts is not None and facts.decided is not None:
            self._decided_only(facts.decided)
        elif self.files.settled and self.ground.log.whole:
            self._fault("run-unlogged", "has a folder, but the log knows no decision about it")

    def _finished(self, facts: RunFacts, completed: Entry) -> None:
        receipt: Receipt | None = None
        with self._step("Its receipt"):
            receipt = self._receipt(completed)
        if receipt is None:
            return
        self.found.counts["receipts"] += 1
        for name, digest in receipt.artifacts.items():
            with self._step(name):
                self._artifact(name, digest)
        unnamed = self.files.names - receipt.artifacts.keys() - {RECEIPT, PROOF}
        if unnamed:
            self._fault("artifact-unnamed", f"holds {len(unnamed)} files that its receipt omits")
        for code, what in self._differences(receipt, facts, completed):
            self._fault(code, what)
        self._hold("receipt", receipt.log.size, bytes.fromhex(receipt.log.root))
        if facts.decided is not None:
            self._manifest(facts.decided)
            with self._step("Its approval"):
                self._approval(facts, facts.decided)
        if PROOF in self.files.names:
            with self._step("Its inclusion proof"):
                self._proof(completed)
        self._records(receipt)

    def _receipt(self, completed: Entry) -> Receipt:
        envelope, entry = self.files.read(RECEIPT), completed.fields()
        if self.files.tenant not in (None, entry["tenant"]):
            raise _stop("run-misplaced", "It lies in another tenant's folder than its entry names.")
        payload, keyid = keyring.open_signed(
            "receipt",
            envelope,
            self.ground.keys,
            role="exec",
            tenant=entry["tenant"],
            lattice=self.ground.lattice,
        )
        strict_json.loads(payload)
        receipt = Receipt.model_validate_json(payload)
        if strict_json.digest(payload) != entry["data"]["receipt"] or receipt.run != self.files.run:
            raise _stop("receipt-swapped", f"It is not the one that entry {completed.seq} records.")
        keyring.require_counts(self.ground.keys, keyid, seq=completed.seq, at=moment(entry))
        return receipt

    def _artifact(self, name: str, digest: Digest) -> None:
        if name not in self.files.names:
            if not self.files.alone and (self.files.whole or name not in PRODUCTS):
                self.bad.add(name)
                raise _stop("artifact-absent", "The file that its receipt names is gone.")
            return
        if strict_json.digest(self.files.read(name)) != digest:
            self.bad.add(name)
            raise _stop("artifact-edited", "The file differs from the digest in its receipt.")
        self.found.counts["artifacts"] += 1

    def _differences(self, receipt: Receipt, facts: RunFacts, completed: Entry) -> Iterator[tuple[str, str]]:
        """Yield what the receipt says otherwise than the log, the rings or the documents."""
        end, said = completed.fields(), receipt.model_dump(mode="json")
        pairs = [("tenant", end["tenant"]), ("manifest", end["manifest"])]
        if facts.decided is None or facts.decided.seq > completed.seq:
            yield "run-unadmitted", "was completed, but nothing before admits it"
        else:
            begun = facts.decided.fields()
            if begun["type"] != "run.admitted":
                yield "run-unadmitted", "was completed, but it was denied"
            pairs += [(name, begun[name]) for name in ("tenant", "manifest")]
            names = ("envelope", "decision", "policy", "tenants", "tariff")
            pairs += [(name, begun["data"][name]) for name in names]
            yield from self._documents(receipt, facts.decided.seq)
        differing = sorted({name for name, logged in pairs if said[name] != logged})
        if (receipt.degraded or "no") != end["data"]["degraded"]:
            differing.append("degraded")
        for name, digest in ((MANIFEST, receipt.envelope), (DECISION, receipt.decision)):
            if receipt.artifacts.get(name) != digest:
                differing.append(name)
        if differing:
            yield "receipt-differs", f"has a receipt that differs from its entries in {', '.join(differing)}"
        for effect, digest in facts.digests().items():
            if receipt.artifacts.get(f"{effect}.json") != digest:
                yield "result-differs", f"has another result of {effect} than the log records"
        yield from self._head(receipt, completed)

    def _documents(self, receipt: Receipt, admitted: int) -> Iterator[tuple[str, str]]:
        """Development may run under drafts, and says so; production runs under what was adopted before."""
        named: tuple[tuple[Name, Digest], ...] = (
            ("policy", receipt.policy),
            ("tenants", receipt.tenants),
            ("tariff", receipt.tariff),
        )
        for name, digest in named:
            adopted = self.ground.documents.get((name, digest))
            if adopted is not None and 0 <= adopted.seq < admitted:
                continue
            if receipt.profile == "production":
                yield "document-unknown", f"ran under a {name} that nobody had adopted"
            else:
                self.found.remark(f"Run {self.files.run} ran under a draft of the {name}.")

    def _head(self, receipt: Receipt, completed: Entry) -> Iterator[tuple[str, str]]:
        if self.ground.rings.get(receipt.ring) != receipt.profile:
            yield "receipt-differs", "has a receipt that names another ring or profile than the rings show"
        if receipt.log.origin != self.ground.notes.log or receipt.log.size > completed.seq:
            yield "receipt-differs", "has a receipt that names another log, or a later one than its entry"

    def _decided_only(self, decided: Entry) -> None:
        entry = decided.fields()
        for name, digest in ((MANIFEST, entry["data"]["envelope"]), (DECISION, entry["data"]["decision"])):
            with self._step(name):
                self._artifact(name, digest)
        self._manifest(decided)

    def _manifest(self, decided: Entry) -> None:
        if MANIFEST in self.bad or MANIFEST not in self.files.names:
            return
        entry = decided.fields()
        with self._step(MANIFEST):
            envelope = self.files.read(MANIFEST)
            template = self.files.read(TEMPLATE) if TEMPLATE in self.files.names else None
            manifest, digest, keyid = open_manifest(
                envelope,
                self.ground.keys,
                tenant=entry["tenant"],
                template=template,
                lattice=self.ground.lattice,
            )
            for signer in {keyid, manifest.submitter} - {UNAUTHENTICATED}:
                keyring.require_counts(self.ground.keys, signer, seq=decided.seq, at=moment(entry))
            if digest != entry["manifest"]:
                raise _stop("manifest-swapped", f"It is not the manifest that entry {decided.seq} records.")

    def _approval(self, facts: RunFacts, decided: Entry) -> None:
        if self.bad & {MANIFEST, DECISION} or self.files.alone:
            return
        payload, _ = dsse.open_envelope("manifest", self.files.read(MANIFEST), lambda *_: None)
        require_approved(
            facts.approval,
            self.files.read,
            Manifest.model_validate_json(payload),
            Decision.model_validate_json(self.files.read(DECISION)),
            decided.fields()["tenant"],
            self.ground.keys,
            self.ground.lattice,
        )

    def _proof(self, completed: Entry) -> None:
        raw = self.files.read(PROOF)
        strict_json.loads(raw)
        proof = InclusionProof.model_validate_json(raw)
        if (proof.seq, proof.body.encode()) != (completed.seq, completed.body):
            raise _stop("proof-foreign", f"It is about another entry than {completed.seq}.")
        head = self.ground.notes.open(proof.checkpoint.encode())
        path = [bytes.fromhex(sibling) for sibling in proof.path]
        merkle.verify_inclusion(proof.seq, head.size, merkle.leaf_hash(completed.body), path, head.root)
        self._hold("proof", head.size, head.root)

    def _hold(self, what: str, size: int, root: bytes) -> None:
        """Let a receipt witness the log. One that was published meanwhile may know more of it than we read."""
        if self.files.settled:
            self.ground.places.hold(f"The {what} of run {self.files.run}", [(size, root)], once=True)

    def _records(self, receipt: Receipt) -> None:
        if self.ground.records is None or self.bad or self.files.alone:
            return
        tariff = self.ground.documents.get(("tariff", receipt.tariff))
        with self._step("Its records"):
            self.ground.records(self.files, receipt, tariff.document if tariff else None)

    def _fault(self, code: str, what: str) -> None:
        self.found.fault(code, f"Run {self.files.run} {what}.")

    def _step(self, what: str) -> AbstractContextManager[None]:
        return self.found.step(f"Run {self.files.run}, {what}")


def _stop(code: str, message: str) -> IntegrityError:
    return IntegrityError(code, message, STOP)
