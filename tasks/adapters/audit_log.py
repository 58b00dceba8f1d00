"""Append-only log of what happened: one global sequence, each line naming the digest of the one before."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import hash_chain, strict_json
from policy_checks.schemas.audit import GENESIS, AuditEntry, EntryType
from tasks.adapters import settings
from tasks.adapters.files import locked

TABLE = sa.Table(
    "log",
    sa.MetaData(),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event", sa.String(36), unique=True, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
BUSY_TIMEOUT_S = 60


class AuditLog:
    """The log under `<home>/audit`. An append is durable when it returns."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "audit"
        self._engine: sa.Engine | None = None

    def append(
        self,
        kind: EntryType,
        data: dict[str, str | int],
        *,
        tenant: str | None = None,
        actor: str = "atomq",
        run: str | None = None,
        manifest: str | None = None,
    ) -> AuditEntry:
        """Write one entry behind the newest and return it.

        Raises:
            UnavailableError: the log cannot be written.
            ValidationError: fields that this type of entry does not allow.
        """
        try:
            with locked(self._folder / ".lock"), self._open().begin() as connection:
                newest = connection.execute(
                    sa.select(TABLE.c.seq, TABLE.c.body).order_by(TABLE.c.seq.desc()).limit(1)
                ).first()
                entry = AuditEntry(
                    v=1,
                    seq=newest.seq + 1 if newest else 0,
                    prev=strict_json.digest(newest.body) if newest else GENESIS,
                    event=settings.new_id(),
                    ts=_stamp(settings.now()),
                    type=kind,
                    tenant=tenant,
                    actor=actor,
                    run=run,
                    manifest=manifest,
                    data=data,
                )
                body = entry.to_bytes()
                leaf = hashlib.sha256(b"\0" + body).digest()
                row: dict[str, Any] = {"seq": entry.seq, "event": entry.event, "leaf": leaf, "body": body}
                connection.execute(sa.insert(TABLE), row)
        except sa.exc.DatabaseError as error:
            raise UnavailableError(
                "audit-unwritable",
                f"The audit log cannot be written ({type(error.orig).__name__}).",
                "Free disk space or mend the state folder; nothing runs unrecorded.",
            ) from None
        return entry

    def entries(self) -> Iterator[AuditEntry]:
        """Yield every entry in order, each checked against the one before.

        Raises:
            IntegrityError: names the first entry that does not fit.
        """
        if not self.exists():
            return
        query = sa.select(TABLE.c.seq, TABLE.c.body, TABLE.c.leaf).order_by(TABLE.c.seq)
        try:
            with locked(self._folder / ".lock"):
                engine = self._open()
            with engine.connect() as connection:
                rows = connection.execution_options(yield_per=1000).execute(query)
                yield from hash_chain.walk((row.seq, _same_leaf(row)) for row in rows)
        except sa.exc.DatabaseError:
            raise IntegrityError(
                "audit-unreadable",
                "The audit log's file is damaged.",
                "Stop, delete nothing, and tell the security team.",
            ) from None

    def exists(self) -> bool:
        """Return whether anything was ever logged here."""
        return (self._folder / "log.sqlite").is_file()

    def close(self) -> None:
        """Release the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _open(self) -> sa.Engine:
        if self._engine is None:
            path = self._folder / "log.sqlite"
            engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S})
            sa.event.listen(engine, "connect", _configure)
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
            TABLE.metadata.create_all(engine)
            path.chmod(0o600)
            self._engine = engine
        return self._engine


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _same_leaf(row: Any) -> bytes:
    body = row.body
    if not isinstance(body, bytes) or hashlib.sha256(b"\0" + body).digest() != row.leaf:
        raise IntegrityError(
            "entry-edited",
            f"The audit log does not verify: entry {row.seq} differs from its stored leaf hash.",
            "Stop, delete nothing, and tell the security team.",
        )
    return body


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
