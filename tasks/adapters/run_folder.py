"""A run's folder: everything is staged out of sight and appears by one rename, or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Digest
from tasks.adapters.files import Busy, locked, make_folder, sync_folder, unwritable, write_whole

RECEIPT = "receipt.json"
PROOF = "receipt.proof.json"
WAITING = ".waiting"
WAITING_GRACE = timedelta(days=7)


class Staged:
    """A file of the run that grows; it is there under its name once it is kept, and gone otherwise."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self._file = path, file
        self._content = hashlib.sha256()

    closed = False

    def write(self, content: bytes) -> int:
        """Append, and hash what is appended."""
        self._content.update(content)
        return self._file.write(content)

    def tell(self) -> int:
        """Return how much was appended."""
        return self._file.tell()

    def flush(self) -> None:
        """Hand everything to the system."""
        self._file.flush()

    def close(self) -> None:
        """Do nothing: who opened it closes it."""

    def keep(self, name: str) -> Digest:
        """Give the file its name and return its digest; durable when this returns."""
        self._file.flush()
        os.fsync(self._file.fileno())
        # A crash here leaves the file under its hidden name, and the stage that comes back writes over it.
        self.path.rename(self.path.with_name(name))
        sync_folder(self.path.parent)
        return f"sha256:{self._content.hexdigest()}"


class RunFolder:
    """`<home>/tenants/<pseudonym>/runs/<run>`, staged beside it as `.<run>.partial` until published."""

    def __init__(self, home: Path, tenant: str, run: str) -> None:
        self.home, self.tenant, self.run = home, tenant, run
        self.published = home / "tenants" / tenant / "runs" / run
        self._partial = self.published.with_name(f".{run}.partial")

    @property
    def path(self) -> Path:
        """Where the files lie now."""
        return self.published if self.published.is_dir() else self._partial

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the staging folder and keep it from being swept while this process lives."""
        lock = _lock_of(self._partial)
        with locked(lock):
            try:
                make_folder(self._partial)
                yield
            except OSError as error:
                raise unwritable(error) from None
            finally:
                lock.unlink(missing_ok=True)

    def write(self, name: str, content: bytes) -> Digest:
        """Stage one file whole and return its digest."""
        write_whole(self.path / name, content)
        return strict_json.digest(content)

    @contextmanager
    def staging(self, name: str) -> Iterator[Staged]:
        """Give an empty file under a hidden name; whoever fills it keeps it, or it is removed.

        Raises:
            UnavailableError: the disk is full or the folder cannot be written.
        """
        path = self.path / f".{name}.part"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                yield Staged(path, file)
        except OSError as error:
            raise unwritable(error) from None
        finally:
            path.unlink(missing_ok=True)

    def read(self, name: str, digest: Digest | None = None) -> bytes:
        """Return a file's bytes.

        Raises:
            IntegrityError: the bytes are not those that the digest names.
            UnavailableError: there is no such file.
        """
        try:
            content = (self.path / name).read_bytes()
        except OSError:
            raise UnavailableError(
                "artifact-absent", f"The run has no file {name}.", "See `atomq runs` for what each run left."
            ) from None
        if digest is not None and strict_json.digest(content) != digest:
            raise IntegrityError(
                "artifact-edited",
                f"{name} of run {self.run} differs from its recorded digest.",
                "Stop, delete nothing, and tell the security team.",
            )
        return content

    def digests(self) -> dict[str, Digest]:
        """Return the digest of every file but the receipt and the proof beside it."""
        return {
            file.name: strict_json.digest(file.read_bytes())
            for file in sorted(self.path.iterdir())
            if file.is_file() and file.name not in {RECEIPT, PROOF} and not file.name.startswith(".")
        }

    def publish(self) -> None:
        """Let the run appear. A crash before the rename leaves it staged, for the next sweep."""
        sync_folder(self._partial)
        self._partial.rename(self.published)
        sync_folder(self.published.parent)

    def waits(self, now: datetime) -> bool:
        """Return whether the run was suspended and may come back: until a while after its question's deadline."""
        try:
            until = datetime.fromisoformat((self._partial / WAITING).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        return now < until + WAITING_GRACE

    def discard(self) -> None:
        """Remove what was staged."""
        shutil.rmtree(self._partial, ignore_errors=True)


def abandoned(home: Path) -> Iterator[RunFolder]:
    """Yield staged folders whose process is gone, holding each while the caller settles it."""
    for partial in sorted(_folders(home, ".*.partial")):
        try:
            with locked(_lock_of(partial), wait=False):
                run = partial.name.removeprefix(".").removesuffix(".partial")
                if partial.is_dir():
                    yield RunFolder(home, partial.parents[1].name, run)
                _lock_of(partial).unlink(missing_ok=True)
        except Busy:
            continue


def find(home: Path, run: str) -> RunFolder | None:
    """Return the published folder of a run whose id starts with `run`, if there is exactly one."""
    found = [path for path in _folders(home, "[!.]*") if path.name.startswith(run)]
    if len(found) != 1 or not run:
        return None
    return RunFolder(home, found[0].parents[1].name, found[0].name)


def published(home: Path) -> tuple[RunFolder, ...]:
    """Return every published run's folder, oldest first."""
    paths = sorted(_folders(home, "[!.]*"), key=lambda path: path.name)
    return tuple(RunFolder(home, path.parents[1].name, path.name) for path in paths)


def _folders(home: Path, pattern: str) -> Iterator[Path]:
    """Yield folders of runs; links are nobody's runs: a worker could make one that leads elsewhere."""
    return (path for path in home.glob(f"tenants/*/runs/{pattern}") if not path.is_symlink())


def _lock_of(partial: Path) -> Path:
    return partial.with_suffix(".lock")
