"""Does this signature verify under this key and context?

Suite `aq1` is one verdict from two signatures, ML-DSA-65 and Ed25519, neither of which can be
stripped. The algorithm comes from the key, never from the message. Signing lives in
`tasks.adapters.keyring`, so that the judge holds no private key.

Source: IETF LAMPS draft-ietf-lamps-pq-composite-sigs, id-MLDSA65-Ed25519-SHA512; FIPS 204; FIPS 205; RFC 8032.
"""

import hashlib
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import (
    MLDSA44PublicKey,
    MLDSA65PublicKey,
    MLDSA87PublicKey,
)

from policy_checks.errors import IntegrityError
from policy_checks.schemas.keyring import Algorithm

PREFIX = b"CompositeAlgorithmSignatures2025"
LABEL = b"COMPSIG-MLDSA65-Ed25519-SHA512"
MLDSA_PUBLIC_BYTES, MLDSA_SIGNATURE_BYTES = 1952, 3309
PUBLIC_BYTES, SIGNATURE_BYTES = MLDSA_PUBLIC_BYTES + 32, MLDSA_SIGNATURE_BYTES + 64
CONTEXT_BYTES_MAX = 255

Lattice = Callable[[int, bytes, bytes, bytes, bytes], bool]
"""(44, 65 or 87; public key, message, signature, context) -> does it verify; raises for no bytes."""

_LATTICE_KEYS: dict[int, type[MLDSA44PublicKey] | type[MLDSA65PublicKey] | type[MLDSA87PublicKey]] = {
    44: MLDSA44PublicKey,
    65: MLDSA65PublicKey,
    87: MLDSA87PublicKey,
}


def key_id(algorithm: Algorithm, public: bytes) -> str:
    """Return the identity of a key: SHA-256 over algorithm, a zero byte and the public key, in hex."""
    return hashlib.sha256(algorithm.encode("ascii") + b"\0" + public).hexdigest()


def representative(message: bytes, context: bytes) -> bytes:
    """Return M', the bytes that both halves sign.

    Raises:
        ValueError: the context is longer than 255 bytes.
    """
    if len(context) > CONTEXT_BYTES_MAX:
        raise ValueError("a signature context has at most 255 bytes")
    return PREFIX + LABEL + bytes([len(context)]) + context + hashlib.sha512(message).digest()


def openssl(level: int, public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
    """Return whether an ML-DSA signature verifies, as OpenSSL sees it (through `cryptography`)."""
    try:
        _LATTICE_KEYS[level].from_public_bytes(public).verify(signature, message, context)
    except (InvalidSignature, ValueError):
        return False
    return True


def curve(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature verifies."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def hash_based(public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
    """Return whether an SLH-DSA-SHA2-128s signature verifies (through `pqcrypto`)."""
    from pqcrypto.sign import slh_dsa_sha2_128s

    try:
        slh_dsa_sha2_128s.verify(public, message, signature, context)
    except ValueError:
        return False
    return True


def verify(
    algorithm: Algorithm,
    public: bytes,
    message: bytes,
    signature: bytes,
    context: bytes,
    lattice: Lattice = openssl,
) -> None:
    """Return if the signature is good under this key and context.

    Args:
        algorithm: taken from the key ring or the root document.
        lattice: who judges ML-DSA signatures and the ML-DSA half of `aq1`.

    Raises:
        IntegrityError: the signature does not verify, whatever is wrong with it.
    """
    match algorithm:
        case "aq1":
            good = _composite(public, message, signature, context, lattice)
        case "ml-dsa-44":
            good = lattice(44, public, message, signature, context)
        case "ml-dsa-87":
            good = lattice(87, public, message, signature, context)
        case "slh-dsa-sha2-128s":
            good = hash_based(public, message, signature, context)
        case _:
            good = False
    if not good:
        raise IntegrityError(
            "signature-invalid",
            "The signature does not verify under the key that it names.",
            "Do not use this document; obtain it again from its signer.",
        )


def _composite(public: bytes, message: bytes, signature: bytes, context: bytes, lattice: Lattice) -> bool:
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES or len(context) > CONTEXT_BYTES_MAX:
        return False
    signed = representative(message, context)
    lattice_public, curve_public = public[:MLDSA_PUBLIC_BYTES], public[MLDSA_PUBLIC_BYTES:]
    lattice_half, curve_half = signature[:MLDSA_SIGNATURE_BYTES], signature[MLDSA_SIGNATURE_BYTES:]
    # Both halves are asked, whatever the first says: a second opinion must see every lattice signature.
    lattice_good = lattice(65, lattice_public, signed, lattice_half, LABEL)
    return curve(curve_public, signed, curve_half) and lattice_good
