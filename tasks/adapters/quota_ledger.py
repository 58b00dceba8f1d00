"""What a tenant's runs hold and have used: one file in the tenant's own folder, one writer at a time.

Every change is one transaction, and each may be done twice: a retry, or a process that comes back after it was
killed, finds what it did before. Who holds a booking renews it while it lives. So a process that dies anywhere
leaves at most a booking that ceases to count when its lease ends.
"""

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from policy_checks import quotas
from policy_checks.quotas import Booking, Limits, State, Tick
from policy_checks.schemas.quota import Needs, Shortfall, Use
from tasks.adapters.quota_file import QuotaFile, text, tick

LEASE = timedelta(minutes=2)
KEPT = timedelta(days=31)
"""No window is longer."""

COLUMNS = "SELECT run, manifest, state, needs, until, seen, at_work, at_work_since FROM booking"
Found = tuple[str, str, State, str, str, str, str | None, str | None]
AtWork = Literal["quantum_s", "neural_s"]
Told = TypeVar("Told", Shortfall, Use)


class QuotaLedger:
    """One tenant's bookings. What a method did is durable when it returns.

    Args:
        folder: the tenant's own, `<home>/tenants/<pseudonym>/ledger`.
        clock: gives what the machine's clocks say.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], Tick] = tick) -> None:
        self._file = QuotaFile(folder, clock)

    def ask(self, run: str, manifest: str, needs: Needs, limits: Limits) -> tuple[Shortfall, ...]:
        """Return every quota that a run would not fit into now; nothing is booked or written."""
        with self._file.reading() as (database, seen, now):
            wanted = Booking(run, manifest, "running", needs, now + LEASE)
            return _shown(quotas.shortfalls(wanted, _bookings(database), limits, now), seen.at - now)

    def reserve(
        self, run: str, manifest: str, needs: Needs, limits: Limits, at_work: AtWork | None = None
    ) -> tuple[Shortfall, ...]:
        """Book a run, or say what it does not fit into: then nothing is booked.

        A booking that counts is renewed. One that waited, or whose lease ended, is booked anew if it still fits.
        An earlier attempt at the same manifest gives way, for a manifest's lock lets one of its runs live.

        Args:
            at_work: whose seconds the run uses up from now on.
        """
        with self._file.writing() as (database, seen, now):
            booked = _bookings(database)
            held = next((one for one in booked if one.run == run), None)
            if held is not None and held.state == "used":
                return ()
            wanted = Booking(run, manifest, "running", needs, now + LEASE)
            counts = held is not None and held.state == "running" and now < held.until
            short = () if counts else quotas.shortfalls(wanted, booked, limits, now)
            if short:
                return _shown(short, seen.at - now)
            database.execute(
                "UPDATE booking SET until = ? WHERE manifest = ? AND run != ? AND state != 'used' AND until > ?",
                (text(now), manifest, run, text(now)),
            )
            kept = held.needs if counts and held is not None else needs
            database.execute(
                "INSERT OR REPLACE INTO booking VALUES (?, ?, 'running', ?, ?, ?, ?, ?)",
                (run, manifest, kept.to_bytes().decode(), text(wanted.until), text(now), at_work, text(now)),
            )
            return ()

    def renew(self, run: str) -> bool:
        """Lengthen the lease of a run that executes; return whether its booking counts."""
        with self._file.writing() as (database, _, now):
            renewed = database.execute(
                "UPDATE booking SET until = ?, seen = ? WHERE run = ? AND state = 'running' AND until > ?",
                (text(now + LEASE), text(now), run, text(now)),
            )
            return renewed.rowcount == 1

    def wait(self, run: str, until: datetime) -> None:
        """Let a run hold what it holds, but its turn to execute, until a moment, without a process."""
        with self._file.writing() as (database, seen, now):
            database.execute(
                "UPDATE booking SET state = 'waiting', until = ? WHERE run = ? AND state != 'used' AND until > ?",
                (text(until + (now - seen.at)), run, text(now)),
            )

    def settle(self, run: str, known: Needs) -> None:
        """Count a run that has ended with what it used, or forget it where it computed nothing.

        Of a run that ended within a stage, that stage's seconds until it was last seen count, at most those that
        it had booked.
        """
        with self._file.writing() as (database, _, now):
            database.execute("DELETE FROM booking WHERE until < ?", (text(now - KEPT),))
            found = database.execute(f"{COLUMNS} WHERE run = ? AND state != 'used'", (run,)).fetchone()
            if found is None:
                return
            used = quotas.ended(_booking(found), _spent(found), known)
            if used is None:
                database.execute("DELETE FROM booking WHERE run = ?", (run,))
                return
            database.execute(
                "UPDATE booking SET state = 'used', needs = ?, until = ? WHERE run = ?",
                (used.to_bytes().decode(), text(now), run),
            )

    def usage(self, limits: Limits) -> tuple[Use, ...]:
        """Return how each quota stands."""
        with self._file.reading() as (database, seen, now):
            return _shown(quotas.uses(_bookings(database), limits, now), seen.at - now)


def _bookings(database: sqlite3.Connection | None) -> list[Booking]:
    found: Iterable[Found] = () if database is None else database.execute(COLUMNS)
    return [_booking(one) for one in found]


def _booking(found: Found) -> Booking:
    run, manifest, state, needs, until, *_ = found
    return Booking(run, manifest, state, Needs.model_validate_json(needs), datetime.fromisoformat(until))


def _spent(found: Found) -> Needs:
    """Return the seconds of the stage that a run was in, until it was last seen."""
    needs, seen, at_work, since = Needs.model_validate_json(found[3]), found[5], found[6], found[7]
    if at_work is None or since is None:
        return Needs()
    seconds = (datetime.fromisoformat(seen) - datetime.fromisoformat(since)).total_seconds()
    return Needs().model_copy(update={at_work: min(max(0.0, seconds), getattr(needs, at_work))})


def _shown(found: tuple[Told, ...], ahead: timedelta) -> tuple[Told, ...]:
    """Return moments as the wall clock will show them, not the ledger's own."""
    return tuple(
        one if one.frees_at is None else one.model_copy(update={"frees_at": one.frees_at + ahead})
        for one in found
    )
