"""JSON with one meaning: no duplicate keys, no NaN, bounded depth and size.

Two parsers that read one text differently are how a signed document says one thing to the judge
and another to the worker; so everything ambiguous is refused.

Source: RFC 8259 section 4 (names SHOULD be unique); RFC 8785 for the idea of one canonical text.
"""

import hashlib
import json
import re
from typing import Any

from policy_checks.errors import ManifestError

SIZE_BYTES_MAX = 256 * 1024
DEPTH_MAX = 16
BRACKET_OUTSIDE_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]}]', re.DOTALL)


def dumps(value: Any) -> bytes:
    """Return sorted ASCII JSON without spaces; NaN and infinities raise ValueError."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
    ).encode("ascii")


def digest(payload: bytes) -> str:
    """Return the identity of a document: `sha256:` and 64 hexadecimal digits of its bytes.

    >>> digest(b"")[:15]
    'sha256:e3b0c442'
    """
    return "sha256:" + hashlib.sha256(payload).hexdigest()


def loads(payload: bytes, *, size_bytes_max: int = SIZE_BYTES_MAX) -> Any:
    """Parse JSON that can be read in one way only.

    Raises:
        ManifestError: too large, too deep, not UTF-8, not JSON, a duplicate key, NaN or Infinity.
    """
    if len(payload) > size_bytes_max:
        raise _refused(f"{len(payload)} bytes found, at most {size_bytes_max} allowed")
    try:
        text = payload.decode("utf-8")
        _refuse_depth(text)
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise _refused("the text is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _refused(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError):
        raise _refused("a number or structure that JSON does not allow") from None


def _refuse_depth(text: str) -> None:
    depth = 0
    for bracket in BRACKET_OUTSIDE_STRINGS.finditer(text):
        found = bracket[0]
        if found in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise _refused(f"nested deeper than {DEPTH_MAX} levels")
        elif found in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _refused("a key stands twice in one object")
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise _refused(f"{name} is not a JSON number")


def _refused(what: str) -> ManifestError:
    return ManifestError(
        "json-refused", f"Not strict JSON: {what}.", "Correct the document and sign it again."
    )
