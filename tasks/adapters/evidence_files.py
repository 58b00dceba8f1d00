"""How evidence lies in folders, the same in a state folder and in a pack: rings, documents, notes, runs."""

import re
from pathlib import Path

from policy_checks.errors import UnavailableError
from policy_checks.integrity.evidence import RunFiles
from policy_checks.integrity.governing_documents import NAMES

_DOCUMENT = re.compile(rf"({'|'.join(NAMES)})-([0-9]{{6,9}})\.json")
_NOTE_NAME_DIGITS = 12


def rings(folder: Path) -> tuple[bytes, ...]:
    """Return every key ring's envelope, oldest first."""
    return tuple(content(path) for path in sorted(folder.glob("ring-*.json")))


def documents(folder: Path) -> tuple[tuple[str, int, bytes], ...]:
    """Return name, version (by the file's name) and envelope of every governing document, oldest first."""
    found = ((path, _DOCUMENT.fullmatch(path.name)) for path in sorted(folder.glob("*.json")))
    return tuple((match[1], int(match[2]), content(path)) for path, match in found if match)


def notes(folder: Path) -> tuple[bytes, ...]:
    """Return the checkpoints of a folder by size; one that lies under another size's name is read as none."""
    found = list[bytes]()
    for path in sorted(folder.glob("*.txt")):
        note = content(path)
        size = note.split(b"\n", 2)[1:2]
        named = path.stem.lstrip("0").encode() or b"0"
        fits = size == [named] and len(path.stem) >= _NOTE_NAME_DIGITS
        found.append(note if fits else b"")
    return tuple(found)


def run(path: Path, name: str, tenant: str | None, *, whole: bool = True, settled: bool = True) -> RunFiles:
    """Return what lies in one run's folder; a link is nothing that a run wrote."""
    files = (file for file in path.iterdir() if file.is_file() and not file.is_symlink())
    names = (file.name for file in files if not file.name.startswith("."))
    return RunFiles(
        name, tenant, frozenset(names), lambda file: read(path / file), whole=whole, settled=settled
    )


def read(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        UnavailableError: it is gone or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(
            "artifact-absent",
            f"{path.name} cannot be read ({error.strerror}).",
            "See that the file is there.",
        ) from None


def content(path: Path) -> bytes:
    """Return a file's bytes, or none where it is gone: what then is missing is found by who verifies."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
