"""Envelopes: sign bytes, verify bytes, parse only what was verified.

Source: DSSE protocol v1 (secure-systems-lab/dsse), PAE and JSON envelope.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Literal

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import strict_json

PayloadName = Literal["manifest", "keyring", "receipt"]


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


def seal(name: PayloadName, payload: bytes, keyid: str, sign: Callable[[bytes, bytes], bytes]) -> bytes:
    """Return an envelope's bytes; `sign(message, context)` holds the private key."""
    signature = sign(pae(payload_type(name), payload), context(name))
    return strict_json.dumps(
        {
            "payloadType": payload_type(name),
            "payload": _encode(payload),
            "signatures": [{"keyid": keyid, "sig": _encode(signature)}],
        }
    )


def open_envelope(
    name: PayloadName, envelope: bytes, verify: Callable[[str, bytes, bytes, bytes], None]
) -> tuple[bytes, str]:
    """Return the verified payload bytes and the id of the key that signed them.

    Args:
        verify: called with (keyid, message, signature, context); raises unless the signature counts.

    Raises:
        IntegrityError: not an envelope of this kind, or its one signature does not count.
    """
    media_type, payload, keyid, signature = _take_apart(envelope)
    if media_type != payload_type(name):
        raise _refused(f"it holds something other than a {name}")
    verify(keyid, pae(media_type, payload), signature, context(name))
    return payload, keyid


def looks_like_envelope(content: bytes) -> bool:
    """Return whether content is meant as an envelope (JSON object) rather than TOML."""
    return content.lstrip()[:1] == b"{"


def _take_apart(envelope: bytes) -> tuple[str, bytes, str, bytes]:
    try:
        found = strict_json.loads(envelope)
    except ManifestError as error:
        raise _refused(error.message) from None
    match found:
        case {
            "payloadType": str(media_type),
            "payload": str(payload),
            "signatures": [{"keyid": str(keyid), "sig": str(signature), **more}],
            **rest,
        } if not more and not rest:
            return media_type, _decode(payload), keyid, _decode(signature)
    raise _refused("it needs exactly payloadType, payload and one signature with keyid and sig")


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
