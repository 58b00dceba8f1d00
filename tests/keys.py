"""A root, a rotator and rings made of them, for tests about who may change what."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from policy_checks.integrity import dsse, keyring, strict_json
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.schemas.keyring import ALGORITHM_OF, Key, KeyRing, Role, Root
from tasks.adapters import keyring as private
from tasks.adapters.keyring import PrivateKey
from tests.documents import NOW

TENANT = "t-" + "1" * 16
DAY, YEAR = timedelta(hours=24), timedelta(days=365)


def a_private_key(folder: Path, algorithm="aq1", name: str | None = None) -> PrivateKey:
    """A key under a fixed passphrase."""
    return private.make(algorithm, folder, lambda: b"correct horse battery", name)


def an_entry(key: PrivateKey, role: Role, *, at: datetime = NOW, valid: timedelta = YEAR, **changes) -> Key:
    """The ring's entry of a key."""
    fields: dict[str, Any] = {
        "alg": key.public.alg, "public": key.public.public, "role": role, "owner": "somebody",
        "tenant": TENANT if role == "exec" else None, "not_before": at, "sign_until": at + valid,
    }  # fmt: skip
    return Key(**(fields | changes))


@dataclass
class Authority:
    """A root with a rotator and a submitter in its first ring."""

    folder: Path
    root: PrivateKey
    rotator: PrivateKey
    submitter: PrivateKey
    document: Root

    @property
    def digest(self) -> str:
        """The root document's identity."""
        return strict_json.digest(self.document.to_bytes())

    def key(self, role: Role) -> PrivateKey:
        """A fresh key for that role."""
        return a_private_key(self.folder, ALGORITHM_OF[role])

    def first(self) -> KeyRing:
        """The first ring."""
        return KeyRing(
            v=1, version=1, root=self.digest, prev=None, issued=NOW, expires=NOW + YEAR, profile="production",
            keys={
                self.rotator.keyid: an_entry(self.rotator, "rotator"),
                self.submitter.keyid: an_entry(self.submitter, "submitter"),
            },
        )  # fmt: skip

    def after(self, older: KeyRing, *, at: datetime = NOW, **changes) -> KeyRing:
        """A ring that follows another, with the given fields changed."""
        fields = {"version": older.version + 1, "prev": strict_json.digest(older.to_bytes()), "issued": at}
        return older.model_copy(update=fields | changes)

    def sealed(self, ring: KeyRing, *signers: PrivateKey) -> bytes:
        """The ring's envelope; signed by the root unless others are named."""
        named = signers or (self.root,)
        return dsse.seal("keyring", ring.to_bytes(), *(signer.signer() for signer in named))

    def chain(self, *rings: KeyRing) -> RingChain:
        """The chain that accepted the first ring and these."""
        chain = RingChain(self.document, self.digest)
        for ring in (self.first(), *rings):
            chain.accept(self.sealed(ring))
        return chain


def an_authority(folder: Path) -> Authority:
    """A root, a rotator, a submitter, all in one folder."""
    root = a_private_key(folder, "ml-dsa-87", "root")
    document = Root(v=1, version=1, created=NOW, keys=(root.public,))
    return Authority(folder, root, a_private_key(folder), a_private_key(folder), document)


def keyid(key: Key) -> str:
    """A ring entry's key id."""
    return keyring.key_id(key)
