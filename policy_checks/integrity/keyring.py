"""Does this signature count: right key, role, tenant, context and moment?"""

import base64
from datetime import datetime

from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from policy_checks.integrity import dsse, signature
from policy_checks.schemas.keyring import KeyRing, Role


def open_ring(envelope: bytes, root_public: bytes) -> KeyRing:
    """Return the ring that the root signed.

    Raises:
        IntegrityError: not signed by this root, or a ring that contradicts itself.
    """

    def by_root(keyid: str, message: bytes, sig: bytes, context: bytes) -> None:
        if keyid != signature.key_id("ml-dsa-87", root_public):
            raise _refused("ring-foreign-root", "The key ring is signed by another root than this state's.")
        signature.verify("ml-dsa-87", root_public, message, sig, context)

    payload, _ = dsse.open_envelope("keyring", envelope, by_root)
    try:
        ring = KeyRing.model_validate_json(payload)
    except ValidationError:
        raise _refused("ring-invalid", "The key ring's content does not fit its schema.") from None
    for keyid, key in ring.keys.items():
        if keyid != signature.key_id(key.alg, base64.b64decode(key.public)):
            raise _refused("ring-invalid", "A key's id is not the digest of the key.")
    return ring


def open_signed(
    name: dsse.PayloadName, envelope: bytes, ring: KeyRing, *, role: Role, tenant: str | None = None
) -> tuple[bytes, str]:
    """Return payload and keyid of an envelope signed by a key of this role (and tenant) in the ring.

    Raises:
        IntegrityError: unknown key, wrong role or tenant, or a signature that does not verify.
    """

    def by_ring(keyid: str, message: bytes, sig: bytes, context: bytes) -> None:
        key = ring.keys.get(keyid)
        if key is None:
            raise _refused("key-unknown", "The envelope is signed by a key that the ring does not hold.")
        if key.role != role or (tenant is not None and key.tenant != tenant):
            raise _refused("key-misused", f"The key's role or tenant does not allow it to sign a {name}.")
        signature.verify(key.alg, base64.b64decode(key.public), message, sig, context)

    return dsse.open_envelope(name, envelope, by_ring)


def require_window(ring: KeyRing, keyid: str, signed_at: datetime) -> None:
    """Return if the key was allowed to sign at that moment.

    Raises:
        IntegrityError: signed before or after the key's window.
    """
    if not ring.keys[keyid].may_sign(signed_at):
        raise _refused("key-outside-window", "The signature was made outside its key's signing window.")


def _refused(code: str, what: str) -> IntegrityError:
    return IntegrityError(code, what, "Sign again with an enrolled key of the right role.")
