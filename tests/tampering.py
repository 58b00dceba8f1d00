"""What somebody could do to a log: each change of its rows, and how far they go to cover it.

A place is a state folder or an evidence pack; a change works on the rows of either.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal
from uuid import UUID

from policy_checks.integrity import checkpoint as notes
from policy_checks.integrity import merkle, strict_json
from policy_checks.integrity.checkpoint import Checkpoint, Cosigner
from policy_checks.integrity.note_evidence import origin
from policy_checks.schemas.audit import GENESIS
from tasks.adapters import settings
from tasks.adapters.ring_store import KeyStore
from tests.places import Place, Row, row_of
from tests.trail import Trail

Cover = Literal["bare", "leaf", "relinked", "restamped"]
"""Nothing more; its leaf hash too; the chain after it too; tiles and (stolen audit key) checkpoints too."""


Change = Callable[[list[Row], int, Random], int]
"""Changes rows at (about) a position and returns the first position that is not what it was."""


@dataclass(frozen=True)
class LogTampering:
    """One change, covered up so far."""

    change: Change
    cover: Cover
    drops_notes: bool = False

    @property
    def name(self) -> str:
        """What a test is called after."""
        dropped = "-notes-dropped" if self.drops_notes else ""
        return f"{self.change.__name__.replace('_', '-')}-{self.cover}{dropped}"

    def apply(self, place: Place, trail: Trail, position: int, rng: Random) -> int:
        """Tamper, and return the first position that is not what it was."""
        rows = place.rows()
        first = self.change(rows, position, rng)
        if self.cover == "leaf":
            rows = [replace(row, leaf=merkle.leaf_hash(row.body)) for row in rows]
        if self.cover in ("relinked", "restamped"):
            relink(rows, min(first, len(rows)))
        place.put(rows, tiles=self.cover in ("relinked", "restamped"))
        held = place.notes()
        if self.cover == "restamped":
            kept = {size: note for size, note in held.items() if size <= first}
            again = {size for size in held if first < size <= len(rows)} | {len(rows)}
            place.put_notes(kept | {size: stamped(trail, rows, size) for size in again - kept.keys()})
        elif self.drops_notes:
            place.put_notes({size: note for size, note in held.items() if size <= first})
        return first


def relink(rows: list[Row], begin: int) -> None:
    """Make one chain of all rows from `begin` on."""
    for seq in range(begin, len(rows)):
        parent = "sha256:" + rows[seq - 1].leaf.hex() if seq else GENESIS
        fields = json.loads(rows[seq].body)
        rows[seq] = row_of(seq, strict_json.dumps(fields | {"seq": seq, "prev": parent}))


def stamped(trail: Trail, rows: list[Row], size: int, root: bytes | None = None) -> bytes:
    """A checkpoint over the first rows, signed with the log's own key."""
    store, now = KeyStore(trail.home), settings.now()
    chain = store.history()
    keyid = store.signing_key("audit", None, now)
    cosigner = Cosigner(origin(chain.root_digest), base64.b64decode(chain.known[keyid].public))
    root = root or merkle.subtree_of([row.leaf for row in rows])(0, size)
    tree, at = Checkpoint(cosigner.name, size, root), int(now.timestamp())
    signature = store.private(keyid).sign(notes.cosigned_message(cosigner.name, at, tree), b"")
    return notes.note(tree, [notes.signature_line(cosigner, at, signature)])


def edit_data(rows: list[Row], position: int, rng: Random) -> int:
    """Change one value of what the entry says."""

    def change(fields: dict) -> None:
        name = rng.choice(sorted(fields["data"]))
        value = fields["data"][name]
        fields["data"][name] = value + 1 if isinstance(value, int) else _other_end(value)

    return _edit(rows, position, change)


def edit_ts(rows: list[Row], position: int, rng: Random) -> int:
    """Change one digit of a microsecond."""
    return _edit(rows, position, lambda f: f.update(ts=f["ts"][:-2] + str((int(f["ts"][-2]) + 1) % 10) + "Z"))


def edit_type(rows: list[Row], position: int, rng: Random) -> int:
    """Call the entry something else; most types then lack their fields."""
    others = {"run.admitted": "run.denied", "keyring.rotated": "keyring.changed"}
    return _edit(rows, position, lambda f: f.update(type=others.get(f["type"], "run.admitted")))


