"""Open a tenant's table: only under its registered roots, never inside the state folder."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import Digest
from policy_checks.schemas.governing import Tenant
from tasks.adapters.settings import Settings

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class OpenTable:
    """A table's open file; whoever reads it reads the very bytes that were hashed.

    `n_lines` counts line feeds: for CSV about the number of rows, for other formats meaningless.
    """

    file: BinaryIO
    name: str
    digest: Digest
    n_lines: int


@contextmanager
def open_table(path: str, tenant: Tenant, settings: Settings) -> Iterator[OpenTable]:
    """Open a table, hash it through the same descriptor and rewind it.

    Args:
        path: relative to one of the tenant's roots, or absolute.

    Raises:
        ManifestError: outside the roots, inside the state folder, missing, or not a plain file.
    """
    resolved = locate(path, tenant, settings)
    try:
        descriptor = os.open(resolved, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(f"it cannot be opened ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable("it is not a plain file")
    with os.fdopen(descriptor, "rb") as file:
        digest, n_lines = _digest_and_lines(file)
        file.seek(0)
        yield OpenTable(file, resolved.name, digest, n_lines)


def roots(tenant: Tenant, settings: Settings) -> tuple[Path, ...]:
    """Return the tenant's registered roots, absolute, with links followed."""
    return tuple((settings.project / root).resolve() for root in tenant.dataset_roots)


def locate(path: str, tenant: Tenant, settings: Settings) -> Path:
    """Return the resolved path of a table that this tenant may read.

    Raises:
        ManifestError: outside the roots, inside the state folder, or missing.
    """
    allowed, home = roots(tenant, settings), settings.home.resolve()
    if "\0" in path:
        raise _unreadable("its path holds a NUL character")
    candidates = [(root / path).resolve() for root in allowed]
    inside = [
        found
        for found in candidates
        if any(found.is_relative_to(root) for root in allowed) and not found.is_relative_to(home)
    ]
    if not inside:
        raise ManifestError(
            "dataset-outside-roots",
            "dataset.path leads outside the tenant's registered roots, or into the state folder.",
            f"Put the table under {' or '.join(tenant.dataset_roots)} and give its path from there.",
        )
    for found in inside:
        if found.exists():
            return found
    raise _unreadable(f"there is no such file under {' or '.join(tenant.dataset_roots)}")


def _digest_and_lines(file: BinaryIO) -> tuple[Digest, int]:
    content, n_lines = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        content.update(chunk)
        n_lines += chunk.count(b"\n")
    return f"sha256:{content.hexdigest()}", n_lines


def _unreadable(what: str) -> ManifestError:
    return ManifestError(
        "dataset-unreadable",
        f"The table that dataset.path names cannot be read: {what}.",
        "Correct dataset.path; it is relative to the tenant's registered root.",
    )
