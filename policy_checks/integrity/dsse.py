"""Envelopes: sign bytes, verify bytes, parse only what was verified.

Source: DSSE protocol v1 (secure-systems-lab/dsse), PAE and JSON envelope.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import strict_json

PayloadName = Literal[
    "manifest", "receipt", "approval", "keyring", "rootkey", "policy", "tenants", "tariff", "keycard",
    "question", "template", "standing-approval",
]  # fmt: skip
Verify = Callable[[str, bytes, bytes, bytes], None]
SIGNATURES_MAX = 2
RING_BYTES_MAX = 8 << 20
DECLARED_BYTES_MAX = 2 << 20  # A table of 5,000 columns, each with its declaration.
SIZE_BYTES_MAX: dict[PayloadName, int] = {
    "keyring": RING_BYTES_MAX,
    "manifest": DECLARED_BYTES_MAX,
    "template": DECLARED_BYTES_MAX,
}


@dataclass(frozen=True)
class Signer:
    """A key that signs; `sign(message, context)` is as much of its private part as anybody here sees."""

    keyid: str
    sign: Callable[[bytes, bytes], bytes]


def payload_type(name: PayloadName) -> str:
    """Return the media type of a document, for example of a manifest."""
    return f"application/vnd.atomq.{name}.v1+json"


def context(name: PayloadName) -> bytes:
    """Return the signature context, so that one kind of document is never taken for another."""
    return f"atomq/{name}/1".encode("ascii")


def pae(media_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding.

    >>> pae("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = media_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(name: PayloadName, payload: bytes, *signers: Signer) -> bytes:
    """Return an envelope's bytes, signed by every signer in turn.

    Raises:
        ManifestError: "document-too-large": nobody would open it.
    """
    message = pae(payload_type(name), payload)
    signatures = [
        {"keyid": signer.keyid, "sig": _encode(signer.sign(message, context(name)))} for signer in signers
    ]
    envelope = strict_json.dumps(
        {"payloadType": payload_type(name), "payload": _encode(payload), "signatures": signatures}
    )
    if len(envelope) > _size_bytes_max(name):
        raise ManifestError(
            "document-too-large",
            f"The {name} has {len(envelope):,} bytes as an envelope, at most {_size_bytes_max(name):,} are allowed.",
            "Declare fewer columns, or shorten names and reasons.",
        )
    return envelope


def open_envelope(name: PayloadName, envelope: bytes, verify: Verify) -> tuple[bytes, tuple[str, ...]]:
    """Return the verified payload bytes and the ids of the keys that signed them, in order.

    Args:
        verify: called with (keyid, message, signature, context) for every signature; raises unless it counts.

    Raises:
        IntegrityError: not an envelope of this kind, or one of its signatures does not count.
    """
    media_type, payload, signatures = _take_apart(envelope, _size_bytes_max(name))
    if media_type != payload_type(name):
        raise _refused(f"it holds something other than a {name}")
    for keyid, signature in signatures:
        verify(keyid, pae(media_type, payload), signature, context(name))
    return payload, tuple(keyid for keyid, _ in signatures)


def looks_like_envelope(content: bytes) -> bool:
    """Return whether content is meant as an envelope (JSON object) rather than TOML."""
    return content.lstrip()[:1] == b"{"


def _size_bytes_max(name: PayloadName) -> int:
    return SIZE_BYTES_MAX.get(name, strict_json.SIZE_BYTES_MAX)


def _take_apart(envelope: bytes, size_bytes_max: int) -> tuple[str, bytes, list[tuple[str, bytes]]]:
    try:
        found = strict_json.loads(envelope, size_bytes_max=size_bytes_max)
    except ManifestError as error:
        raise _refused(error.message) from None
    match found:
        case {
            "payloadType": str(media_type),
            "payload": str(payload),
            "signatures": [_, *_] as signatures,
            **rest,
        } if not rest and len(signatures) <= SIGNATURES_MAX:
            return media_type, _decode(payload), _signatures(signatures)
    raise _refused("it needs exactly payloadType, payload and signatures, each with keyid and sig")


def _signatures(found: Sequence[object]) -> list[tuple[str, bytes]]:
    signatures: list[tuple[str, bytes]] = []
    for one in found:
        match one:
            case {"keyid": str(keyid), "sig": str(signature), **more} if not more:
                signatures.append((keyid, _decode(signature)))
            case _:
                raise _refused("a signature needs exactly keyid and sig")
    if len({keyid for keyid, _ in signatures}) != len(signatures):
        raise _refused("one key signed twice")
    return signatures


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _refused("a field is not base64") from None
    if _encode(raw) != text:
        raise _refused("a field is not canonical base64")
    return raw


def _refused(what: str) -> IntegrityError:
    return IntegrityError(
        "envelope-invalid", f"The envelope is refused: {what}.", "Obtain the envelope again, or sign again."
    )
