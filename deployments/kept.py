"""A process that is started again when it dies, each time after a longer pause."""

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

PAUSE_S = 1.0
PAUSE_MAX_S = 60.0
SOUND_S = 60.0


class Kept:
    """One process of ours.

    Args:
        name: what people are told when it dies.
        spawn: starts it.
    """

    def __init__(self, name: str, spawn: "Callable[[], subprocess.Popen[bytes]]") -> None:
        self.name, self._spawn = name, spawn
        self._pause_s = PAUSE_S
        self._due: float | None = None
        self.process = self._started()

    def tend(self) -> str | None:
        """Start it again if it is dead and its pause is over; return what happened, if anything did."""
        code, now = self.process.poll(), time.monotonic()
        if code is None:
            if now - self._begun > SOUND_S:
                self._pause_s = PAUSE_S
            return None
        if self._due is None:
            self._due, pause = now + self._pause_s, self._pause_s
            self._pause_s = min(2 * pause, PAUSE_MAX_S)
            return f"{self.name} ended with {code}; it starts again in {pause:.0f} s."
        if now >= self._due:
            self.process, self._due = self._started(), None
            return f"{self.name} started again."
        return None

    def ask_to_end(self) -> None:
        """Ask it to end; ask again to have it end sooner."""
        with suppress(ProcessLookupError):
            self.process.terminate()

    def end(self, within_s: float) -> None:
        """Return when it has ended; kill it if it has not within this time."""
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _started(self) -> "subprocess.Popen[bytes]":
        self._begun = time.monotonic()
        return self._spawn()
