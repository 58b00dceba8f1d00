"""What happens from time to time."""

import time
from collections.abc import Callable
from pathlib import Path

from policy_checks.integrity import checkpoint
from tasks.adapters.audit_log import AuditLog
from tasks.stages import witnessing

DIRTY_S = 10
IDLE_S = 3600


class Every:
    """Does something once in so many seconds."""

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._seconds, self._act = seconds, act
        self._next = time.monotonic() + seconds

    def tick(self) -> None:
        """Do it if it is due; the next time is counted from its end."""
        if time.monotonic() < self._next:
            return
        try:
            self._act()
        finally:
            self._next = time.monotonic() + self._seconds


class Checkpoints(Every):
    """Signs how long the log is: soon after it grew, and once an hour for late witnesses."""

    def __init__(self, home: Path) -> None:
        super().__init__(DIRTY_S, self._checkpoint)
        self._home, self._last = home, time.monotonic()

    def _checkpoint(self) -> None:
        if self._has_grown() or time.monotonic() - self._last >= IDLE_S:
            witnessing.checkpoint(self._home)
            self._last = time.monotonic()

    def _has_grown(self) -> bool:
        log = AuditLog(self._home)
        try:
            newest = log.newest_checkpoint()
            return log.size() > (checkpoint.parse(newest)[0].size if newest else 0)
        finally:
            log.close()
