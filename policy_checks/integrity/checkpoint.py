"""Which tree does this note vouch for, and who signed it, when?

A checkpoint is three lines (origin, size, root), an empty line, and one line for each cosigner.

Source: C2SP signed-note, tlog-checkpoint, tlog-cosignature (ML-DSA-44, type 0x06).
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from policy_checks.errors import IntegrityError
from policy_checks.integrity import signature
from policy_checks.integrity.merkle import HASH_BYTES
from policy_checks.integrity.signature import Lattice

SIZE_MAX = 2**63 - 1
LINES_MAX = 16
NOTE_BYTES_MAX = 64 * 1024
NAME_BYTES_MAX = 255
SIGNATURE_BYTES = 2420
TIMESTAMP_MAX = 253_402_300_799
"""The last second of the year 9999: what `datetime` can tell."""

_TYPE = b"\x06"
_LABEL = b"subtree/v1\n\0"
_KEY_ID_BYTES = 4
_DASH = "\N{EM DASH} "
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Checkpoint:
    """A log's first `size` entries and the root of their tree."""

    origin: str
    size: int
    root: bytes

    def body(self) -> bytes:
        """Return the three lines that name the tree."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n".encode()


@dataclass(frozen=True)
class Cosigner:
    """A name and the ML-DSA-44 key that signs under it."""

    name: str
    public: bytes

    def key_hash(self) -> bytes:
        """Return the four bytes by which a line names its key."""
        return sha256(self.name.encode() + b"\n" + _TYPE + self.public).digest()[:_KEY_ID_BYTES]


@dataclass(frozen=True)
class SignatureLine:
    """What a line says of itself, unverified: a name, a key, and bytes that only this kind of key can read."""

    name: str
    key_hash: bytes
    content: bytes


@dataclass(frozen=True)
class Cosignature:
    """A verified line: who vouched for the checkpoint, at which POSIX second."""

    name: str
    public: bytes
    timestamp: int


def cosigned_message(name: str, timestamp: int, checkpoint: Checkpoint) -> bytes:
    """Return the bytes that a cosigner signs, under an empty ML-DSA context."""
    return b"".join(
        (
            _LABEL,
            _short(name),
            timestamp.to_bytes(8, "big"),
            _short(checkpoint.origin),
            bytes(8),  # a checkpoint's tree begins with entry 0
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


def signature_line(cosigner: Cosigner, timestamp: int, signature: bytes) -> bytes:
    """Return the line for a signature over `cosigned_message`."""
    content = cosigner.key_hash() + timestamp.to_bytes(8, "big") + signature
    return f"{_DASH}{cosigner.name} {_encode(content)}\n".encode()


def note(checkpoint: Checkpoint, lines: Sequence[bytes]) -> bytes:
    """Return the signed note: the checkpoint's body, an empty line, one line for each cosigner."""
    return checkpoint.body() + b"\n" + b"".join(lines)


def add_line(note: bytes, line: bytes) -> bytes:
    """Return the note with one cosignature more.

    Raises:
        IntegrityError: what comes out would not be read back.
    """
    grown = note + line
    if len(parse(grown)[1]) != len(parse(note)[1]) + 1:
        raise _refused("one line is added at a time")
    return grown


def parse(note: bytes) -> tuple[Checkpoint, tuple[SignatureLine, ...]]:
    """Return what a note says; nothing of it is verified.

    Raises:
        IntegrityError: it can be read in another way, or in none.
    """
    if len(note) > NOTE_BYTES_MAX:
        raise _refused(f"it has {len(note)} bytes, at most {NOTE_BYTES_MAX} are allowed")
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError:
        raise _refused("it is not UTF-8") from None
    match text.split("\n"):
        case [origin, size, root, "", *lines, ""] if 1 <= len(lines) <= LINES_MAX:
            checkpoint = Checkpoint(_name(origin), _size(size), _decode(root))
        case _:
            raise _refused(f"it needs origin, size, root, an empty line and 1 to {LINES_MAX} signature lines")
    if len(checkpoint.root) != HASH_BYTES:
        raise _refused(f"its root has {len(checkpoint.root)} bytes instead of {HASH_BYTES}")
    return checkpoint, tuple(_line(line) for line in lines)


def open_note(
    note: bytes, cosigners: Sequence[Cosigner], lattice: Lattice = signature.openssl
) -> tuple[Checkpoint, tuple[Cosignature, ...]]:
    """Return the checkpoint and the known cosigners' signatures, in the note's order.

    Lines of unknown keys are passed over, as the format asks: a log may have witnesses we know nothing of.

    Raises:
        IntegrityError: a known key's line does not verify, a key signs twice, or no known key signs.
    """
    checkpoint, lines = parse(note)
    found: dict[bytes, Cosignature] = {}
    for line in lines:
        named = [
            known for known in cosigners if line.name == known.name and line.key_hash == known.key_hash()
        ]
        if not named:
            continue
        cosignature = _verified(line, named, checkpoint, lattice)
        if cosignature.public in found:
            raise _refused("one key signed it twice")
        found[cosignature.public] = cosignature
    if not found:
        raise _refused("no known key signed it")
    return checkpoint, tuple(found.values())


def _verified(
    line: SignatureLine, named: Sequence[Cosigner], checkpoint: Checkpoint, lattice: Lattice
) -> Cosignature:
    timestamp, signed = int.from_bytes(line.content[:8], "big"), line.content[8:]
    if len(signed) != SIGNATURE_BYTES or not 0 < timestamp <= TIMESTAMP_MAX:
        raise _refused("a known key's line has another form than a cosignature with its time")
    message = cosigned_message(line.name, timestamp, checkpoint)
    for cosigner in named:  # four bytes name a key, so two keys may answer to one line
        if lattice(44, cosigner.public, message, signed, b""):
            return Cosignature(cosigner.name, cosigner.public, timestamp)
    raise _refused("a known key's signature does not verify")


def _line(text: str) -> SignatureLine:
    match text.split(" "):
        case ["\N{EM DASH}", name, encoded]:
            content = _decode(encoded)
            if len(content) > _KEY_ID_BYTES:
                return SignatureLine(_name(name), content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:])
    raise _refused("a signature line needs a dash, a name and a key's id with its signature")


def _name(text: str) -> str:
    """Return the text if it is a signed note's key name: an origin is one too, since the log signs under it."""
    if not 1 <= len(text.encode()) <= NAME_BYTES_MAX:
        raise _refused(f"a name has 1 to {NAME_BYTES_MAX} bytes")
    if "+" in text or any(map(str.isspace, text)) or _CONTROLS.search(text):
        raise _refused("a name holds a space, a plus sign or a control character")
    return text


def _size(text: str) -> int:
    if re.fullmatch("0|[1-9][0-9]{0,18}", text) and int(text) <= SIZE_MAX:
        return int(text)
    raise _refused(f"its size is no plain decimal number up to {SIZE_MAX}")


def _short(text: str) -> bytes:
    raw = text.encode()
    return bytes([len(raw)]) + raw


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise _refused("a field is not base64") from None
    if _encode(raw) != text:
        raise _refused("a field is not canonical base64")
    return raw


def _refused(what: str) -> IntegrityError:
    return IntegrityError(
        "checkpoint-invalid",
        f"The checkpoint is refused: {what}.",
        "Stop, delete nothing, and tell the security team.",
    )
