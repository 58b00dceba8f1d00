"""Files that are whole or absent, and locks that die with their holder."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policy_checks.errors import UnavailableError


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a crash leaves the old content, or none, or the whole new content.

    Durable when this returns.

    Raises:
        UnavailableError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # A crash here leaves a temporary file that the next sweep of the folder removes.
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(error) from None


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(error: OSError) -> UnavailableError:
    """Translate a failed write; the message names no file of a tenant."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return UnavailableError(
            "disk-full",
            "The disk that holds the state folder is full; nothing half-written was kept.",
            "Free some space, or set ATOMQ_HOME to a roomier disk, then run again.",
        )
    return UnavailableError(
        "state-folder-unwritable",
        f"The state folder cannot be written ({error.strerror}).",
        "Set ATOMQ_HOME to a folder that you may write.",
    )


class Busy(Exception):
    """Another living process holds the lock."""


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold an exclusive lock; the kernel releases it when the process ends, however it ends.

    Raises:
        Busy: held by another process, and `wait` is False.
        UnavailableError: the lock file cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(error) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy from None
        yield
    finally:
        os.close(descriptor)
