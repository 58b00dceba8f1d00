"""The Merkle tree over a log's lines, and its checkpoints, where the lines lie.

Roots of every 256 lines are kept, so that a root or a proof costs one read per 256 lines. They are a cache:
a checkpoint trusts none that the checkpoint before it does not cover, and none that contradicts the leaves.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import checkpoint, hash_chain, log_line, merkle
from policy_checks.integrity.checkpoint import Checkpoint, Cosigner
from policy_checks.integrity.log_line import Row
from tasks.adapters.log_database import CHECKPOINT, FIRST, LOG, TILE, LogDatabase, as_bytes

TILE_LEAVES = 256
BATCH = 1000


def pages(database: LogDatabase, connection: sa.Connection, begin: int = 0) -> Iterator[list[Row]]:
    """Yield every line from `begin` on, 1,000 at a time."""
    start = begin or FIRST
    while rows := database.rows(connection, start, BATCH):
        yield rows
        start = rows[-1][0] + 1


def leaves(connection: sa.Connection, begin: int, end: int) -> list[bytes]:
    """Return the leaf hashes [begin, end).

    Raises:
        BrokenAt: a line of these is missing.
    """
    between = LOG.c.seq >= begin, LOG.c.seq < end
    rows = connection.execute(
        sa.select(LOG.c.seq, as_bytes(LOG.c.leaf)).where(*between).order_by(LOG.c.seq)
    ).all()
    if len(rows) != end - begin:
        there = {row.seq for row in rows}
        raise log_line.missing(next(seq for seq in range(begin, end) if seq not in there))
    return [row.leaf for row in rows]


def subtree(connection: sa.Connection, begin: int, end: int) -> bytes:
    """Return the root over leaves [begin, end), cut as RFC 6962 cuts; whole tiles are not read leaf by leaf."""
    n_tiles, n_left = divmod(end - begin, TILE_LEAVES)
    if begin % TILE_LEAVES or not n_tiles:
        return merkle.subtree_of(leaves(connection, begin, end))(0, end - begin)
    first = begin // TILE_LEAVES
    return _root(_tiles(connection, first, first + n_tiles), leaves(connection, end - n_left, end))


def notes(connection: sa.Connection) -> list[bytes]:
    """Return every checkpoint's note, by size."""
    return list(
        connection.execute(sa.select(as_bytes(CHECKPOINT.c.note)).order_by(CHECKPOINT.c.size)).scalars()
    )


def newest_note(connection: sa.Connection) -> bytes | None:
    """Return the note of the newest checkpoint."""
    query = sa.select(as_bytes(CHECKPOINT.c.note)).order_by(CHECKPOINT.c.size.desc()).limit(1)
    return connection.execute(query).scalar()


def add_checkpoint(
    database: LogDatabase,
    connection: sa.Connection,
    origin: str,
    cosigner: Cosigner,
    sign: Callable[[bytes], bytes],
    now: datetime,
) -> bytes:
    """Return a signed note over every line; `connection` is the only writer's.

    Raises:
        IntegrityError: the log is not what its newest checkpoint covers, or does not verify since then.
        UnavailableError: the log is empty.
    """
    newest = connection.execute(sa.select(sa.func.max(LOG.c.seq))).scalar()
    if newest is None:
        raise empty()
    size, note = newest + 1, newest_note(connection)
    old = _parsed(connection, note) if note is not None else Checkpoint(origin, 0, merkle.EMPTY)
    _require_continued(connection, old, origin, size)
    _require_verified(database, connection, old.size, size)
    _fill_tiles(connection, size)
    # All that follows and the tiles are one transaction: a crash leaves the log as it was, and a signature
    # that nobody was given.
    if note is None or old.size < size:
        tree, timestamp = Checkpoint(origin, size, subtree(connection, 0, size)), int(now.timestamp())
        signature = sign(checkpoint.cosigned_message(cosigner.name, timestamp, tree))
        note = checkpoint.note(tree, [checkpoint.signature_line(cosigner, timestamp, signature)])
        # A crash after this is committed leaves a note that nobody was given: the next call returns it.
        connection.execute(sa.insert(CHECKPOINT), {"size": size, "note": note})
    return note


def _parsed(connection: sa.Connection, note: bytes) -> Checkpoint:
    found = checkpoint.parse(note)[0]
    if found.size != connection.execute(sa.select(sa.func.max(CHECKPOINT.c.size))).scalar():
        raise _conflict("is stored under another size than its own")
    return found


def _require_continued(connection: sa.Connection, old: Checkpoint, origin: str, size: int) -> None:
    if old.origin != origin:
        raise _conflict("is of another log")
    if old.size > size:
        raise _conflict(f"covers {old.size} entries, but the log has {size}")
    for n_trusted in (max(old.size - 1, 0) // TILE_LEAVES, 0):
        # First go the tiles that no checkpoint covers, and the one over the last line that it covers: that
        # line is read itself, since its hash depends on every line before it. If the rest contradicts the
        # old root, all go, so that a damaged cache is not taken for a changed log.
        connection.execute(sa.delete(TILE).where(TILE.c.idx >= n_trusted))
        root = subtree(connection, 0, old.size) if old.size else merkle.EMPTY
        if root == old.root:
            return
    raise _conflict(f"covers other entries than the log's first {old.size}")


def _require_verified(database: LogDatabase, connection: sa.Connection, begin: int, size: int) -> None:
    if begin == size:
        return
    before = None
    if begin:
        before, *_ = database.rows(connection, begin - 1, 1)
        if before[0] != begin - 1:
            raise log_line.missing(begin - 1)
    for _ in hash_chain.walk(pages(database, connection, begin), before=before):
        pass


def _fill_tiles(connection: sa.Connection, size: int) -> None:
    there = set(connection.execute(sa.select(TILE.c.idx)).scalars())
    new = [
        {"idx": idx, "hash": _tile(connection, idx)} for idx in range(size // TILE_LEAVES) if idx not in there
    ]
    if new:
        connection.execute(sa.insert(TILE), new)


def _tiles(connection: sa.Connection, begin: int, end: int) -> list[bytes]:
    query = sa.select(TILE.c.idx, as_bytes(TILE.c.hash)).where(TILE.c.idx >= begin, TILE.c.idx < end)
    stored = {row.idx: row.hash for row in connection.execute(query)}
    return [stored[idx] if idx in stored else _tile(connection, idx) for idx in range(begin, end)]


def _tile(connection: sa.Connection, idx: int) -> bytes:
    begin = idx * TILE_LEAVES
    return merkle.subtree_of(leaves(connection, begin, begin + TILE_LEAVES))(0, TILE_LEAVES)


def _root(tiles: Sequence[bytes], tail: Sequence[bytes]) -> bytes:
    """Return the root over whole tiles and fewer leaves than make another one."""
    if not tail or not tiles:
        nodes = tiles or tail
        return merkle.subtree_of(nodes)(0, len(nodes))
    cut = merkle.split(len(tiles) + 1)
    return merkle.node_hash(merkle.subtree_of(tiles)(0, cut), _root(tiles[cut:], tail))


def empty() -> UnavailableError:
    """Return the fault of a log that has nothing to vouch for."""
    return UnavailableError(
        "log-empty", "The audit log has no entry, so nothing to vouch for.", "Run something first."
    )


def _conflict(what: str) -> IntegrityError:
    return IntegrityError(
        "checkpoint-conflict",
        f"The audit log cannot be vouched for: its newest checkpoint {what}.",
        "Stop, delete nothing, and tell the security team.",
    )
