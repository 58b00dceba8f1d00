"""Appending to the log: threads that append at the same time share one transaction, and one fsync."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

import sqlalchemy as sa

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import log_line, merkle
from policy_checks.integrity.keyring import SKEW
from policy_checks.schemas.audit import GENESIS, AuditEntry, EntryType
from tasks.adapters import settings
from tasks.adapters.log_database import LINES, LOG, NEWEST, LogDatabase

EVENTS_A_QUERY = 500
NOT_YET = "1970-01-01T00:00:00.000000Z"


@dataclass(frozen=True)
class Draft:
    """An entry that has no place yet; an `event` of None is drawn when it is appended."""

    kind: EntryType
    data: dict[str, str | int]
    tenant: str | None = None
    actor: str = "atomq"
    run: str | None = None
    manifest: str | None = None
    event: str | None = None


Answer = tuple[AuditEntry, ...] | AtomqError


@dataclass(eq=False)
class _Call:
    """What one caller wants appended, all or nothing, and what became of it."""

    blanks: list[AuditEntry]
    answer: Answer | None = None


class Writer:
    """One process's way into a log: while one thread commits, the others gather for the next transaction."""

    def __init__(self, database: LogDatabase, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._turn = threading.Condition()
        self._leader: _Call | None = None
        self._waiting: deque[_Call] = deque()

    def append(self, drafts: Sequence[Draft]) -> tuple[AuditEntry, ...]:
        """Write entries behind the newest, in one transaction, and return them.

        Raises:
            ValidationError: fields that this type of entry does not allow; nobody else is concerned.
            IntegrityError: an event is in the log with another content; nothing of this call was written.
            UnavailableError: the log cannot be written.
        """
        call = _Call([_blank(draft) for draft in drafts])
        try:
            self._serve(call)
        except BaseException:
            # Interrupted by a signal: nobody else shall write for a caller that is gone.
            with suppress(ValueError):
                self._waiting.remove(call)
            raise
        match call.answer:
            case tuple(entries):
                return entries
            case AtomqError() as error:
                raise error.with_traceback(None)
        raise AssertionError("a call is answered when its turn ends")

    def _serve(self, call: _Call) -> None:
        """Return when the call is answered: by another thread's transaction, or by its own."""
        self._waiting.append(call)
        try:
            with self._turn:
                self._turn.wait_for(lambda: call.answer is not None or self._leader is None)
                if call.answer is not None:
                    return
                self._leader = call
            self._commit()
        finally:
            if self._leader is call:
                with self._turn:
                    self._leader = None
                    self._turn.notify_all()

    def _commit(self) -> None:
        calls: list[_Call] = []
        try:
            with self._database.writing() as connection:
                # Taken here and not before, so that whoever came during the wait for the lock is served too.
                calls = self._taken()
                answers = _settle(connection, calls, self._clock)
            # A crash here leaves entries that nobody was told of: a retry with the same event finds them.
        except AtomqError as error:
            answers = [error] * len(calls := calls + self._taken())
        except BaseException:
            self._waiting.extendleft(reversed(calls))
            raise
        for call, answer in zip(calls, answers, strict=True):
            call.answer = answer

    def _taken(self) -> list[_Call]:
        return [self._waiting.popleft() for _ in range(len(self._waiting))]


def _settle(connection: sa.Connection, calls: list[_Call], clock: Callable[[], datetime]) -> list[Answer]:
    newest = connection.execute(NEWEST).first()
    events = [blank.event for call in calls for blank in call.blanks]
    group = _Group(log_line.read(tuple(newest)) if newest else None, _stored(connection, events), clock)
    if newest:
        group.parent = "sha256:" + newest.leaf.hex()
    answers = [group.settle(call.blanks) for call in calls]
    if group.rows:
        # A crash after this leaves nothing of the whole group: it is not committed.
        connection.execute(sa.insert(LOG), group.rows)
    return answers


class _Group:
    """The lines of one transaction, in their order behind the newest entry."""

    def __init__(
        self, newest: AuditEntry | None, known: dict[str, AuditEntry], clock: Callable[[], datetime]
    ) -> None:
        self.rows: list[dict[str, Any]] = []
        self.parent = GENESIS
        self._newest, self._known, self._clock = newest, known, clock
        self._next = newest.seq + 1 if newest else 0

    def settle(self, blanks: list[AuditEntry]) -> Answer:
        """Return the entries of one call, placed now or stored long ago; or its fault, and nothing is placed."""
        own: dict[str, AuditEntry] = {}
        for blank in blanks:
            twin = self._known.get(blank.event) or own.setdefault(blank.event, blank)
            if _content(twin) != _content(blank):
                return IntegrityError(
                    "event-reused",
                    f"Event {blank.event} is in the audit log with another content.",
                    "Stop: two different things were about to be recorded as one.",
                )
        return tuple(self._known.get(blank.event) or self._place(blank) for blank in blanks)

    def _place(self, blank: AuditEntry) -> AuditEntry:
        ts = _stamp(self._clock(), self._newest)
        entry = blank.model_copy(update={"seq": self._next, "prev": self.parent, "ts": ts})
        body = entry.to_bytes()
        leaf = merkle.leaf_hash(body)
        self.rows.append({"seq": entry.seq, "event": entry.event, "leaf": leaf, "body": body})
        self._known[entry.event] = self._newest = entry
        self._next, self.parent = entry.seq + 1, "sha256:" + leaf.hex()
        return entry


def _stored(connection: sa.Connection, events: list[str]) -> dict[str, AuditEntry]:
    found = {}
    for begin in range(0, len(events), EVENTS_A_QUERY):
        query = LINES.where(LOG.c.event.in_(events[begin : begin + EVENTS_A_QUERY]))
        for row in connection.execute(query):
            found[row.event] = log_line.read(tuple(row))
    return found


def _blank(draft: Draft) -> AuditEntry:
    return AuditEntry(
        v=1,
        seq=0,
        prev=GENESIS,
        event=draft.event or settings.new_id(),
        ts=NOT_YET,
        type=draft.kind,
        tenant=draft.tenant,
        actor=draft.actor,
        run=draft.run,
        manifest=draft.manifest,
        data=draft.data,
    )


def _content(entry: AuditEntry) -> tuple[object, ...]:
    return entry.type, entry.tenant, entry.actor, entry.run, entry.manifest, entry.data


def _stamp(now: datetime, newest: AuditEntry | None) -> str:
    """Return the moment of the next entry: never before the newest one's.

    Raises:
        UnavailableError: the clock is so far behind that the entry's moment would be made up.
    """
    ts = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if newest is None or ts >= newest.ts:
        return ts
    behind = datetime.fromisoformat(newest.ts) - now
    if behind > SKEW:
        raise UnavailableError(
            "clock-behind",
            f"This machine's clock is {ceil(behind.total_seconds())} s behind the newest audit entry, "
            f"of {newest.ts}; at most {SKEW.total_seconds():.0f} s are allowed.",
            "Set the clock (NTP), then try again.",
        )
    return newest.ts
