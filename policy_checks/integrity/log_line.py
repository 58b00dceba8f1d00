"""Is this one line of the audit log, and the one that it is stored as?

A line is matched as a whole against the one text that its type allows, so that a million lines take
seconds: parsing each into an object would take twice as long, and allow a line more than one spelling.
"""

import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from policy_checks.errors import IntegrityError
from policy_checks.schemas.audit import FIELDS, MOMENT, SHAPES, AuditEntry, EntryType

Row = tuple[int, str, bytes, bytes]
"""A line as stored: seq, event, leaf hash, body."""

Match = Callable[[bytes], re.Match[bytes] | None]

# A class of three runs is one look-up in a bit map, where two runs are compared in turn: random digits are
# matched three times as fast. The third run is no digit; every line is asked besides whether it is ASCII.
_HEX = "[0-9a-f\x80-\xff]"
_DIGEST = f"sha256:{_HEX}{{64}}"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"


class BrokenAt(IntegrityError):
    """The log does not verify from this entry on.

    Attributes:
        seq: number of the first entry that does not fit, or that is missing.
    """

    def __init__(self, code: str, seq: int, what: str) -> None:
        super().__init__(
            code,
            f"The audit log does not verify: {what}.",
            "Stop, delete nothing, and tell the security team.",
        )
        self.seq = seq


def missing(seq: int) -> BrokenAt:
    """Return the fault of a log that lacks an entry where one must stand."""
    return BrokenAt("chain-gap", seq, f"entry {seq} is missing or out of place")


def read(row: Row) -> AuditEntry:
    """Return one line as an entry, after checking it by itself.

    Raises:
        BrokenAt: it differs from its leaf hash, number or event, or is no audit entry.
    """
    parent_and_moment(row)
    return AuditEntry.model_validate_json(row[3])


def parent_and_moment(row: Row) -> tuple[bytes, bytes]:
    """Return the parent's hash (hexadecimal) and the moment that a line names, after checking it by itself.

    Raises:
        BrokenAt: it differs from its leaf hash, number or event, or is no audit entry.
    """
    seq, event, leaf, body = row
    if not isinstance(body, bytes) or sha256(b"\0" + body).digest() != leaf:
        raise BrokenAt("entry-edited", seq, f"entry {seq} differs from its stored leaf hash")
    match = matcher(body)(body) if body.isascii() else None
    if match is None:
        raise BrokenAt("entry-invalid", seq, f"entry {seq} is no audit entry")
    named_event, parent, number, ts = match.groups()
    if not _is_day(ts[:10].decode()):
        raise BrokenAt("entry-invalid", seq, f"entry {seq} is of no day in the calendar")
    if int(number) != seq:
        raise missing(seq)
    if named_event.decode() != event:
        raise BrokenAt("entry-edited", seq, f"entry {seq} is stored under another event than its line names")
    return parent, ts


def matcher(body: bytes) -> Match:
    """Return what matches lines of this one's type, capturing event, parent, number and moment.

    Only an ASCII line that matches is a line.
    """
    return MATCHERS.get(body[-TAIL_BYTES:], no_type)


def no_type(_body: bytes) -> re.Match[bytes] | None:
    """Match nothing: the line is of no known type."""
    return None


def _is_day(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _pattern(kind: EntryType) -> bytes:
    values = {
        name: f"(?:{SHAPES[shape]})" if shape == "count" else f'"{SHAPES[shape]}"'
        for name, shape in FIELDS[kind].items()
    }
    data = ",".join(f'"{name}":{values[name]}' for name in sorted(values)).replace("[0-9a-f]", _HEX)
    return (
        rf'\{{"actor":"(?:atomq|{_HEX}{{64}})","data":\{{{data}\}},"event":"({_UUID})",'
        rf'"manifest":(?:null|"{_DIGEST}"),"prev":"sha256:({_HEX}{{64}})","run":(?:null|"{_UUID}"),'
        rf'"seq":(0|[1-9][0-9]{{0,17}}),"tenant":(?:null|"t-{_HEX}{{16}}"),"ts":"({MOMENT})",'
        rf'"type":"{re.escape(kind)}","v":1\}}'
    ).encode("latin-1")


TAIL_BYTES = 20
# A line's last bytes name its type; as many as tell `dataset.registered` from `template.registered`.
MATCHERS: dict[bytes, Match] = {
    f'"type":"{kind}","v":1}}'.encode()[-TAIL_BYTES:]: re.compile(_pattern(kind)).fullmatch for kind in FIELDS
}
