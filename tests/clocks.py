"""Clocks in a test's hand, and quotas that only bound what a test is about."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from policy_checks.quotas import Limits, Tick

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOST = {
    "ccu": 1e6,
    "quantum_s": 100.0,
    "neural_s": 1e6,
    "runs": 1e4,
    "runs_at_once": 1e4,
    "storage_bytes": 1e12,
}
LIMITS = Limits(timedelta(days=1), MOST)


@dataclass
class Clock:
    """What a machine's clocks say."""

    seen: Tick = field(default_factory=lambda: Tick(NOW, "a-boot", 100.0))

    def __call__(self) -> Tick:
        return self.seen

    def pass_by(self, passed: timedelta) -> None:
        """Let real time go by."""
        seen = self.seen
        self.seen = Tick(seen.at + passed, seen.boot, seen.since_boot_s + passed.total_seconds())

    def step(self, step: timedelta) -> None:
        """Set the wall clock."""
        self.seen = replace(self.seen, at=self.seen.at + step)
