"""Files that are whole or absent, and locks that die with their holder.

What is made in a folder with the setgid bit is open to the folder's group as the folder itself is; everything
else is its owner's alone. So whoever sets the folders says who shares, and nobody who writes needs to know.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policy_checks.errors import UnavailableError

OWNERS = 0o600


def write_whole(path: Path, content: bytes, *, mode: int = OWNERS, secret: bool = False) -> None:
    """Write a file so that a crash leaves the old content, or none, or the whole new content.

    Durable when this returns.

    Args:
        secret: for its owner alone, whatever the folder shares.

    Raises:
        UnavailableError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                if not secret:
                    share(descriptor, path.parent)
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


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises:
        UnavailableError: it cannot be made.
    """
    try:
        path.mkdir(mode=0o700)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            share(descriptor, path.parent)
        finally:
            os.close(descriptor)
    except FileExistsError:
        return
    except OSError as error:
        raise unwritable(error) from None


def share(descriptor: int, folder: Path) -> None:
    """Open what this user has made in a folder to the group, as the folder is, whatever the process's mask took."""
    made, around = os.fstat(descriptor), folder.stat().st_mode
    if around & stat.S_ISGID and made.st_uid == os.geteuid():
        bits = around & (0o070 if stat.S_ISDIR(made.st_mode) else 0o060)
        if made.st_mode | bits != made.st_mode:
            os.fchmod(descriptor, stat.S_IMODE(made.st_mode | bits))


def open_shared(path: Path, flags: int, *, mode: int = OWNERS) -> int:
    """Return the descriptor of a file, made where there is none; nobody's link is followed."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, mode)
    share(descriptor, path.parent)
    return descriptor


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
        descriptor = open_shared(path, os.O_RDWR)
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
