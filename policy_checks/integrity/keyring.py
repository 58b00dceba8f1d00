"""Does this signature count: right key, role, tenant, context and moment?"""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from policy_checks.integrity import dsse, signature, strict_json
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.base import Digest
from policy_checks.schemas.keyring import Key, KeyCard, PublicKey, Role, Root

SKEW = timedelta(seconds=120)
Keys = Mapping[str, Key]
D = TypeVar("D", Root, KeyCard)


def key_id(key: PublicKey) -> str:
    """Return a key's identity."""
    return signature.key_id(key.alg, base64.b64decode(key.public))


def open_root(
    envelope: bytes, pin: Digest | None = None, lattice: Lattice = signature.openssl
) -> tuple[Root, Digest]:
    """Return the root document, signed by its own keys, and its identity.

    Args:
        pin: the identity that it must have, if the verifier was told one.

    Raises:
        IntegrityError: not signed by every key that it names, or another root than the pinned one.
    """
    payload, _ = dsse.open_envelope("rootkey", envelope, lambda *_: None)
    digest = strict_json.digest(payload)
    if pin is not None and digest != pin:
        raise _refused(
            "root-foreign",
            f"The root has identity {digest}, but ATOMQ_ROOT pins {pin}.",
            "Find out who replaced the root before you believe anything signed under it.",
        )
    root = _parsed(Root, payload, "root-invalid")
    open_by_root("rootkey", envelope, root, lattice)
    return root, digest


def open_by_root(
    name: dsse.PayloadName, envelope: bytes, root: Root, lattice: Lattice = signature.openssl
) -> bytes:
    """Return the payload of an envelope that every root key signed, in the root's order.

    Raises:
        IntegrityError: a root key's signature is missing, foreign or does not verify.
    """
    trusted = {key_id(key): key for key in root.keys}

    def verify(keyid: str, message: bytes, sig: bytes, context: bytes) -> None:
        if keyid not in trusted:
            raise _refused(
                "root-foreign",
                f"The {name} is signed by another root than this state's.",
                "Obtain it again from the holder of the root key.",
            )
        _verify(trusted[keyid], message, sig, context, lattice)

    payload, keyids = dsse.open_envelope(name, envelope, verify)
    if keyids != tuple(trusted):
        raise _refused(
            "root-signature-missing",
            f"The {name} carries {len(keyids)} of {len(trusted)} root signatures.",
            "Let every root key sign.",
        )
    return payload


def open_signed(
    name: dsse.PayloadName,
    envelope: bytes,
    keys: Keys,
    *,
    role: Role | tuple[Role, ...],
    tenant: str | None = None,
    lattice: Lattice = signature.openssl,
) -> tuple[bytes, str]:
    """Return payload and keyid of an envelope signed by one key of such a role (and tenant).

    Raises:
        IntegrityError: unknown key, wrong role or tenant, or a signature that does not verify.
    """
    roles = (role,) if isinstance(role, str) else role

    def verify(keyid: str, message: bytes, sig: bytes, context: bytes) -> None:
        key = keys.get(keyid)
        if key is None:
            raise _refused("key-unknown", "The envelope is signed by a key that the ring does not hold.")
        if key.role not in roles or (tenant is not None and key.tenant != tenant):
            raise _refused("key-misused", f"The key's role or tenant does not allow it to sign a {name}.")
        _verify(key, message, sig, context, lattice)

    payload, keyids = dsse.open_envelope(name, envelope, verify)
    if len(keyids) != 1:
        raise _refused("signatures-too-many", f"A {name} carries one signature, {len(keyids)} found.")
    return payload, keyids[0]


def open_card(envelope: bytes) -> KeyCard:
    """Return a key card, signed by the very key that it offers.

    Raises:
        IntegrityError: no card, or its sender does not hold the private key.
    """
    payload, keyids = dsse.open_envelope("keycard", envelope, lambda *_: None)
    card = _parsed(KeyCard, payload, "card-invalid")

    def verify(keyid: str, message: bytes, sig: bytes, context: bytes) -> None:
        _verify(card, message, sig, context, signature.openssl)

    dsse.open_envelope("keycard", envelope, verify)
    if keyids != (key_id(card),):
        raise _refused("card-invalid", "The card is signed by another key than the one it offers.")
    return card


def require_counts(keys: Keys, keyid: str, *, seq: int, at: datetime) -> None:
    """Return if a signature counts whose log entry has this position and moment.

    Raises:
        IntegrityError: logged outside the key's signing window (120 s of skew), or after its revocation.
    """
    key = keys[keyid]
    if not key.not_before - SKEW <= at <= key.sign_until + SKEW:
        raise _refused("key-outside-window", "The signature was made outside its key's signing window.")
    if key.revoked is not None and seq > key.revoked.untrusted_after_seq:
        raise _refused(
            "key-revoked",
            f"The key was revoked ({key.revoked.reason}); what the log records after entry "
            f"{key.revoked.untrusted_after_seq} does not count, and this is entry {seq}.",
        )


def _verify(key: PublicKey, message: bytes, sig: bytes, context: bytes, lattice: Lattice) -> None:
    signature.verify(key.alg, base64.b64decode(key.public), message, sig, context, lattice)


def _parsed(schema: type[D], payload: bytes, code: str) -> D:
    try:
        strict_json.loads(payload)
        return schema.model_validate_json(payload)
    except ValidationError:
        raise _refused(code, f"The content does not fit the schema of a {schema.__name__.lower()}.") from None


def _refused(
    code: str, what: str, remedy: str = "Sign again with an enrolled key of the right role."
) -> IntegrityError:
    return IntegrityError(code, what, remedy)
