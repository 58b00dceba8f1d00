"""Which deployed runs have a living process: each holds a lock that the kernel frees when the process ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.adapters.files import Busy, unwritable

FOLDER = "live"
PROBED_S = 1.0
POLL_S = 0.01


@contextmanager
def held(home: Path, run: str) -> Iterator[int]:
    """Mark a run as alive while the block runs; yield the descriptor for its process to inherit.

    The mark stays until both the block and every process that inherited the descriptor have ended.

    Raises:
        Busy: a process of this run is alive.
        UnavailableError: the lock file cannot be made.
    """
    path = home / FOLDER / f"{run}.lock"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise unwritable(error) from None
    try:
        _lock(descriptor)
        yield descriptor
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def is_alive(home: Path, run: str) -> bool:
    """Return whether a process of this run lives."""
    try:
        descriptor = os.open(home / FOLDER / f"{run}.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock(descriptor: int) -> None:
    """Lock; somebody who asks `is_alive` holds the lock for an instant too, so one failure means nothing."""
    deadline = time.monotonic() + PROBED_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Busy from None
            time.sleep(POLL_S)
