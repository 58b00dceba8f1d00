"""Suite `aq1`: one verdict from two signatures, ML-DSA-65 and Ed25519, neither of which can be stripped.

The algorithm comes from the key, never from the message. Signing lives in `tasks.adapters.keyring`,
so that the judge holds no private key.

Source: IETF LAMPS draft-ietf-lamps-pq-composite-sigs, id-MLDSA65-Ed25519-SHA512; FIPS 204; RFC 8032.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey, MLDSA87PublicKey

from policy_checks.errors import IntegrityError
from policy_checks.schemas.keyring import Algorithm

PREFIX = b"CompositeAlgorithmSignatures2025"
LABEL = b"COMPSIG-MLDSA65-Ed25519-SHA512"
MLDSA_PUBLIC_BYTES, MLDSA_SIGNATURE_BYTES = 1952, 3309
PUBLIC_BYTES, SIGNATURE_BYTES = MLDSA_PUBLIC_BYTES + 32, MLDSA_SIGNATURE_BYTES + 64


def key_id(algorithm: Algorithm, public: bytes) -> str:
    """Return the identity of a key: SHA-256 over algorithm, a zero byte and the public key, in hex."""
    return hashlib.sha256(algorithm.encode("ascii") + b"\0" + public).hexdigest()


def representative(message: bytes, context: bytes) -> bytes:
    """Return M', the bytes that both halves sign.

    Raises:
        ValueError: the context is longer than 255 bytes.
    """
    if len(context) > 255:
        raise ValueError("a signature context has at most 255 bytes")
    return PREFIX + LABEL + bytes([len(context)]) + context + hashlib.sha512(message).digest()


def verify(algorithm: Algorithm, public: bytes, message: bytes, signature: bytes, context: bytes) -> None:
    """Return if the signature is good under this key and context.

    Args:
        algorithm: `aq1` (composite) or `ml-dsa-87` (root keys); taken from the key ring.

    Raises:
        IntegrityError: the signature does not verify, whatever is wrong with it.
    """
    try:
        if algorithm == "aq1":
            _verify_composite(public, message, signature, context)
        else:
            MLDSA87PublicKey.from_public_bytes(public).verify(signature, message, context)
    except (InvalidSignature, ValueError):
        raise IntegrityError(
            "signature-invalid",
            "The signature does not verify under the key that it names.",
            "Do not use this document; obtain it again from its signer.",
        ) from None


def _verify_composite(public: bytes, message: bytes, signature: bytes, context: bytes) -> None:
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise InvalidSignature
    signed = representative(message, context)
    lattice = MLDSA65PublicKey.from_public_bytes(public[:MLDSA_PUBLIC_BYTES])
    lattice.verify(signature[:MLDSA_SIGNATURE_BYTES], signed, LABEL)
    curve = Ed25519PublicKey.from_public_bytes(public[MLDSA_PUBLIC_BYTES:])
    curve.verify(signature[MLDSA_SIGNATURE_BYTES:], signed)
