"""Sign how long the log is, and let others keep it: checkpoints, witnesses, inclusion proofs."""

import base64
import logging
from datetime import datetime
from pathlib import Path

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import checkpoint as notes
from policy_checks.integrity import merkle
from policy_checks.integrity.checkpoint import Checkpoint, Cosigner
from policy_checks.integrity.note_evidence import cosigners, origin
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.schemas.receipt import InclusionProof
from tasks.adapters import passphrase, settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.witness import DirectoryWitness, Hand

__all__ = ["checkpoint", "newest_note", "origin", "proof", "witness"]
LOGGER = logging.getLogger("atomq")


def checkpoint(home: Path, *, strict: bool = False) -> bytes:
    """Return the signed checkpoint over all that is logged, after giving it to every witness.

    A witness that is not there is warned of, since a run shall not depend on a mount; one that refuses stops.

    Args:
        strict: a witness that is not there stops, too.

    Raises:
        UnavailableError: no audit key lies here, or the log is empty or cannot be written.
        IntegrityError: the log does not continue its newest checkpoint, or what a witness holds.
    """
    store, log, now = KeyStore(home), AuditLog(home), settings.now()
    try:
        chain = store.trusted()
        keyid = store.signing_key("audit", None, now)
        name, key = origin(chain.root_digest), store.private(keyid)
        known = cosigners(name, chain.known)
        note = log.checkpoint(name, known[keyid], lambda message: key.sign(message, b""), now)
        # A crash from here on leaves a checkpoint that witnesses have not seen; the next one reaches them.
        for folder in settings.witness_folders(home):
            try:
                _give(folder, home, store, chain, log, note, now)
            except UnavailableError as error:
                if strict:
                    raise
                LOGGER.warning("%s", error)
        return note
    finally:
        log.close()


def newest_note() -> str:
    """Return the text of this state folder's newest checkpoint, for showing it elsewhere; empty if none is.

    Raises:
        IntegrityError: the log is damaged.
    """
    log = AuditLog(settings.load().home)
    try:
        return (log.newest_checkpoint() or b"").decode()
    finally:
        log.close()


def proof(home: Path, seq: int) -> InclusionProof:
    """Return the proof, verified, that entry `seq` is in the log under its newest checkpoint.

    Raises:
        UnavailableError: there is no such entry, or no checkpoint covers it.
        IntegrityError: the entry is not what the checkpoint covers.
    """
    log = AuditLog(home)
    try:
        note = log.newest_checkpoint()
        head = notes.parse(note)[0] if note else None
        if note is None or head is None or not 0 <= seq < head.size:
            raise UnavailableError(
                "checkpoint-absent",
                f"No checkpoint covers an entry {seq}; the newest has {head.size if head else 0} entries.",
                "See `atomq audit tail`; a run makes a checkpoint when it ends.",
            )
        _, _, leaf, body = next(iter(log.lines(seq)))[0]
        path = log.inclusion_proof(seq, head.size)
    finally:
        log.close()
    store = KeyStore(home)
    notes.open_note(note, _own(store.history()))
    if merkle.leaf_hash(body) != leaf:
        raise IntegrityError(
            "entry-edited", f"Entry {seq} differs from its stored leaf hash.", "Tell security."
        )
    merkle.verify_inclusion(seq, head.size, leaf, path, head.root)
    return InclusionProof(
        v=1,
        seq=seq,
        body=body.decode(),
        path=tuple(sibling.hex() for sibling in path),
        checkpoint=note.decode(),
    )


def witness(home: Path, folder: Path, key: Path | None) -> tuple[Checkpoint, bool]:
    """Let a witness take the log's newest checkpoint; return it, and whether it was new.

    Args:
        key: a witness key's file, to cosign with.

    Raises:
        UnavailableError: no checkpoint yet, or no such directory or key.
        IntegrityError: the log does not continue what the witness holds.
    """
    log = AuditLog(home)
    try:
        note = log.newest_checkpoint()
        if note is None:
            raise UnavailableError(
                "checkpoint-absent", "The log has no checkpoint yet.", "A run makes one when it ends."
            )
        chain = KeyStore(home).history()
        hand = None
        if key is not None:
            private = PrivateKey(key, lambda: passphrase.obtain(key.parent, what=key.name))
            hand = _hand(private, chain, settings.now())
        new = _observed(DirectoryWitness(folder), log, chain, note, hand)
        return notes.parse(note)[0], new
    finally:
        log.close()


def _give(
    folder: Path, home: Path, store: KeyStore, chain: RingChain, log: AuditLog, note: bytes, now: datetime
) -> None:
    local = folder == home / "witness"
    if local:
        folder.mkdir(mode=0o700, exist_ok=True)
    hand = _local_hand(store, chain, now) if local else None
    _observed(DirectoryWitness(folder), log, chain, note, hand)


def _observed(
    witness: DirectoryWitness, log: AuditLog, chain: RingChain, note: bytes, hand: Hand | None
) -> bool:
    return witness.observe(
        note,
        cosigners=_own(chain),
        consistency=log.consistency_proof,
        leaves=log.leaves,
        hand=hand,
    )


def _own(chain: RingChain) -> tuple[Cosigner, ...]:
    """Return the log's own keys."""
    name = origin(chain.root_digest)
    return tuple(known for known in cosigners(name, chain.known).values() if known.name == name)


def _local_hand(store: KeyStore, chain: RingChain, now: datetime) -> Hand | None:
    for keyid, key in chain.ring.keys.items():
        if key.role == "witness" and key.may_sign(now) and store.holds(keyid):
            return _hand(store.private(keyid), chain, now)
    return None


def _hand(private: PrivateKey, chain: RingChain, now: datetime) -> Hand:
    key = chain.ring.keys.get(private.keyid)
    if key is None or key.role != "witness" or not key.may_sign(now):
        raise UnavailableError(
            "key-unknown",
            "The ring holds no witness key of this id that may sign now.",
            "See `atomq keys list`.",
        )
    cosigner = Cosigner(f"{origin(chain.root_digest)}/{key.owner}", base64.b64decode(key.public))
    return Hand(cosigner, lambda message: private.sign(message, b""), now)
