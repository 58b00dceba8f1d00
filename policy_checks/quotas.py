"""Does a run fit into what its tenant may use in a rolling window, and when does it?

Arithmetic over values; `tasks.adapters.quota_ledger` keeps them and asks inside one transaction. A run that
has ended counts from its end for one window, so that no window of that length ever holds more than the limit.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.quota import QUOTAS, Needs, Quota, Shortfall, Use

State = Literal["running", "waiting", "used"]


@dataclass(frozen=True)
class Limits:
    """A tenant's quotas.

    Attributes:
        most: the limit of each quota.
    """

    window: timedelta
    most: dict[Quota, float]


@dataclass(frozen=True)
class Booking:
    """What one run holds or has used.

    Attributes:
        until: when the lease ends; of a run that has ended, when that was.
    """

    run: str
    manifest: str
    state: State
    needs: Needs
    until: datetime

    def takes(self, quota: Quota) -> float:
        """Return how much of a quota this is; a run that waits for a person executes nothing."""
        if quota == "runs_at_once":
            return float(self.state == "running")
        return 1.0 if quota == "runs" else float(getattr(self.needs, quota))

    def counts(self, now: datetime, window: timedelta) -> bool:
        """Return whether it counts: a lease until it ends, what was used for one window."""
        return now < (self.until + window if self.state == "used" else self.until)

    def frees_at(self, now: datetime, window: timedelta) -> datetime:
        """Return when it ceases to count at the latest, if it uses all that it holds."""
        return (now if self.state == "running" else self.until) + window


@dataclass(frozen=True)
class Tick:
    """What a machine's clocks say.

    Attributes:
        at: the wall clock's moment, which anybody may set.
        boot: tells one start of the machine from another; "" where nothing tells.
        since_boot_s: of a clock that nobody sets and that goes on in a suspended machine.
    """

    at: datetime
    boot: str
    since_boot_s: float


def moment(last: datetime | None, known: Tick, tick: Tick) -> datetime:
    """Return the ledger's own time, which follows neither a step forward nor one back.

    While the machine stays up it advances as the clock that nobody sets; over a restart it takes the wall
    clock's word, but never goes back. So a step forward frees nothing, unless the machine is restarted with it.

    Args:
        last: the ledger's time when `known` was read; None for a new ledger.
    """
    if last is None:
        return tick.at
    if tick.boot and tick.boot == known.boot:
        return last + timedelta(seconds=max(0.0, tick.since_boot_s - known.since_boot_s))
    return max(last, tick.at)


def limits_of(tenant: Tenant) -> Limits:
    """Return what a tenant may use."""
    quotas = tenant.quotas
    return Limits(
        timedelta(seconds=quotas.window_s),
        {
            "ccu": quotas.ccu_max,
            "quantum_s": quotas.quantum_s_max,
            "neural_s": quotas.neural_s_max,
            "runs": float(quotas.runs_max),
            "runs_at_once": float(tenant.runs_max),
            "storage_bytes": float(quotas.storage_bytes_max),
        },
    )


def shortfalls(
    wanted: Booking, booked: Sequence[Booking], limits: Limits, now: datetime
) -> tuple[Shortfall, ...]:
    """Return every quota that a run does not fit into; nothing where it fits.

    What is booked for the same run, or held for an earlier attempt at the same manifest, gives way to it.
    """
    others = [
        one
        for one in booked
        if one.counts(now, limits.window)
        and one.run != wanted.run
        and not (one.state != "used" and one.manifest == wanted.manifest)
    ]
    return tuple(_shortfalls(wanted, others, limits, now))


def uses(booked: Sequence[Booking], limits: Limits, now: datetime) -> tuple[Use, ...]:
    """Return how each quota stands."""
    counting = [one for one in booked if one.counts(now, limits.window)]
    return tuple(_use(quota, counting, limits) for quota in QUOTAS)


def ended(booking: Booking, spent: Needs, known: Needs) -> Needs | None:
    """Return what a run that ended is to count with, or None where it computed nothing.

    Complexity is known beforehand, and a job that stops on its way is no cheaper.

    Args:
        spent: by the stage that the run was in, which may have left its result already.
        known: what the results say.
    """
    quantum_s, neural_s = max(known.quantum_s, spent.quantum_s), max(known.neural_s, spent.neural_s)
    if not quantum_s and not neural_s:
        return None
    return Needs(
        ccu=booking.needs.ccu, quantum_s=quantum_s, neural_s=neural_s, storage_bytes=known.storage_bytes
    )


def _shortfalls(
    wanted: Booking, others: Sequence[Booking], limits: Limits, now: datetime
) -> Iterator[Shortfall]:
    for quota in QUOTAS:
        use, found = _use(quota, others, limits), wanted.takes(quota)
        if not found or _sum(quota, others, found) <= use.limit:
            continue
        yield Shortfall(
            quota=quota,
            found=found,
            limit=use.limit,
            used=use.used,
            reserved=use.reserved,
            left=use.left,
            window_s=int(limits.window.total_seconds()),
            frees_at=_fits_at(quota, found, others, limits, now),
        )


def _use(quota: Quota, counting: Sequence[Booking], limits: Limits) -> Use:
    ended_runs = [one for one in counting if one.state == "used"]
    used = _sum(quota, ended_runs)
    reserved = _sum(quota, [one for one in counting if one.state != "used"])
    free = [one.until + limits.window for one in ended_runs if one.takes(quota)]
    return Use(
        quota=quota,
        limit=limits.most[quota],
        used=used,
        reserved=reserved,
        left=max(0.0, limits.most[quota] - math.fsum((used, reserved))),
        frees_at=min(free, default=None),
    )


def _sum(quota: Quota, counting: Sequence[Booking], more: float = 0.0) -> float:
    """Return an exactly rounded sum: many small parts weigh as much as their whole."""
    return math.fsum((more, *(one.takes(quota) for one in counting)))


def _fits_at(
    quota: Quota, found: float, others: Sequence[Booking], limits: Limits, now: datetime
) -> datetime | None:
    """Return when the run fits at the latest, if nothing else is admitted."""
    if found > limits.most[quota] or quota == "runs_at_once":
        return None
    freeing = sorted(others, key=lambda one: one.frees_at(now, limits.window))
    for n, one in enumerate(freeing, 1):
        if _sum(quota, freeing[n:], found) <= limits.most[quota]:
            return one.frees_at(now, limits.window)
    return None
