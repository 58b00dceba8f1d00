"""Hold what a run takes of its tenant's quotas, from its admission to its end.

Admission books what is predicted, each stage and a beat in the background renew it, and the end counts what was
used. Nothing of it stands in the log: a refusal is the finding of a decision that the log names, and what runs
have used is in their billing records.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from time import sleep

from policy_checks.errors import AtomqError, UnavailableError
from policy_checks.integrity import strict_json
from policy_checks.quotas import Limits, limits_of
from policy_checks.schemas.decision import Decision, Estimate
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.quota import Needs, Shortfall, Use
from tasks.adapters import settings
from tasks.adapters.quota_ledger import LEASE, AtWork, QuotaLedger
from tasks.adapters.run_folder import RunFolder

AT_WORK: dict[str, AtWork] = {"train": "neural_s", "evaluate": "quantum_s", "solve": "quantum_s"}
"""Whose seconds a stage uses up."""

SECONDS: dict[str, dict[AtWork, tuple[str, ...]]] = {
    "train.json": {"neural_s": ("training_s",)},
    "evaluate.json": {"neural_s": ("neural_s",), "quantum_s": ("quantum_s",)},
    "solve.json": {"quantum_s": ("quantum_s",)},
    "remote.json": {"quantum_s": ("used_s",)},
}
"""Where results say what was used; a device's seconds are known even where its run failed."""

BEAT_S = LEASE.total_seconds() / 4
POLL_S = 1.0


@dataclass(frozen=True)
class Share:
    """What one run may hold of its tenant's quotas.

    Attributes:
        run: empty where somebody only asks.
    """

    ledger: QuotaLedger
    run: str
    manifest: str
    limits: Limits

    def ask(self, estimate: Estimate) -> tuple[Shortfall, ...]:
        """Return the quotas that a job would not fit into now."""
        return self.ledger.ask(self.run, self.manifest, _needs(estimate), self.limits)

    def reserve(self, estimate: Estimate, at_work: AtWork | None = None) -> tuple[Shortfall, ...]:
        """Book the run, or return the quotas that it does not fit into."""
        return self.ledger.reserve(self.run, self.manifest, _needs(estimate), self.limits, at_work)

    def wait(self, until: datetime) -> None:
        """Hold the booking for a run that waits for people, with or without a process."""
        self.ledger.wait(self.run, until)


def share(home: Path, pseudonym: str, tenant: Tenant, manifest: str, run: str = "") -> Share:
    """Return the share of a run, or of somebody who only asks."""
    return Share(_ledger(home, pseudonym), run, manifest, limits_of(tenant))


def book(
    held: Share, estimate: Estimate, until: datetime, at_work: AtWork | None = None
) -> tuple[Shortfall, ...]:
    """Book a run, or return the quotas that it does not fit into; where only its turn to execute is another's, wait.

    Args:
        until: when the run's own window ends.

    Raises:
        UnavailableError: its window ended while it waited for its turn.
    """
    while True:
        short = held.reserve(estimate, at_work)
        if {one.quota for one in short} != {"runs_at_once"}:
            return short
        if settings.now() > until:
            raise UnavailableError(
                "turn-missed",
                "Other runs of the tenant executed until the manifest's window ended.",
                "Submit it again when fewer of them are on their way.",
            )
        sleep(POLL_S)


def hold(held: Share, decision: Decision, stage: str, until: datetime) -> None:
    """Renew a run's booking for a stage, or book it anew where it waited for people and was let on.

    Raises:
        UnavailableError: it stood still so long that its share went to others, or missed its turn.
    """
    if decision.effect == "deny":
        return
    if book(held, decision.estimate, until, AT_WORK.get(stage)):
        raise UnavailableError(
            "quota-lost",
            "The run stood still, and what it had reserved of its tenant's quotas went to other runs.",
            "See `atomq quota` for when enough is free, then submit it again.",
        )


@contextmanager
def renewed(held: Share) -> Iterator[None]:
    """Renew a run's booking in the background while the block runs; a process that dies stops doing so."""
    ended = Event()
    beat = Thread(target=_beat, args=(held, ended), name="quota-lease", daemon=True)
    beat.start()
    try:
        yield
    finally:
        ended.set()
        beat.join()
        with suppress(AtomqError):
            held.ledger.renew(held.run)  # A run that fails in a stage is last seen now.


def close(folder: RunFolder, *, kept: bool) -> None:
    """Count a run that has ended with what it used; one that computed nothing is forgotten.

    Args:
        kept: the run's folder stays.
    """
    _ledger(folder.home, folder.tenant).settle(folder.run, _used(folder, kept=kept))


def usage(home: Path, tenant: Tenant, pseudonym: str) -> tuple[Use, ...]:
    """Return how every quota of a tenant stands."""
    return _ledger(home, pseudonym).usage(limits_of(tenant))


def _beat(held: Share, ended: Event) -> None:
    while not ended.wait(BEAT_S):
        # Where the file cannot be written for a while, the next stage books anew or ends the run.
        with suppress(AtomqError):
            held.ledger.renew(held.run)


def _ledger(home: Path, pseudonym: str) -> QuotaLedger:
    return QuotaLedger(home / "tenants" / pseudonym / "ledger")


def _needs(estimate: Estimate) -> Needs:
    return Needs(
        ccu=estimate.ccu,
        quantum_s=estimate.quantum_s,
        neural_s=estimate.neural_s,
        storage_bytes=estimate.storage_bytes,
    )


def _used(folder: RunFolder, *, kept: bool) -> Needs:
    used: dict[AtWork, float] = {"quantum_s": 0.0, "neural_s": 0.0}
    for name, named in SECONDS.items():
        with suppress(AtomqError):
            result = strict_json.loads(folder.read(name))
            for quota, fields in named.items():
                used[quota] += sum(result.get(field, 0.0) for field in fields)
    files = [path for path in folder.path.iterdir() if path.is_file()] if kept else []
    return Needs(**used, storage_bytes=sum(path.stat().st_size for path in files))
