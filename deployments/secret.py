"""The passphrase on its way from the supervisor to runs: in memory only, never in an environment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tasks.adapters import passphrase

PREFIX = "/proc/self/fd/"


def sealed(content: bytes) -> int:
    """Return the descriptor of a nameless file in memory, readable by this user only."""
    descriptor = os.memfd_create("atomq")
    os.fchmod(descriptor, 0o600)
    os.write(descriptor, content)
    return descriptor


@contextmanager
def copied(descriptor: int | None, user: int) -> Iterator[int | None]:
    """Yield a copy that only this user may read, for a process that starts within the block; None of None."""
    if descriptor is None:
        yield None
        return
    copy = sealed(os.pread(descriptor, os.fstat(descriptor).st_size, 0))
    try:
        os.fchown(copy, user, -1)
        yield copy
    finally:
        os.close(copy)


def told(descriptor: int | None) -> dict[str, str]:
    """Return what tells a process that inherits the descriptor where its passphrase is."""
    return {} if descriptor is None else {passphrase.FILE_VARIABLE: f"{PREFIX}{descriptor}"}


def inherited(environment: Mapping[str, str] = os.environ) -> tuple[int, ...]:
    """Return the descriptor that this process was told of, for its own children to inherit."""
    path = environment.get(passphrase.FILE_VARIABLE, "")
    return (int(path.removeprefix(PREFIX)),) if path.startswith(PREFIX) else ()
