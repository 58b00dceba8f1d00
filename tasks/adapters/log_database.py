"""The database that holds the audit log: SQLite in the state folder, or Postgres; one writer at a time."""

import errno
import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity.log_line import Row
from tasks.adapters import settings
from tasks.adapters.files import locked, open_shared, unwritable

METADATA = sa.MetaData()
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LOG = sa.Table(
    "log",
    METADATA,
    sa.Column("seq", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("event", sa.String(36), unique=True, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
TILE = sa.Table(
    "tile",
    METADATA,
    sa.Column("idx", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)
CHECKPOINT = sa.Table(
    "checkpoint",
    METADATA,
    sa.Column("size", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
)


def as_bytes(column: "sa.Column[bytes]") -> "sa.Label[bytes]":
    """Return the column as bytes, whatever an edit in SQLite made of its value's type."""
    return sa.cast(column, sa.LargeBinary).label(column.name)


LINES = sa.select(LOG.c.seq, LOG.c.event, as_bytes(LOG.c.leaf), as_bytes(LOG.c.body))
NEWEST = LINES.order_by(LOG.c.seq.desc()).limit(1)
WAIT_S = 60
FIRST = -(2**62)
"""A number below every line's, so that a line which was moved in front of the first one is read too."""


class LogDatabase(ABC):
    """A log's tables. What was written is durable when `writing` ends; after a fault none of it is there."""

    _foreign: tuple[type[Exception], ...]
    _page: str

    def __init__(self) -> None:
        self._engine: sa.Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection that sees what is committed; writers go on meanwhile.

        Raises:
            IntegrityError: the database is damaged.
            UnavailableError: it does not answer.
        """
        with self._translated(writes=False), self._opened().connect() as connection:
            yield connection

    @abstractmethod
    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Give a connection in a transaction that no other writer shares, in whatever process.

        Raises:
            IntegrityError: the database is damaged.
            UnavailableError: nothing was written.
        """

    @abstractmethod
    def exists(self) -> bool:
        """Return whether anything was ever logged here."""

    def rows(self, connection: sa.Connection, begin: int, n_max: int) -> list[Row]:
        """Return the next lines in order, from number `begin` on.

        Through the driver's own cursor: SQLAlchemy's rows would cost a tenth of a verification's time.
        """
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._page, (begin, n_max))
            return self._as_tuples(cursor.fetchall())
        finally:
            cursor.close()

    def close(self) -> None:
        """Release the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    @abstractmethod
    def _opened(self) -> sa.Engine: ...

    @abstractmethod
    def _fault(self, error: Exception, *, writes: bool) -> AtomqError: ...

    def _as_tuples(self, rows: Any) -> list[Row]:
        return list(rows)

    @contextmanager
    def _translated(self, *, writes: bool) -> Iterator[None]:
        foreign: tuple[type[Exception], ...] = (sa.exc.SQLAlchemyError, *self._foreign)
        try:
            yield
        except foreign as error:
            # Not chained: the driver's words may hold the database's address.
            raise self._fault(getattr(error, "orig", None) or error, writes=writes) from None


class SqliteDatabase(LogDatabase):
    """One file; writers queue at a lock beside it, which the kernel releases when its holder dies."""

    _foreign = (sqlite3.Error,)
    _page = "SELECT seq, event, leaf, body FROM log WHERE seq >= ? ORDER BY seq LIMIT ?"
    _passing = frozenset(
        getattr(sqlite3, f"SQLITE_{name}")
        for name in (
            *("AUTH", "BUSY", "CANTOPEN", "FULL", "INTERRUPT", "IOERR"),
            *("LOCKED", "NOMEM", "PERM", "PROTOCOL", "READONLY"),
        )
    )

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path, self._lock = folder / "log.sqlite", folder / ".lock"

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Hold the file lock, then SQLite's own: without the first one, writers starve for seconds."""
        with (
            self._translated(writes=True),
            locked(self._lock),
            self._made().connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def rows(self, connection: sa.Connection, begin: int, n_max: int) -> list[Row]:
        """Return the next lines, also where somebody's edit left text that is none."""
        try:
            return super().rows(connection, begin, n_max)
        except sqlite3.OperationalError as error:
            driver: Any = connection.connection.driver_connection
            if hasattr(error, "sqlite_errorcode") or driver.text_factory is not str:
                raise
            driver.text_factory = lambda raw: raw.decode("utf-8", "replace")
            return super().rows(connection, begin, n_max)

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self._path.is_file()

    def _opened(self) -> sa.Engine:
        if self._engine is None:
            with locked(self._lock):
                return self._made()
        return self._engine

    def _made(self) -> sa.Engine:
        """Return the engine; the caller holds the lock."""
        if self._engine is None:
            self._make_file()
            # A crash here leaves an empty file: an empty log, which the next opening furnishes with tables.
            engine = sa.create_engine(f"sqlite:///{self._path}", connect_args={"timeout": WAIT_S})
            sa.event.listen(engine, "connect", _configure)
            sa.event.listen(engine, "begin", _begin)
            METADATA.create_all(engine)
            self._engine = engine
        return self._engine

    def _make_file(self) -> None:
        """Make an empty file where there is none, shared as its folder is.

        One that is there is not opened: closing a second descriptor drops every lock that this process holds on
        it (POSIX), and the next process that leaves would take the log for abandoned and delete what is not yet in it.
        """
        try:
            if self._path.is_symlink():
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if not self._path.exists():
                os.close(open_shared(self._path, os.O_RDWR))
        except OSError as error:
            raise unwritable(error) from None

    def _fault(self, error: Exception, *, writes: bool) -> AtomqError:
        code = getattr(error, "sqlite_errorcode", None)
        short_read = code == sqlite3.SQLITE_IOERR_SHORT_READ
        if isinstance(error, sqlite3.Error) and (
            code is None or short_read or code & 0xFF not in self._passing
        ):
            return damaged("The audit log's file is damaged.")
        return passing(getattr(error, "sqlite_errorname", type(error).__name__), writes=writes)


def _configure(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def damaged(what: str) -> IntegrityError:
    """Return the fault of a database whose content cannot be what was written."""
    return IntegrityError("audit-unreadable", what, "Stop, delete nothing, and tell the security team.")


def passing(cause: str, *, writes: bool) -> UnavailableError:
    """Return the fault of a database that may work again later; `cause` is the driver's name for it."""
    if writes:
        return UnavailableError(
            "audit-unwritable",
            f"The audit log cannot be written ({cause}).",
            "Free disk space or mend the state folder; nothing runs unrecorded.",
        )
    return UnavailableError(
        "audit-unreachable",
        f"The audit log cannot be read now ({cause}).",
        "See that its database or state folder can be reached, then try again.",
    )


def open_database(home: Path) -> LogDatabase:
    """Return the database of this state folder's log; nothing is opened before it is used.

    Raises:
        UnavailableError: `ATOMQ_DATABASE_URL` is no address of a Postgres database.
    """
    url = settings.database_url()
    if url is None:
        return SqliteDatabase(home / "audit")
    # Imported here, so that a log in a file needs no Postgres driver.
    from tasks.adapters.log_postgres import PostgresDatabase

    return PostgresDatabase(url)
