"""The only room that holds private keys: make them, sign with them, publish the ring.

So far every ring is a development one: root, submitter and execution keys lie on one machine, in
files that only their owner may read. That is why policy denies production under it.
"""

import base64
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA87PrivateKey

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, keyring, signature, strict_json
from policy_checks.schemas.base import Digest
from policy_checks.schemas.keyring import Key, KeyRing
from tasks.adapters.files import locked, write_whole

EXEC_VALID = timedelta(hours=24)
SUBMITTER_VALID = timedelta(days=365)
RING_VALID = timedelta(days=365)
EXEC_EARLY = timedelta(hours=1)
SKEW = timedelta(seconds=120)
SEED_BYTES = 32


class KeyStore:
    """Keys under `<home>/keys`: seeds (0600), the root's public key, one file for each ring version."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "keys"

    def exists(self) -> bool:
        """Return whether a ring has been published here."""
        return self._newest() is not None

    def create(self, tenants: tuple[str, ...], now: datetime) -> bool:
        """Make a development ring where none exists; return whether this call made it."""
        with locked(self._folder / ".lock"):
            if self.exists():
                return False
            self._folder.chmod(0o700)
            root = self._new_seed("root")
            public = MLDSA87PrivateKey.from_seed_bytes(root).public_key().public_bytes_raw()
            write_whole(self._folder / "root.pub", public)
            write_whole(self._folder / "pepper", secrets.token_bytes(SEED_BYTES))
            keys = dict([self._new_key("submitter", "developer", None, now, SUBMITTER_VALID)])
            keys |= dict(self._new_key("exec", "atomq", tenant, now, EXEC_VALID) for tenant in tenants)
            # A crash before this line leaves seeds without a ring; the next call makes all anew.
            self._publish(keys, version=1, prev=None, now=now)
            return True

    def rotate(self, tenants: tuple[str, ...], now: datetime) -> bool:
        """Publish fresh execution keys for tenants whose newest ends within the hour; return whether any was."""
        with locked(self._folder / ".lock"):
            ring, envelope = self._read()
            valid = {
                k.tenant for k in ring.keys.values() if k.role == "exec" and k.sign_until >= now + EXEC_EARLY
            }
            missing = [tenant for tenant in tenants if tenant not in valid]
            if not missing:
                return False
            made = dict(self._new_key("exec", "atomq", tenant, now, EXEC_VALID) for tenant in missing)
            self._publish(
                ring.keys | made, version=ring.version + 1, prev=strict_json.digest(envelope), now=now
            )
            self._forget_expired(ring, now)
            return True

    def ring(self) -> KeyRing:
        """Return the newest ring, verified under the root.

        Raises:
            IntegrityError: no ring, or one that the root did not sign.
        """
        return self._read()[0]

    def ring_digest(self) -> Digest:
        """Return the identity of the newest ring's envelope."""
        return strict_json.digest(self._read()[1])

    def sign(
        self,
        name: dsse.PayloadName,
        payload: bytes,
        *,
        role: Literal["submitter", "exec"],
        tenant: str | None,
        now: datetime,
    ) -> bytes:
        """Return an envelope signed by a key of this role that may sign now.

        Raises:
            UnavailableError: no such key, or its seed is not on this machine.
        """
        keyid = self.signing_key(role, tenant, now)
        seeds = self._seed(keyid, 2 * SEED_BYTES)
        return dsse.seal(
            name, payload, keyid, lambda message, context: _sign_composite(seeds, message, context)
        )

    def signing_key(self, role: str, tenant: str | None, now: datetime) -> str:
        """Return the id of the newest key of this role (and tenant) that may sign now."""
        usable = [
            (key.sign_until, keyid)
            for keyid, key in self.ring().keys.items()
            if key.role == role and key.tenant == tenant and key.may_sign(now)
        ]
        if not usable:
            raise UnavailableError(
                "key-overdue", f"No key of role {role} may sign now.", "Rotate the keys, then run again."
            )
        return max(usable)[1]

    def pepper(self) -> bytes:
        """Return the secret from which pseudonym keys are derived."""
        return self._seed("pepper", SEED_BYTES, suffix="")

    def _read(self) -> tuple[KeyRing, bytes]:
        newest = self._newest()
        if newest is None:
            raise IntegrityError(
                "ring-absent", "There is no key ring here.", "Restore the keys folder from its backup."
            )
        envelope = newest.read_bytes()
        return keyring.open_ring(envelope, (self._folder / "root.pub").read_bytes()), envelope

    def _newest(self) -> Path | None:
        return max(self._folder.glob("ring-*.json"), default=None)

    def _publish(self, keys: dict[str, Key], *, version: int, prev: Digest | None, now: datetime) -> None:
        ring = KeyRing(
            v=1,
            version=version,
            prev=prev,
            issued=now,
            expires=now + RING_VALID,
            profile="development",
            keys=keys,
        )
        root = MLDSA87PrivateKey.from_seed_bytes(self._seed("root", SEED_BYTES))
        keyid = signature.key_id("ml-dsa-87", root.public_key().public_bytes_raw())
        envelope = dsse.seal("keyring", ring.to_bytes(), keyid, root.sign)
        write_whole(self._folder / f"ring-{version:06d}.json", envelope)

    def _new_key(
        self,
        role: Literal["submitter", "exec"],
        owner: str,
        tenant: str | None,
        now: datetime,
        valid: timedelta,
    ) -> tuple[str, Key]:
        seeds = secrets.token_bytes(2 * SEED_BYTES)
        public = _composite_public(seeds)
        keyid = signature.key_id("aq1", public)
        write_whole(self._folder / f"{keyid}.seed", seeds)
        key = Key(
            alg="aq1",
            public=base64.b64encode(public).decode("ascii"),
            role=role,
            owner=owner,
            tenant=tenant,
            not_before=now,
            sign_until=now + valid,
        )
        return keyid, key

    def _new_seed(self, name: str) -> bytes:
        seed = secrets.token_bytes(SEED_BYTES)
        write_whole(self._folder / f"{name}.seed", seed)
        return seed

    def _seed(self, name: str, size: int, suffix: str = ".seed") -> bytes:
        path = self._folder / f"{name}{suffix}"
        try:
            if path.stat().st_mode & 0o077 or path.stat().st_uid != os.geteuid():
                raise IntegrityError(
                    "key-exposed",
                    "A private key's file is open to others than its owner.",
                    "Treat the key as stolen: replace the key ring, then restrict the folder.",
                )
            seed = path.read_bytes()
        except OSError:
            seed = b""
        if len(seed) != size:
            raise UnavailableError(
                "key-absent", "A private key is not on this machine.", "Restore the keys folder."
            )
        return seed

    def _forget_expired(self, ring: KeyRing, now: datetime) -> None:
        for keyid, key in ring.keys.items():
            if key.role == "exec" and key.sign_until + SKEW < now:
                (self._folder / f"{keyid}.seed").unlink(missing_ok=True)


def _composite_public(seeds: bytes) -> bytes:
    lattice = MLDSA65PrivateKey.from_seed_bytes(seeds[:SEED_BYTES])
    curve = Ed25519PrivateKey.from_private_bytes(seeds[SEED_BYTES:])
    return lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def _sign_composite(seeds: bytes, message: bytes, context: bytes) -> bytes:
    signed = signature.representative(message, context)
    lattice = MLDSA65PrivateKey.from_seed_bytes(seeds[:SEED_BYTES])
    curve = Ed25519PrivateKey.from_private_bytes(seeds[SEED_BYTES:])
    return lattice.sign(signed, signature.LABEL) + curve.sign(signed)