def edit_tenant(rows: list[Row], position: int, rng: Random) -> int:
    """Give the entry to another tenant."""
    return _edit(rows, position, lambda f: f.update(tenant=_other_end(f["tenant"] or "t-" + "0" * 16)))


def edit_event(rows: list[Row], position: int, rng: Random) -> int:
    """Give the entry another identity."""
    return _edit(rows, position, lambda f: f.update(event=_other_end(f["event"])))


def flip_a_bit(rows: list[Row], position: int, rng: Random) -> int:
    """Flip one bit of the line."""
    body = bytearray(rows[position].body)
    body[rng.randrange(len(body))] ^= 1
    rows[position] = replace(rows[position], body=bytes(body))
    return position


def set_clock_back(rows: list[Row], position: int, rng: Random) -> int:
    """Date the entry two hours earlier."""

    def change(fields: dict) -> None:
        earlier = datetime.fromisoformat(fields["ts"]) - timedelta(hours=2)
        fields["ts"] = earlier.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    return _edit(rows, position, change)


def delete(rows: list[Row], position: int, rng: Random) -> int:
    """Take the entry out; the others keep their numbers."""
    del rows[position]
    return position


def insert(rows: list[Row], position: int, rng: Random) -> int:
    """Put a forged entry before this one; the stored numbers, not the lines, make room."""
    rows[position:] = [replace(row, seq=row.seq + 1) for row in rows[position:]]
    rows.insert(position, _forged(rows, position, rng))
    return position


def swap(rows: list[Row], position: int, rng: Random) -> int:
    """Exchange the entry with the next one (the last with the one before)."""
    first = min(position, len(rows) - 2)
    one, other = rows[first : first + 2]
    rows[first : first + 2] = [replace(other, seq=first), replace(one, seq=first + 1)]
    return first


def truncate(rows: list[Row], position: int, rng: Random) -> int:
    """Cut off this entry and all after it."""
    del rows[position:]
    return position


def fork(rows: list[Row], position: int, rng: Random) -> int:
    """Tell another story from here on, as long as the true one."""
    for seq in range(position, len(rows)):
        rows[seq] = _forged(rows, seq, rng)
    return position


def replay(rows: list[Row], position: int, rng: Random) -> int:
    """Append the entry once more."""
    rows.append(replace(rows[position], seq=len(rows)))
    return len(rows) - 1


EDITS: tuple[Change, ...] = (edit_data, edit_ts, edit_type, edit_tenant, edit_event, set_clock_back)
MOVES: tuple[Change, ...] = (delete, insert, swap, fork, replay)
LOG_TAMPERINGS = (
    *(LogTampering(change, cover) for change in EDITS for cover in ("bare", "leaf", "relinked", "restamped")),
    *(LogTampering(flip_a_bit, cover) for cover in ("bare", "leaf")),
    *(LogTampering(change, cover) for change in MOVES for cover in ("bare", "relinked", "restamped")),
    LogTampering(truncate, "bare"),
    LogTampering(truncate, "bare", drops_notes=True),
    LogTampering(truncate, "restamped"),
    LogTampering(fork, "relinked", drops_notes=True),
)


def _edit(rows: list[Row], position: int, change: Callable[[dict], None]) -> int:
    fields = json.loads(rows[position].body)
    change(fields)
    event, body = fields["event"], strict_json.dumps(fields)
    assert body != rows[position].body
    rows[position] = replace(rows[position], event=event, body=body)
    return position


def _forged(rows: list[Row], seq: int, rng: Random) -> Row:
    """A well-formed entry that never happened, linked to what stands before it."""
    prev = "sha256:" + rows[seq - 1].leaf.hex() if seq else GENESIS
    like = json.loads(rows[min(seq, len(rows) - 1)].body)
    fields = like | {
        "seq": seq, "prev": prev, "event": str(UUID(int=rng.getrandbits(128), version=4)),
        "type": "intent", "data": {"effect": "forged"}, "run": None, "manifest": None, "tenant": None,
    }  # fmt: skip
    return row_of(seq, strict_json.dumps(fields))


def _other_end(text: str) -> str:
    return text[:-1] + ("1" if text[-1] != "1" else "2")
