"""Open a tenant's files, tables and circuits: only under its registered roots, never inside the state folder."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.errors import ManifestError
from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Digest
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.manifest import OwnCircuitRequest
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


def read_circuit(circuit: OwnCircuitRequest, tenant: Tenant, settings: Settings) -> bytes:
    """Return the author's own circuit, or of one that is too long as much as tells that it is.

    Raises:
        ManifestError: outside the roots, inside the state folder, missing, no plain file, or another
            circuit than was declared; then the message prints the new digest.
    """
    with _opened(circuit.openqasm, tenant, settings, "circuit.openqasm") as (file, _):
        text = file.read(TEXT_BYTES_MAX + 1)
    found = strict_json.digest(text)
    if circuit.sha256 not in (None, found):
        raise ManifestError(
            "circuit-digest-mismatch",
            f"The circuit has digest {found}, but the manifest declares {circuit.sha256}.",
            f'If the new circuit is meant, set circuit.sha256 = "{found}" and sign again.',
        )
    return text


@contextmanager
def open_table(path: str, tenant: Tenant, settings: Settings) -> Iterator[OpenTable]:
    """Open a table, hash it through the same descriptor and rewind it.

    Args:
        path: relative to one of the tenant's roots, or absolute.

    Raises:
        ManifestError: outside the roots, inside the state folder, missing, or not a plain file.
    """
    with _opened(path, tenant, settings, "dataset.path") as (file, name):
        digest, n_lines = _digest_and_lines(file)
        file.seek(0)
        yield OpenTable(file, name, digest, n_lines)


@contextmanager
def _opened(path: str, tenant: Tenant, settings: Settings, field: str) -> Iterator[tuple[BinaryIO, str]]:
    resolved = locate(path, tenant, settings, field)
    try:
        descriptor = os.open(resolved, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _unreadable(f"it cannot be opened ({error.strerror})", field) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable("it is not a plain file", field)
    with os.fdopen(descriptor, "rb") as file:
        yield file, resolved.name


def roots(tenant: Tenant, settings: Settings) -> tuple[Path, ...]:
    """Return the tenant's registered roots, absolute, with links followed."""
    return tuple((settings.project / root).resolve() for root in tenant.dataset_roots)


def locate(path: str, tenant: Tenant, settings: Settings, field: str = "dataset.path") -> Path:
    """Return the resolved path of a file that this tenant may read.

    Args:
        field: the manifest's field that names it.

    Raises:
        ManifestError: outside the roots, inside the state folder, or missing.
    """
    allowed, home = roots(tenant, settings), settings.home.resolve()
    if "\0" in path:
        raise _unreadable("its path holds a NUL character", field)
    candidates = [(root / path).resolve() for root in allowed]
    inside = [
        found
        for found in candidates
        if any(found.is_relative_to(root) for root in allowed) and not found.is_relative_to(home)
    ]
    if not inside:
        raise ManifestError(
            "dataset-outside-roots",
            f"{field} leads outside the tenant's registered roots, or into the state folder.",
            f"Put the file under {' or '.join(tenant.dataset_roots)} and give its path from there.",
        )
    for found in inside:
        if found.exists():
            return found
    raise _unreadable(f"there is no such file under {' or '.join(tenant.dataset_roots)}", field)


def _digest_and_lines(file: BinaryIO) -> tuple[Digest, int]:
    content, n_lines = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        content.update(chunk)
        n_lines += chunk.count(b"\n")
    return f"sha256:{content.hexdigest()}", n_lines


def _unreadable(what: str, field: str) -> ManifestError:
    return ManifestError(
        "dataset-unreadable",
        f"The file that {field} names cannot be read: {what}.",
        f"Correct {field}; it is relative to the tenant's registered root.",
    )
