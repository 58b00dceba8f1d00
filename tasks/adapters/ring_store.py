"""The key ring on disk: every version ever published, the root document, and what this machine may sign.

`<home>/keys` holds root.json, ring-000001.json and on, and sealed private keys. Private keys themselves
are opened in `keyring` only.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, keyring, ring_chain, signature
from policy_checks.integrity.ring_chain import RingChain, ended
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.base import Digest
from policy_checks.schemas.keyring import ALGORITHM_OF, Key, KeyRing, Profile, Role, Root
from tasks.adapters import keyring as private
from tasks.adapters import passphrase, settings
from tasks.adapters.files import locked, write_whole
from tasks.adapters.keyring import PrivateKey

EXEC_VALID = timedelta(hours=24)
EXEC_EARLY = timedelta(hours=1)
OTHERS_VALID = timedelta(days=365)
RING_VALID = timedelta(days=365)
ROOT, CO_ROOT = "root", "co-root"
KEYID_CHARACTERS = 64


class KeyStore:
    """The ring of one state folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "keys"

    def exists(self) -> bool:
        """Return whether a ring has been published here."""
        return bool(self._files())

    def root(self, lattice: Lattice = signature.openssl) -> tuple[Root, Digest]:
        """Return the root document and its identity.

        Raises:
            IntegrityError: it is gone, does not verify, or is not the one that `ATOMQ_ROOT` pins.
        """
        return keyring.open_root(self.root_envelope(), settings.pinned_root(), lattice)

    def root_envelope(self) -> bytes:
        """Return the root document's envelope, unverified."""
        try:
            return (self.folder / "root.json").read_bytes()
        except OSError:
            raise _absent() from None

    def envelopes(self) -> tuple[bytes, ...]:
        """Return every version's envelope, oldest first, unverified."""
        return tuple(path.read_bytes() for path in self._files())

    def envelopes_since_root(self) -> tuple[bytes, ...]:
        """Return the newest version's envelope that the root signed, and those after it, unverified.

        Raises:
            IntegrityError: there is no ring.
        """
        envelopes, root = self.envelopes(), self.root()[0]
        if not envelopes:
            raise _absent()
        signed = (n for n, found in enumerate(envelopes) if ring_chain.signed_by_root(found, root))
        return envelopes[max(signed, default=0) :]

    def history(self, lattice: Lattice = signature.openssl) -> RingChain:
        """Return the chain over all versions, verified from the first on."""
        return ring_chain.open_chain(self.envelopes(), *self.root(lattice), lattice)

    def trusted(self) -> RingChain:
        """Return the chain from the newest version that the root signed: what signing and judging need.

        Raises:
            IntegrityError: no ring, or one that does not follow from its root.
        """
        chain, envelopes = RingChain(*self.root()), self.envelopes_since_root()
        chain.resume(envelopes[0])
        for envelope in envelopes[1:]:
            chain.accept(envelope)
        if chain.ring.version != int(self._files()[-1].stem.removeprefix("ring-")):
            raise IntegrityError("ring-broken", "A key ring's file is misnamed.", "Restore the keys folder.")
        return chain

    def ring(self) -> KeyRing:
        """Return the newest version, verified."""
        return self.trusted().ring

    def ring_digest(self) -> Digest:
        """Return the newest version's identity."""
        chain = self.trusted()
        return chain.digests[chain.ring.version]

    def holds(self, keyid: str) -> bool:
        """Return whether this key's private half lies here, for this process to read."""
        return os.access(self.folder / f"{keyid}.key", os.R_OK)

    def private(self, name: str) -> PrivateKey:
        """Return the private key of that id or name."""
        return PrivateKey(self.folder / f"{name}.key", self.passphrase)

    def passphrase(self) -> bytes:
        """Return the passphrase of the keys that lie here."""
        return passphrase.obtain(self.folder, what="this machine's keys")

    def signing_key(self, role: Role, tenant: str | None, now: datetime) -> str:
        """Return the id of the newest key of this role (and tenant) that may sign now and lies here.

        Raises:
            UnavailableError: there is none.
        """
        named = [
            (key.sign_until, keyid)
            for keyid, key in self.ring().keys.items()
            if key.role == role and key.tenant == tenant and key.may_sign(now)
        ]
        if not named:
            raise UnavailableError(
                "key-overdue",
                f"No key of role {role} may sign now.",
                "Rotate the keys with `atomq keys rotate`; `atomq keys list` shows each key's window.",
            )
        held = [found for found in named if self.holds(found[1])]
        if not held:
            raise UnavailableError(
                "key-elsewhere",
                f"The private key of role {role} is not on this machine.",
                "Sign where the key is: atomq sign MANIFEST --as KEYFILE -o ENVELOPE.",
            )
        return max(held)[1]

    def sign(
        self, name: dsse.PayloadName, payload: bytes, *, role: Role, tenant: str | None, now: datetime
    ) -> bytes:
        """Return an envelope signed by a key of this role that may sign now."""
        keyid = self.signing_key(role, tenant, now)
        return dsse.seal(name, payload, self.private(keyid).signer())

    def pepper(self) -> bytes:
        """Return the secret from which pseudonym keys are derived."""
        return self.private("pepper").unseal()[1]

    def root_keys(self, folder: Path | None = None) -> list[PrivateKey]:
        """Return the root's private keys, from this folder or another medium's, in the root's order.

        Raises:
            UnavailableError: they are not there, or are another root's.
        """
        folder, root = folder or self.folder, self.root()[0]
        found = [
            PrivateKey(folder / f"{name}.key", lambda: passphrase.obtain(folder, what="the root"))
            for name in (ROOT, CO_ROOT)[: len(root.keys)]
        ]
        if not all(key.path.is_file() for key in found):
            raise UnavailableError(
                "root-absent",
                "The root's private key is not on this machine.",
                "Bring the medium that holds it, and name its folder with --root.",
            )
        if [key.public for key in found] != list(root.keys):
            raise UnavailableError(
                "root-foreign", "The root keys found there are another root's.", "Name the right folder."
            )
        return found

    def new_key(self, role: Role, owner: str, now: datetime, *, tenant: str | None = None) -> tuple[str, Key]:
        """Make a key on this machine and return its id and the entry that a ring would hold."""
        made = private.make(ALGORITHM_OF[role], self.folder, self.passphrase).public
        valid = EXEC_VALID if role == "exec" else OTHERS_VALID
        entry = Key(
            alg=made.alg, public=made.public, role=role, owner=owner, tenant=tenant,
            not_before=now, sign_until=now + valid,
        )  # fmt: skip
        return keyring.key_id(made), entry

    def rotate(self, tenants: tuple[str, ...], now: datetime) -> bool:
        """Publish fresh execution keys for tenants (pseudonyms) whose newest ends within the hour; return whether any was.

        Signed by the rotator. Seeds of keys that ended are destroyed each time, so that the hourly call
        leaves none for longer than an hour.
        """
        with locked(self.folder / ".lock"):
            chain = self.trusted()
            self._forget(chain.ring, now)
            due = due_tenants(chain.ring, tenants, now)
            if not due:
                return False
            # A crash from here to the end of publish leaves private keys that no ring names; _forget removes them.
            made = dict(self.new_key("exec", "atomq", now, tenant=tenant) for tenant in due)
            rotator = self.private(self.signing_key("rotator", None, now))
            self.publish(chain, chain.ring.keys | made, [rotator], now)
            return True

    def publish(
        self,
        chain: RingChain,
        keys: Mapping[str, Key],
        signers: Sequence[PrivateKey],
        now: datetime,
        *,
        profile: Profile | None = None,
        expires: datetime | None = None,
    ) -> KeyRing:
        """Write the next version of the ring; durable when this returns.

        Raises:
            IntegrityError: its signers may not change what it changes; nothing was written.
        """
        older = chain.newest
        ring = KeyRing(
            v=1,
            version=older.version + 1 if older else 1,
            root=chain.root_digest,
            prev=chain.digests[older.version] if older else None,
            issued=now,
            expires=expires or (older.expires if older else now + RING_VALID),
            profile=profile or (older.profile if older else "development"),
            keys={keyid: key for keyid, key in keys.items() if not ended(key, now)},
        )
        envelope = dsse.seal("keyring", ring.to_bytes(), *(signer.signer() for signer in signers))
        chain.accept(envelope)
        write_whole(self.folder / f"ring-{ring.version:06d}.json", envelope)
        return ring

    def _forget(self, ring: KeyRing, now: datetime) -> None:
        for path in self.folder.glob("*.key"):
            key = ring.keys.get(path.stem)
            named_by_id = len(path.stem) == KEYID_CHARACTERS
            if named_by_id and (key is None or ended(key, now)):
                self.private(path.stem).destroy()

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("ring-*.json"))


def due_tenants(ring: KeyRing, tenants: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """Return the tenants that have no execution key for the next hour."""
    served = {
        key.tenant for key in ring.keys.values() if key.role == "exec" and key.may_sign(now + EXEC_EARLY)
    }
    return tuple(tenant for tenant in tenants if tenant not in served)


def _absent() -> IntegrityError:
    return IntegrityError(
        "ring-absent", "There is no key ring here.", "Restore the keys folder from its backup."
    )
