"""The only room that holds private keys: make them, wrap them, sign with them, destroy them.

A key file holds a seed sealed with AES-256-GCM under a key that scrypt makes of a passphrase; its
public facts are bound to it. An unsealed seed lives as long as one call.

Source: RFC 7914 (scrypt); NIST SP 800-38D (GCM).
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PrivateKey,
    MLDSA65PrivateKey,
    MLDSA87PrivateKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field, ValidationError

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, signature, strict_json
from policy_checks.schemas.base import Document, KeyId
from policy_checks.schemas.keyring import Algorithm, Base64, PublicKey
from tasks.adapters.files import write_whole
from tasks.adapters.passphrase import read_private

SEED_BYTES = 32
SCRYPT_N, SCRYPT_R = 1 << 15, 8
Passphrase = Callable[[], bytes]


class SealedKey(Document):
    """A private key's file: the seed sealed, everything else in the clear but bound to it."""

    v: Literal[1]
    alg: Algorithm | Literal["secret"]
    keyid: KeyId
    public: Base64 | None
    n: Annotated[int, Field(ge=1 << 14, le=1 << 20)]
    r: Annotated[int, Field(ge=8, le=16)]
    salt: Base64
    nonce: Base64
    sealed: Base64


@dataclass(frozen=True)
class PrivateKey:
    """One private key, by its file; the seed is read anew for each signature."""

    path: Path
    passphrase: Passphrase

    @property
    def public(self) -> PublicKey:
        """The public half."""
        found = self._file()
        if found.alg == "secret" or found.public is None:
            raise _damaged()
        return PublicKey(alg=found.alg, public=found.public)

    @property
    def keyid(self) -> str:
        """The key's identity."""
        return self._file().keyid

    def signer(self) -> dsse.Signer:
        """Return what signs documents with this key."""
        return dsse.Signer(self.keyid, self.sign)

    def sign(self, message: bytes, context: bytes) -> bytes:
        """Return a signature.

        Raises:
            UnavailableError: the file or its passphrase is not there.
            IntegrityError: the file is open to others, or was changed.
        """
        algorithm, seed = self.unseal()
        if algorithm == "secret":
            raise _damaged()
        return _sign(algorithm, seed, message, context)

    def unseal(self) -> tuple[Algorithm | Literal["secret"], bytes]:
        """Return algorithm and seed; for signing, and for what is no key but as secret as one."""
        found = self._file()
        wrapping = _wrapping_key(self.passphrase(), _raw(found.salt), found.n, found.r)
        try:
            return found.alg, AESGCM(wrapping).decrypt(_raw(found.nonce), _raw(found.sealed), _bound(found))
        except InvalidTag:
            raise UnavailableError(
                "passphrase-wrong",
                "A private key does not open: another passphrase, or a damaged file.",
                "Check the passphrase; restore the file from its backup.",
            ) from None

    def destroy(self) -> None:
        """Overwrite and remove the file. On flash and copy-on-write disks old blocks may survive."""
        if self.path.is_file():
            with self.path.open("r+b") as file:
                file.write(secrets.token_bytes(self.path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            self.path.unlink()

    def copy_to(self, path: Path) -> "PrivateKey":
        """Copy the sealed file, read it back and return the copy."""
        write_whole(path, read_private(self.path), secret=True)
        copied = PrivateKey(path, self.passphrase)
        copied.unseal()
        return copied

    def _file(self) -> SealedKey:
        try:
            return SealedKey.model_validate_json(read_private(self.path))
        except ValidationError:
            raise _damaged() from None


def make(algorithm: Algorithm, folder: Path, passphrase: Passphrase, name: str | None = None) -> PrivateKey:
    """Make a key; its file is named by its id unless a name is given. Durable when this returns."""
    seed, public = _generate(algorithm)
    keyid = signature.key_id(algorithm, public)
    path = folder / f"{name or keyid}.key"
    _write(path, algorithm, keyid, base64.b64encode(public).decode("ascii"), seed, passphrase)
    return PrivateKey(path, passphrase)


def make_secret(path: Path, passphrase: Passphrase) -> PrivateKey:
    """Make 32 random bytes that are no signing key (the pseudonyms' pepper)."""
    seed = secrets.token_bytes(SEED_BYTES)
    _write(
        path, "secret", hashlib.sha256(secrets.token_bytes(SEED_BYTES)).hexdigest(), None, seed, passphrase
    )
    return PrivateKey(path, passphrase)


def _write(
    path: Path,
    algorithm: Algorithm | Literal["secret"],
    keyid: str,
    public: str | None,
    seed: bytes,
    passphrase: Passphrase,
) -> None:
    salt, nonce = _salt_of(path.parent), secrets.token_bytes(12)
    wrapping = _wrapping_key(passphrase(), salt, SCRYPT_N, SCRYPT_R)
    fields = {
        "v": 1, "alg": algorithm, "keyid": keyid, "public": public, "n": SCRYPT_N, "r": SCRYPT_R,
        "salt": _text(salt), "nonce": _text(nonce), "sealed": _text(b"-"),
    }  # fmt: skip
    bound = _bound(SealedKey.model_validate_json(strict_json.dumps(fields)))
    fields["sealed"] = _text(AESGCM(wrapping).encrypt(nonce, seed, bound))
    write_whole(path, strict_json.dumps(fields), secret=True)


def _salt_of(folder: Path) -> bytes:
    """Share one salt among the keys of a folder, so that a process derives one wrapping key for all."""
    for path in sorted(folder.glob("*.key")):
        return _raw(SealedKey.model_validate_json(read_private(path)).salt)
    return secrets.token_bytes(16)


@lru_cache(maxsize=8)
def _wrapping_key(passphrase: bytes, salt: bytes, n: int, r: int) -> bytes:
    return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=1, dklen=32, maxmem=256 * n * r)


def _bound(found: SealedKey) -> bytes:
    clear = found.model_dump(mode="json", exclude={"sealed", "nonce"})
    return b"atomq/sealed-key/1\0" + strict_json.dumps(clear)


def _generate(algorithm: Algorithm) -> tuple[bytes, bytes]:
    match algorithm:
        case "slh-dsa-sha2-128s":
            from pqcrypto.sign import slh_dsa_sha2_128s

            public, secret = slh_dsa_sha2_128s.keygen()
            return secret, public
        case "aq1":
            seed = secrets.token_bytes(2 * SEED_BYTES)
            lattice, curve = _composite(seed)
            return seed, lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    seed = secrets.token_bytes(SEED_BYTES)
    return seed, _lattice(algorithm, seed).public_key().public_bytes_raw()


def _sign(algorithm: Algorithm, seed: bytes, message: bytes, context: bytes) -> bytes:
    match algorithm:
        case "slh-dsa-sha2-128s":
            from pqcrypto.sign import slh_dsa_sha2_128s

            return bytes(slh_dsa_sha2_128s.sign(seed, message, context=context))
        case "aq1":
            lattice, curve = _composite(seed)
            signed = signature.representative(message, context)
            return lattice.sign(signed, signature.LABEL) + curve.sign(signed)
    return _lattice(algorithm, seed).sign(message, context)


def _lattice(algorithm: Algorithm, seed: bytes) -> MLDSA44PrivateKey | MLDSA87PrivateKey:
    private = MLDSA44PrivateKey if algorithm == "ml-dsa-44" else MLDSA87PrivateKey
    return private.from_seed_bytes(seed)


def _composite(seed: bytes) -> tuple[MLDSA65PrivateKey, Ed25519PrivateKey]:
    lattice = MLDSA65PrivateKey.from_seed_bytes(seed[:SEED_BYTES])
    return lattice, Ed25519PrivateKey.from_private_bytes(seed[SEED_BYTES:])


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise _damaged() from None


def _damaged() -> IntegrityError:
    return IntegrityError(
        "key-damaged", "A private key's file is damaged.", "Restore the keys folder from its backup."
    )
