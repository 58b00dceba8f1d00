"""Do rings, governing documents and log tell one story: each version recorded, nothing recorded that is gone?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import dsse, keyring, ring_chain
from policy_checks.integrity.governing_documents import NAMES, Name, identity, open_document
from policy_checks.integrity.log_evidence import Entry, LogFacts, moment
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.integrity.run_evidence import Adopted
from policy_checks.integrity.signature import Lattice
from policy_checks.integrity.verification import STOP, Verification
from policy_checks.schemas.base import Digest
from policy_checks.schemas.keyring import Key, Profile, Root

UNRECORDED = "If a rotation or adoption was under way just now, verify again; otherwise: " + STOP


@dataclass
class Rings:
    """Every version that follows from the root.

    Attributes:
        keys: every key of every version, as it was last mentioned.
        digests: identity of each version.
        rotators: the rotator that signed a version, where it was not the root.
        whole: every version that there is was accepted.
    """

    found: Verification
    keys: dict[str, Key] = field(default_factory=dict)
    digests: dict[int, Digest] = field(default_factory=dict)
    profiles: dict[Digest, Profile] = field(default_factory=dict)
    rotators: dict[int, str] = field(default_factory=dict)
    whole: bool = False

    def open(self, envelopes: Sequence[bytes], root: Root, root_digest: Digest, lattice: Lattice) -> None:
        """Accept versions until one does not follow."""
        chain = RingChain(root, root_digest, lattice)
        for number, envelope in enumerate(envelopes, 1):
            with self.found.step(f"Key ring {number}"):
                ring = chain.accept(envelope)
                self.profiles[chain.digests[ring.version]] = ring.profile
                if not ring_chain.signed_by_root(envelope, root):
                    self.rotators[ring.version] = _signer(envelope)
                self.found.counts["rings"] += 1
                continue
            break
        else:
            self.whole = bool(envelopes)
        if not envelopes:
            self.found.fault("ring-absent", "There is a root, but no key ring.")
        self.keys, self.digests = chain.known, chain.digests
        if chain.newest is not None:
            self.found.notes["profile"] = chain.newest.profile
            if chain.newest.profile == "development":
                self.found.remark("Profile development: one machine holds every key.")


@dataclass
class Documents:
    """Every version of every governing document that the root signed."""

    found: Verification
    adopted: dict[tuple[Name, Digest], Adopted] = field(default_factory=dict)
    versions: dict[tuple[Name, int], Digest] = field(default_factory=dict)
    whole: bool = True

    def open(self, envelopes: Sequence[tuple[str, int, bytes]], root: Root, lattice: Lattice) -> None:
        """Open each version; one that does not verify is a fault, and the others are opened all the same."""
        for text, version, envelope in envelopes:
            with self.found.step(f"{text} version {version}"):
                self._take(text, version, envelope, root, lattice)
                continue
            self.whole = False

    def _take(self, text: str, version: int, envelope: bytes, root: Root, lattice: Lattice) -> None:
        name = _named(text)
        document = open_document(name, envelope, root, lattice)
        digest = identity(document)
        if document.version != version:
            raise _fault("document-misnamed", f"Version {document.version} lies in its place.")
        self.adopted[name, digest] = Adopted(document, -1)
        self.versions[name, document.version] = digest
        self.found.counts["documents"] += 1


def check_entries(log: LogFacts, rings: Rings, documents: Documents, found: Verification) -> None:
    """Hold each entry about keys and documents against what there is, and the other way round."""
    logged_rings, logged_documents = set[int](), dict[Name, int]()
    for entry in log.governing:
        with found.step(f"Entry {entry.seq}", entry.seq):
            if entry.fields()["type"] == "document.adopted":
                _document(entry, documents, logged_documents)
            else:
                _ring(entry, rings, logged_rings)
    if not log.whole:
        return
    for version in sorted(rings.digests.keys() - logged_rings):
        found.fault("ring-unlogged", f"The log does not know key ring {version}. {UNRECORDED}")
    for (name, _), adopted in documents.adopted.items():
        if adopted.seq < 0:
            version = adopted.document.version
            found.fault("document-unlogged", f"The log does not know {name} version {version}. {UNRECORDED}")


def _ring(entry: Entry, rings: Rings, logged: set[int]) -> None:
    fields = entry.fields()
    version = fields["data"]["version"]
    if version in logged:
        raise _fault("entry-repeated", f"Key ring {version} was recorded before.")
    logged.add(version)
    digest = rings.digests.get(version)
    if digest is None:
        if rings.whole:  # Otherwise the ring that does not verify is the fault.
            raise _fault("ring-rollback", f"The log knows key ring {version}, which is gone.")
        return
    if fields["data"]["ring"] != digest:
        raise _fault("ring-swapped", f"Key ring {version} is not the one that the log knows.")
    by_rotator = version in rings.rotators
    wanted = "created" if version == 1 else "rotated" if by_rotator else "changed"
    if fields["type"] != f"keyring.{wanted}":
        raise _fault("ring-swapped", f"Key ring {version} was {wanted}, but the log says {fields['type']}.")
    if by_rotator:
        keyring.require_counts(rings.keys, rings.rotators[version], seq=entry.seq, at=moment(fields))


def _document(entry: Entry, documents: Documents, logged: dict[Name, int]) -> None:
    data = entry.fields()["data"]
    name = _named(data["document"])
    version = data["version"]
    if version <= logged.get(name, 0):
        raise _fault("document-rollback", f"The {name} went from version {logged[name]} to {version}.")
    logged[name] = version
    digest = documents.versions.get((name, version))
    if digest is None:
        if documents.whole:
            raise _fault("document-rollback", f"The log knows {name} version {version}, which is gone.")
        return
    if digest != data["digest"]:
        raise _fault("document-swapped", f"{name} version {version} is not the one that the log knows.")
    documents.adopted[name, digest] = Adopted(documents.adopted[name, digest].document, entry.seq)


def _named(text: str) -> Name:
    for name in NAMES:
        if name == text:
            return name
    raise _fault("document-unknown", "No governing document is called so.")


def _signer(envelope: bytes) -> str:
    try:
        _, keyids = dsse.open_envelope("keyring", envelope, lambda *_: None)
    except AtomqError:
        return ""
    return keyids[0]


def _fault(code: str, message: str) -> IntegrityError:
    return IntegrityError(code, message, STOP)
