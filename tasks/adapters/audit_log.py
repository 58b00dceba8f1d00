"""Append-only log of what happened: one global sequence, each line naming the hash of the one before."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from policy_checks.integrity import hash_chain, log_line, merkle
from policy_checks.integrity.checkpoint import Cosigner
from policy_checks.integrity.log_line import Row
from policy_checks.schemas.audit import AuditEntry, EntryType
from tasks.adapters import log_tree, settings
from tasks.adapters.log_database import FIRST, LINES, LOG, NEWEST, open_database
from tasks.adapters.log_writer import Draft, Writer

__all__ = ["AuditLog", "Draft", "event_of"]


class AuditLog:
    """The log under `<home>/audit`, or in the database of `ATOMQ_DATABASE_URL`.

    An append is durable when it returns. Threads may share one log, and should: their appends go together.

    Args:
        clock: gives the present moment, with its zone.
    """

    def __init__(self, home: Path, *, clock: Callable[[], datetime] = settings.now) -> None:
        self._database = open_database(home)
        self._writer = Writer(self._database, clock)

    def append(
        self,
        kind: EntryType,
        data: dict[str, str | int],
        *,
        tenant: str | None = None,
        actor: str = "atomq",
        run: str | None = None,
        manifest: str | None = None,
        event: str | None = None,
    ) -> AuditEntry:
        """Write one entry behind the newest and return it; an event that is there already is not written again.

        Raises:
            ValidationError: fields that this type of entry does not allow.
            IntegrityError: the event is there with another content, or the log's end is damaged.
            UnavailableError: the log cannot be written, or the clock is behind it.
        """
        return self.append_all([Draft(kind, data, tenant, actor, run, manifest, event)])[0]

    def append_all(self, drafts: Sequence[Draft]) -> tuple[AuditEntry, ...]:
        """Write several entries in one transaction, all or none; otherwise as `append`."""
        return self._writer.append(drafts) if drafts else ()

    def find(self, event: str) -> AuditEntry | None:
        """Return the entry of this event, checked by itself."""
        return self._one(LINES.where(LOG.c.event == event))

    def newest(self) -> AuditEntry | None:
        """Return the last entry, checked by itself."""
        return self._one(NEWEST)

    def size(self) -> int:
        """Return the number of entries, going by the last one's number."""
        if not self.exists():
            return 0
        with self._database.reading() as connection:
            newest = connection.execute(sa.select(sa.func.max(LOG.c.seq))).scalar()
        return 0 if newest is None else newest + 1

    def lines(self, begin: int = 0) -> Iterator[list[Row]]:
        """Yield the lines from number `begin` on as they are stored, 1,000 at a time, unchecked.

        Each thousand is read when it is asked for, so that memory stays flat and writers never wait.
        """
        if not self.exists():
            return
        start = begin or FIRST
        while True:
            with self._database.reading() as connection:
                rows = self._database.rows(connection, start, log_tree.BATCH)
            if not rows:
                return
            yield rows
            start = rows[-1][0] + 1

    def entries(self) -> Iterator[AuditEntry]:
        """Yield every entry in order, each checked against the one before.

        Raises:
            IntegrityError: names the first entry that does not fit.
        """
        return hash_chain.entries(self.lines())

    def checkpoint(
        self, origin: str, cosigner: Cosigner, sign: Callable[[bytes], bytes], now: datetime
    ) -> bytes:
        """Return a signed note over every entry: the newest one if it covers them, else a new one.

        Args:
            sign: returns the raw ML-DSA-44 signature of a message, under an empty context.

        Raises:
            IntegrityError: the log does not continue its newest checkpoint, or does not verify since then.
            UnavailableError: the log is empty or cannot be written.
        """
        if not self.exists():
            raise log_tree.empty()
        with self._database.writing() as connection:
            return log_tree.add_checkpoint(self._database, connection, origin, cosigner, sign, now)

    def checkpoints(self) -> Iterator[bytes]:
        """Yield every checkpoint's note, by size."""
        if self.exists():
            with self._database.reading() as connection:
                notes = log_tree.notes(connection)
            yield from notes

    def newest_checkpoint(self) -> bytes | None:
        """Return the note of the newest checkpoint."""
        if not self.exists():
            return None
        with self._database.reading() as connection:
            return log_tree.newest_note(connection)

    def leaves(self, begin: int, end: int) -> list[bytes]:
        """Return the stored leaf hashes [begin, end).

        Raises:
            IntegrityError: an entry of these is missing.
            UnavailableError: nothing was ever logged here.
        """
        with self._not_empty() as connection:
            return log_tree.leaves(connection, begin, end)

    def subtree(self, begin: int, end: int) -> bytes:
        """Return the root over the stored leaves [begin, end), cut as RFC 6962 cuts."""
        with self._not_empty() as connection:
            return log_tree.subtree(connection, begin, end)

    def inclusion_proof(self, seq: int, size: int) -> tuple[bytes, ...]:
        """Return what leads from entry `seq` to the root over the first `size` entries.

        Raises:
            ValueError: the first `size` entries hold no such entry.
        """
        with self._not_empty() as connection:
            return merkle.inclusion_proof(seq, size, partial(log_tree.subtree, connection))

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return what shows that the first `new` entries begin with the first `old` ones.

        Raises:
            ValueError: old is larger than new.
        """
        with self._not_empty() as connection:
            return merkle.consistency_proof(old, new, partial(log_tree.subtree, connection))

    def exists(self) -> bool:
        """Return whether anything was ever logged here."""
        return self._database.exists()

    def close(self) -> None:
        """Release the database."""
        self._database.close()

    @contextmanager
    def _not_empty(self) -> Iterator[sa.Connection]:
        """Give a connection for reading, unless that would make a log where none is."""
        if not self.exists():
            raise log_tree.empty()
        with self._database.reading() as connection:
            yield connection

    def _one(self, query: "sa.Select[Row]") -> AuditEntry | None:
        if not self.exists():
            return None
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return log_line.read(tuple(row)) if row else None


def event_of(*parts: str) -> str:
    """Return the event id that follows from what happened, so that a retry finds its first entry.

    A UUID of version 8: SHA-256 over the parts, joined with a zero byte.

    Raises:
        ValueError: a part holds a zero byte, so that other parts would give the same id.

    Source: RFC 9562 section 5.8.

    >>> event_of("intent", "run", "execute")[14]
    '8'
    """
    if any("\0" in part for part in parts):
        raise ValueError("a part holds a zero byte")
    value = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))
