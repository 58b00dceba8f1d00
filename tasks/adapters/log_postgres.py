"""The audit log's tables in Postgres; writers queue at an advisory lock."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pg8000.exceptions
import sqlalchemy as sa

from policy_checks.errors import AtomqError, UnavailableError
from policy_checks.integrity.log_line import Row
from tasks.adapters.log_database import LOG, METADATA, WAIT_S, LogDatabase, damaged, passing

WRITER = int.from_bytes(b"atomqlog", "big")
"""Number of the advisory lock that a writer holds until its transaction ends."""
POOL = "atomq-audit"


class PostgresDatabase(LogDatabase):
    """One database on a server; a connection waits at most a minute for an answer or for the lock."""

    _foreign = (pg8000.exceptions.Error, OSError)
    _page = "SELECT seq, event, leaf, body FROM log WHERE seq >= %s ORDER BY seq LIMIT %s"

    def __init__(self, address: str) -> None:
        super().__init__()
        self._url, self._ssl = _taken_apart(address)
        self._has_tables = self._has_rows = False

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Take the lock first: what the transaction reads after it is what the writer before it committed."""
        with self._translated(writes=True):
            with self._opened().begin() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER)))
                if not self._has_tables:
                    METADATA.create_all(connection)
                yield connection
            self._has_tables = True

    def exists(self) -> bool:
        """Return whether the table is there and has a row."""
        if not self._has_rows:
            with self.reading() as connection:
                self._has_rows = (
                    sa.inspect(connection).has_table(LOG.name)
                    and connection.execute(sa.select(LOG.c.seq).limit(1)).first() is not None
                )
        return self._has_rows

    def _opened(self) -> sa.Engine:
        if self._engine is None:
            engine = sa.create_engine(
                self._url,
                isolation_level="READ COMMITTED",
                pool_logging_name=POOL,
                hide_parameters=True,
                connect_args={
                    "timeout": WAIT_S,
                    "ssl_context": self._ssl,
                    "application_name": "atomq",
                    # Whatever the server's own settings: durable when committed, and no endless wait.
                    "startup_params": {"synchronous_commit": "on", "lock_timeout": f"{WAIT_S - 5}s"},
                },
            )
            sa.event.listen(engine, "checkout", _require_alive)
            # The pool would print a traceback about each connection that the server ended.
            logging.getLogger(f"sqlalchemy.pool.impl.QueuePool.{POOL}").setLevel(logging.CRITICAL)
            self._engine = engine
        return self._engine

    def _as_tuples(self, rows: Any) -> list[Row]:
        return [(seq, event, leaf, body) for seq, event, leaf, body in rows]

    def _fault(self, error: Exception, *, writes: bool) -> AtomqError:
        told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        state = str(told.get("C", ""))
        if state.startswith(("XX", "23")) or (state.startswith("42") and state != "42501"):
            return damaged(f"The audit log's tables are damaged (SQLSTATE {state}).")
        if state and not state.startswith(("08", "28", "3D", "57")):
            return passing(f"SQLSTATE {state}", writes=writes)
        return UnavailableError(
            "audit-unreachable",
            f"The audit log's Postgres database does not answer ({state or type(error).__name__}).",
            "See that the server of ATOMQ_DATABASE_URL runs and lets this user in; nothing runs unrecorded.",
        )


def _require_alive(connection: Any, _record: Any, _proxy: Any) -> None:
    """Return if the server still answers on a connection that lay idle; SQLAlchemy's own question
    (pool_pre_ping) does not take a reset of the connection for an answer.

    Raises:
        DisconnectionError: it does not; SQLAlchemy then makes a new one.
    """
    try:
        connection.cursor().execute("SELECT 1")
        connection.rollback()
    except (pg8000.exceptions.Error, OSError):
        raise sa.exc.DisconnectionError from None


def _taken_apart(address: str) -> tuple[sa.URL, ssl.SSLContext | bool | None]:
    """Return what SQLAlchemy connects to, and how the connection is encrypted."""
    try:
        url = sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise _refused("it is no database URL") from None
    if url.drivername != "postgresql":
        raise _refused("it must begin with postgresql://")
    if not (url.username and url.host and url.database):
        raise _refused("it must name a user, a host and a database")
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    if query.keys() ^ url.query.keys() or query.keys() - {"sslmode", "sslrootcert"}:
        raise _refused("of its options only sslmode and sslrootcert are known")
    return url.set(drivername="postgresql+pg8000", query={}), _encryption(**query)


def _encryption(sslmode: str = "prefer", sslrootcert: str | None = None) -> ssl.SSLContext | bool | None:
    match sslmode:
        case "disable":
            return False
        case "prefer":
            return None
        case "require" if sslrootcert is None:
            return True
        case "verify-full":
            try:
                return ssl.create_default_context(cafile=sslrootcert)
            except OSError:
                raise _refused("its sslrootcert cannot be read") from None
    raise _refused(
        "its sslmode must be disable, prefer, require or, with or without sslrootcert, verify-full"
    )


def _refused(what: str) -> UnavailableError:
    return UnavailableError(
        "database-url-refused",
        f"ATOMQ_DATABASE_URL is not used: {what}.",
        "Set it to postgresql://USER:PASSWORD@HOST/DATABASE, or unset it to log into the state folder.",
    )
