"""Which keys does this root stand for, through every version of the ring?

A state machine over bytes: it is given envelopes, oldest first, and trusts each only if
* the first is signed by the root and names no predecessor,
* each later one follows the one before by exactly one version and names its identity,
* it is signed by the root, or by a rotator of the version before,
* what changed does not exceed its signer: a rotator adds and retires execution keys and nothing else;
  the root may add keys, revoke keys, renew the ring; nobody edits or silently removes a key.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import dsse, keyring, signature, strict_json
from policy_checks.integrity.keyring import SKEW
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.base import Digest
from policy_checks.schemas.keyring import Key, KeyRing, Root

EXEC_WINDOW_MAX = timedelta(hours=25)


@dataclass
class RingChain:
    """The versions that were accepted so far.

    Attributes:
        known: every key of every version, as it was last mentioned.
        digests: identity of each accepted version.
    """

    root: Root
    root_digest: Digest
    lattice: Lattice = signature.openssl
    newest: KeyRing | None = None
    known: dict[str, Key] = field(default_factory=dict)
    digests: dict[int, Digest] = field(default_factory=dict)

    @property
    def ring(self) -> KeyRing:
        """The newest version.

        Raises:
            IntegrityError: none was accepted.
        """
        if self.newest is None:
            raise _refused("ring-absent", "There is no key ring here.")
        return self.newest

    def accept(self, envelope: bytes) -> KeyRing:
        """Take the next version, and return it.

        Raises:
            IntegrityError: it does not follow from the versions before.
        """
        return self._take(envelope, gap=False)

    def leap(self, envelope: bytes) -> KeyRing:
        """Take a later version without those between, and return it.

        For who was not sent every version. What stood between is not seen: whether each version followed from
        the one before, execution keys that came and went, a rotator that the root has revoked since. What
        differs in the end is still held against what the signer may change.

        Raises:
            IntegrityError: it is not a later version, or exceeds its signer.
        """
        return self._take(envelope, gap=True)

    def resume(self, envelope: bytes) -> KeyRing:
        """Start from a version in the middle that the root signed: the root vouches for what came before.

        Raises:
            IntegrityError: the root did not sign it.
        """
        payload = keyring.open_by_root("keyring", envelope, self.root, self.lattice)
        ring = _parsed(payload)
        if ring.root != self.root_digest:
            raise _refused("ring-foreign-root", "The key ring belongs to another root than this state's.")
        self.newest, self.known = ring, dict(ring.keys)
        self.digests = {ring.version: strict_json.digest(payload)}
        return ring

    def _take(self, envelope: bytes, *, gap: bool) -> KeyRing:
        payload, by_root = self._opened(envelope)
        ring = _parsed(payload)
        if ring.root != self.root_digest:
            raise _refused("ring-foreign-root", "The key ring belongs to another root than this state's.")
        self._require_next(ring, by_root, gap=gap)
        self.newest = ring
        self.known |= ring.keys
        self.digests[ring.version] = strict_json.digest(payload)
        return ring

    def _opened(self, envelope: bytes) -> tuple[bytes, bool]:
        if signed_by_root(envelope, self.root):
            return keyring.open_by_root("keyring", envelope, self.root, self.lattice), True
        rotators = self.newest.keys if self.newest else {}
        payload, keyid = keyring.open_signed(
            "keyring", envelope, rotators, role="rotator", lattice=self.lattice
        )
        if not rotators[keyid].may_sign(_parsed(payload).issued):
            raise _refused("key-outside-window", "The key ring's rotator was revoked, or outside its window.")
        return payload, False

    def _require_next(self, ring: KeyRing, by_root: bool, *, gap: bool) -> None:
        older = self.newest
        if older is None:
            if ring.version != 1 or ring.prev is not None:
                raise _refused("ring-gap", f"The first key ring has version 1, {ring.version} found.")
            return
        if ring.version <= older.version:
            raise _refused(
                "ring-rollback", f"Version {ring.version} of the key ring follows {older.version}."
            )
        follows = ring.version == older.version + 1
        if not follows and not gap:
            raise _refused("ring-gap", f"Key ring {older.version + 1} is missing before {ring.version}.")
        if follows and ring.prev != self.digests[older.version]:
            raise _refused("ring-broken", f"Key ring {ring.version} does not continue {older.version}.")
        if ring.issued < older.issued:
            raise _refused("ring-broken", f"Key ring {ring.version} is older than the one that it follows.")
        for what in excess(older, ring, by_root=by_root):
            raise _refused(
                "ring-exceeds-signer", f"Key ring {ring.version} was signed by a key that may not {what}."
            )


def ended(key: Key, at: datetime) -> bool:
    """Return whether an execution key's window, skew included, is over, so that the ring may drop it."""
    return key.role == "exec" and key.sign_until + SKEW < at


def excess(older: KeyRing, newer: KeyRing, *, by_root: bool) -> Iterator[str]:
    """Yield what the newer version changes that its signer may not."""
    for keyid, key in older.keys.items():
        kept = newer.keys.get(keyid)
        if kept is None:
            if not ended(key, newer.issued):
                yield "remove keys that have not ended"
        elif kept != key and not (by_root and key == kept.model_copy(update={"revoked": key.revoked})):
            yield "edit keys"
        elif kept != key and key.revoked is not None:
            yield "edit a revocation"
    if by_root:
        return
    if (newer.profile, newer.expires) != (older.profile, older.expires):
        yield "change profile or expiry"
    for keyid in newer.keys.keys() - older.keys.keys():
        key = newer.keys[keyid]
        if key.role != "exec":
            yield f"add a {key.role} key"
        elif key.revoked is not None or key.sign_until - key.not_before > EXEC_WINDOW_MAX:
            yield "add an execution key with such a window"


def open_chain(
    envelopes: Iterable[bytes], root: Root, root_digest: Digest, lattice: Lattice = signature.openssl
) -> RingChain:
    """Return the chain over every version, the first included.

    Raises:
        IntegrityError: a version is missing, foreign, or exceeds its signer.
    """
    chain = RingChain(root, root_digest, lattice)
    for envelope in envelopes:
        chain.accept(envelope)
    return chain


def signed_by_root(envelope: bytes, root: Root) -> bool:
    """Return whether the envelope claims the root's signatures (nothing is verified here)."""
    roots = {keyring.key_id(key) for key in root.keys}
    try:
        _, keyids = dsse.open_envelope("keyring", envelope, lambda *_: None)
    except AtomqError:
        return False
    return bool(roots & set(keyids))


def require_current(ring: KeyRing, now: datetime) -> None:
    """Return if the ring has not expired.

    Raises:
        IntegrityError: its validity is over.
    """
    if now > ring.expires:
        raise IntegrityError(
            "ring-expired",
            f"The key ring was valid until {ring.expires:%Y-%m-%d %H:%M} UTC.",
            "Renew it under the root: atomq keys rotate --root FILE.",
        )


def _parsed(payload: bytes) -> KeyRing:
    try:
        strict_json.loads(payload, size_bytes_max=dsse.RING_BYTES_MAX)
        ring = KeyRing.model_validate_json(payload)
    except ValidationError:
        raise _refused("ring-invalid", "The key ring's content does not fit its schema.") from None
    for keyid, key in ring.keys.items():
        if keyid != keyring.key_id(key):
            raise _refused("ring-invalid", "A key's id is not the digest of the key.")
    return ring


def _refused(code: str, what: str) -> IntegrityError:
    return IntegrityError(code, what, "Use no key of this ring; restore the last good version from a backup.")
