"""The SQLite file behind a quota ledger, and the time that it goes by."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from policy_checks import quotas
from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.quotas import Tick
from tasks.adapters import settings
from tasks.adapters.files import locked, open_shared, unwritable

FILE = "quotas.sqlite"
WAIT_S = 60
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NEVER = Tick(datetime.min, "", 0.0)
TABLES = (
    "CREATE TABLE IF NOT EXISTS booking (run TEXT PRIMARY KEY, manifest TEXT NOT NULL, state TEXT NOT NULL, "
    "needs TEXT NOT NULL, until TEXT NOT NULL, seen TEXT NOT NULL, at_work TEXT, at_work_since TEXT)",
    "CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 0), at TEXT NOT NULL, "
    "boot TEXT NOT NULL, since_boot_s REAL NOT NULL)",
)
PASSING = frozenset(
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("BUSY", "CANTOPEN", "FULL", "INTERRUPT", "IOERR", "LOCKED", "NOMEM", "PERM", "READONLY")
)


def tick() -> Tick:
    """Return what this machine's clocks say now."""
    try:
        boot = BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return Tick(settings.now(), boot, time.clock_gettime(time.CLOCK_BOOTTIME))


def text(moment: datetime) -> str:
    """Return a moment as it is stored: of one length, so that the order of texts is that of moments."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class QuotaFile:
    """One tenant's file; writers queue at a lock beside it, which the kernel releases when its holder dies.

    `now` is the ledger's own time, see `policy_checks.quotas.moment`.
    """

    def __init__(self, folder: Path, clock: Callable[[], Tick]) -> None:
        self._path, self._lock, self._clock = folder / FILE, folder / ".lock", clock

    @contextmanager
    def reading(self) -> Iterator[tuple[sqlite3.Connection | None, Tick, datetime]]:
        """Give a connection that sees what is committed, or None where nothing ever was; writers go on meanwhile.

        Raises:
            IntegrityError: the file is damaged.
            UnavailableError: it cannot be read now.
        """
        seen = self._clock()
        self._require_no_link()
        if not self._path.is_file():
            yield None, seen, seen.at
            return
        with _translated(), closing(_opened(self._path)) as database:
            database.execute("BEGIN")
            if database.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
                yield None, seen, seen.at
                return
            yield database, seen, _moment(database, seen)

    @contextmanager
    def writing(self) -> Iterator[tuple[sqlite3.Connection, Tick, datetime]]:
        """Give a connection in a transaction that no other writer shares; durable when the block has ended.

        The file lock comes before SQLite's own: without it, writers starve for seconds.

        Raises:
            IntegrityError: the file is damaged.
            UnavailableError: nothing was written.
        """
        with _translated(), locked(self._lock):
            self._require_no_link()
            self._make_file()
            # A crash here leaves an empty file; one from here to the commit leaves what was there before.
            with closing(_opened(self._path)) as database:
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=FULL")
                database.execute("BEGIN IMMEDIATE")
                for table in TABLES:
                    database.execute(table)
                seen = self._clock()
                now = _moment(database, seen)
                yield database, seen, now
                database.execute(
                    "INSERT OR REPLACE INTO clock (id, at, boot, since_boot_s) VALUES (0, ?, ?, ?)",
                    (text(now), seen.boot, seen.since_boot_s),
                )
                database.execute("COMMIT")

    def _require_no_link(self) -> None:
        """Refuse links: a tenant's own user may write in the folder, and others open what lies there."""
        if any(self._path.with_name(FILE + end).is_symlink() for end in ("", "-wal", "-shm")):
            raise _damaged()

    def _make_file(self) -> None:
        """Make an empty file where there is none, shared as its folder is; one that is there is not opened.

        To close a second descriptor of it would drop every lock that this process holds on it (POSIX).
        """
        try:
            if not self._path.exists():
                os.close(open_shared(self._path, os.O_RDWR))
        except OSError as error:
            raise unwritable(error) from None


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)


def _moment(database: sqlite3.Connection, seen: Tick) -> datetime:
    found = database.execute("SELECT at, boot, since_boot_s FROM clock").fetchone()
    if found is None:
        return quotas.moment(None, NEVER, seen)
    at = datetime.fromisoformat(found[0])
    return quotas.moment(at, Tick(at, found[1], found[2]), seen)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None or code & 0xFF not in PASSING:
            raise _damaged() from None
        raise UnavailableError(
            "quota-unavailable",
            f"The tenant's quotas cannot be read or written now ({error.sqlite_errorname}).",
            "Free disk space or mend the state folder; nothing runs uncounted.",
        ) from None


def _damaged() -> IntegrityError:
    return IntegrityError(
        "quota-unreadable",
        "The file that holds the tenant's quotas is damaged.",
        "Stop, delete nothing, and tell the security team.",
    )
