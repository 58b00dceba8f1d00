"""Do the log's own checkpoints, and those that witnesses hold, show this very log? If not, from where on?"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import checkpoint, keyring
from policy_checks.integrity.checkpoint import Checkpoint, Cosigner
from policy_checks.integrity.log_evidence import LogFacts
from policy_checks.integrity.merkle import EMPTY, HASH_BYTES, Frontier
from policy_checks.integrity.signature import Lattice
from policy_checks.integrity.verification import STOP, Verification
from policy_checks.schemas.base import Digest
from policy_checks.schemas.keyring import Key

OWN = "the log itself"


@dataclass(frozen=True)
class Witness:
    """What somebody else keeps of the log.

    Attributes:
        independent: it lies where whoever writes the log cannot rewrite it; otherwise it is a copy.
        leaves: every leaf hash so far, 32 bytes each, if the witness keeps them.
        anybody_writes: notes that this log did not sign are somebody else's there, and no fault of it.
    """

    name: str
    independent: bool
    notes: Sequence[bytes]
    leaves: bytes | None = None
    anybody_writes: bool = False


def origin(root_digest: Digest) -> str:
    """Return the name of the log that belongs to a root.

    >>> origin("sha256:0123456789abcdef" + 48 * "0")
    'atomq/0123456789abcdef'
    """
    return "atomq/" + root_digest.removeprefix("sha256:")[:16]


def cosigners(log: str, keys: Mapping[str, Key]) -> dict[str, Cosigner]:
    """Return who may sign checkpoints of this log, by key id: its audit keys and its witnesses."""
    return {
        keyid: Cosigner(log if key.role == "audit" else f"{log}/{key.owner}", base64.b64decode(key.public))
        for keyid, key in keys.items()
        if key.role in {"audit", "witness"}
    }


def size_of(note: bytes) -> int | None:
    """Return the size that a note speaks of, unverified, or None if it is no note."""
    try:
        return checkpoint.parse(note)[0].size
    except AtomqError:
        return None


@dataclass
class NoteReader:
    """Opens notes under the audit and witness keys of every ring."""

    log: str
    keys: Mapping[str, Key]
    lattice: Lattice
    known: dict[str, Cosigner] = field(init=False)

    def __post_init__(self) -> None:
        self.known = cosigners(self.log, self.keys)

    def open(self, note: bytes) -> Checkpoint:
        """Return the checkpoint of a note that the log signed; every line of a known key must verify.

        Raises:
            IntegrityError: another log's, unsigned, or signed with a key outside its window or revoked.
        """
        found, signed = checkpoint.open_note(note, tuple(self.known.values()), self.lattice)
        if found.origin != self.log:
            raise _refused("it speaks of another log")
        own = {cosignature.public: cosignature for cosignature in signed if cosignature.name == self.log}
        refused = _refused("the log itself did not sign it")
        for keyid, cosigner in self.known.items():
            if cosigner.name != self.log or cosigner.public not in own:
                continue
            at = datetime.fromtimestamp(own[cosigner.public].timestamp, UTC)
            try:
                keyring.require_counts(self.keys, keyid, seq=found.size - 1, at=at)
            except IntegrityError as error:
                refused = error
            else:
                return found
        raise refused


@dataclass
class Places:
    """Where the log and what others hold of it part ways.

    Attributes:
        agreed: sizes at which somebody's root is the log's.
        exact: first differing entry, from the leaves of a witness whose checkpoint covers them.
        covered: how many leaves witnesses hold that are the log's.
        signed: size of the log's own newest checkpoint.
        told: a holder was found to show another log, or more of it.
    """

    log: LogFacts
    found: Verification
    agreed: set[int] = field(default_factory=lambda: {0})
    exact: int | None = None
    covered: int = 0
    signed: int = 0
    told: bool = False

    def hold(self, holder: str, heads: Iterable[tuple[int, bytes]], *, once: bool = False) -> None:
        """Hold tree heads (size, root) of one holder against the log; each holder is one fault at most.

        Args:
            once: keep silent about what another holder showed already; for receipts, of which there are many.
        """
        foreign, beyond = list[int](), list[int]()
        for size, root in sorted(heads):
            if size > self.log.size:
                beyond.append(size)
            elif size in self.log.roots and self.log.roots[size] != root:
                foreign.append(size)
            elif size in self.log.roots:
                self.agreed.add(size)
        if once and self.told:
            return
        self.told = self.told or bool(foreign or beyond)
        if foreign:
            self._foreign(holder, foreign[0])
        elif beyond and self.log.whole:
            # A log that breaks earlier is not "cut off": what follows the break was not read.
            self.found.fault(
                "log-truncated",
                f"{holder} holds a checkpoint of {beyond[-1]} entries, but the log ends after {self.log.size}.",
                self.log.size,
            )

    def _foreign(self, holder: str, size: int) -> None:
        if size <= self.covered and (self.exact is None or size <= self.exact):
            self.found.fault(
                "checkpoint-foreign",
                f"{holder} holds a checkpoint of {size} entries that shows another log; witnesses show this one.",
            )
            return
        same = max(agreed for agreed in self.agreed if agreed < size)
        at = same if self.exact is None else self.exact
        between = (
            f"the first {same} entries are the same" if self.exact is None else f"entry {at} is the first"
        )
        self.found.fault(
            "log-rewritten",
            f"{holder} holds a checkpoint of {size} entries that shows another log than this one; {between}.",
            at,
        )


def check(
    own: Sequence[bytes], witnesses: Sequence[Witness], reader: NoteReader, log: LogFacts, found: Verification
) -> Places:
    """Open every note, locate where leaves differ, then hold every checkpoint against the tree."""
    places = Places(log, found)
    held = {OWN: _opened(OWN, own, reader, found)}
    places.signed = max((head.size for head in held[OWN]), default=0)
    for witness in witnesses:
        if witness.anybody_writes:
            heads = held[witness.name] = _passed_over(witness, reader, found)
        else:
            heads = held[witness.name] = _opened(witness.name, witness.notes, reader, found)
        _locate(witness, max(heads, key=lambda head: head.size, default=None), places)
        _tell(witness, heads, log, found)
    for heads in held.values():
        agreeing = (head.size for head in heads if log.roots.get(head.size) == head.root)
        places.agreed.update(agreeing)
    for holder, heads in held.items():
        places.hold(holder, ((head.size, head.root) for head in heads))
    if not any(witness.independent for witness in witnesses):
        found.remark("No independent witness: whoever owns this machine could have rewritten all of it.")
    return places


def _opened(holder: str, notes: Sequence[bytes], reader: NoteReader, found: Verification) -> list[Checkpoint]:
    heads = []
    for note in notes:
        with found.step(f"A checkpoint that {holder} holds"):
            heads.append(reader.open(note))
            found.counts["checkpoints"] += 1
    return heads


def _passed_over(witness: Witness, reader: NoteReader, found: Verification) -> list[Checkpoint]:
    unread = Verification()
    heads = _opened(witness.name, witness.notes, reader, unread)
    found.counts["checkpoints"] += len(heads)
    if unread.faults:
        found.remark(f"{witness.name} holds {len(unread.faults)} notes that this log did not sign.")
    return heads


def _locate(witness: Witness, newest: Checkpoint | None, places: Places) -> None:
    """Note the first entry that is not the witness's, provided its leaves make its own newest checkpoint."""
    if witness.leaves is None or newest is None:
        return
    n_held, differs = newest.size, places.log.differs.get(witness.name)
    if differs is not None and differs >= n_held:
        differs = None  # What follows the newest checkpoint is what a crash left.
    if differs is None and places.log.roots.get(n_held) == newest.root:
        places.covered = max(places.covered, min(n_held, len(witness.leaves) // HASH_BYTES))
        return
    if _root(witness.leaves[: n_held * HASH_BYTES]) != newest.root:
        places.found.fault(
            "witness-damaged",
            f"The leaves of {witness.name} do not make its own checkpoint of {n_held} entries.",
        )
    elif differs is not None:
        places.exact = differs if places.exact is None else min(places.exact, differs)
        places.covered = max(places.covered, differs)
        message = f"Entry {differs} of the log is not the one that {witness.name} holds."
        places.found.fault("log-rewritten", message, differs)


def _root(leaves: bytes) -> bytes:
    if not leaves:
        return EMPTY
    frontier = Frontier()
    frontier.extend(leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES))
    return frontier.root()


def _tell(witness: Witness, heads: Sequence[Checkpoint], log: LogFacts, found: Verification) -> None:
    size = max((head.size for head in heads), default=0)
    kind = "witness" if witness.independent else "copy"
    told = {"name": witness.name, "kind": kind, "size": size, "behind": max(0, log.size - size)}
    found.notes["witnesses"].append(told)


def _refused(what: str) -> IntegrityError:
    return IntegrityError("checkpoint-invalid", f"The checkpoint is refused: {what}.", STOP)
