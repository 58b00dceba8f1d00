"""The evidence in a state folder; nothing is verified here.

The order of reading matters while others write: the list of runs and the checkpoints first, then how long
the log is, then rings and documents. So nothing that is written meanwhile looks like something missing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from policy_checks.errors import AtomqError
from policy_checks.integrity.evidence import Evidence, RunFiles, Witness
from policy_checks.integrity.log_line import Row
from policy_checks.integrity.run_files import PROOF, RECEIPT
from tasks.adapters import evidence_files, run_folder, settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.witness import DirectoryWitness

Progress = Callable[[int, int], None]
"""Called with (entries read, entries that there are)."""


def of_home(home: Path, log: AuditLog, progress: Progress = lambda _read, _all: None) -> Evidence:
    """Return the evidence of a state folder; the caller closes the log when all is verified."""
    listed = frozenset(folder.run for folder in run_folder.published(home))
    notes = _own_notes(log)
    witnesses = tuple(_held(path, home) for path in settings.witness_folders(home) if path.is_dir())
    size = _size(log)
    return Evidence(
        root=evidence_files.content(home / "keys" / "root.json"),
        pin=settings.pinned_root(),
        rings=evidence_files.rings(home / "keys"),
        documents=evidence_files.documents(home / "documents"),
        lines=lambda: _until(log, size, progress),
        checkpoints=notes,
        witnesses=witnesses,
        runs=lambda: _runs(home, listed),
    )


def only_run(evidence: Evidence, run: str) -> Evidence:
    """Return the same evidence with the files of one run only."""
    runs = evidence.runs
    return replace(evidence, only=run, runs=lambda: (files for files in runs() if files.run == run))


def only_receipt(evidence: Evidence, path: Path, run: str) -> Evidence:
    """Return the same evidence with one receipt file, and the proof beside it, instead of the runs."""
    places = {RECEIPT: path, PROOF: path.with_name(PROOF)}
    names = frozenset(name for name, place in places.items() if place.is_file())
    files = RunFiles(run, None, names, lambda name: evidence_files.read(places[name]), alone=True)
    return replace(evidence, only=run, runs=lambda: (files,))


def _held(path: Path, home: Path) -> Witness:
    witness = DirectoryWitness(path)
    notes = evidence_files.notes(path / "checkpoints")
    return Witness(str(path), witness.kind(home) == "witness", notes, witness.leaves())


def _own_notes(log: AuditLog) -> tuple[bytes, ...]:
    try:
        return tuple(log.checkpoints())
    except AtomqError:
        return ()  # Reading the lines then says what is wrong with the database.


def _size(log: AuditLog) -> int | None:
    try:
        return log.size()
    except AtomqError:
        return None


def _until(log: AuditLog, size: int | None, progress: Progress) -> Iterator[Sequence[Row]]:
    """Yield batches up to the size that the log had at first."""
    n_read = 0
    for batch in log.lines():
        wanted = batch if size is None else batch[: size - n_read]
        n_read += len(wanted)
        progress(n_read, size or n_read)
        if wanted:
            yield wanted
        if size is not None and n_read >= size:
            return


def _runs(home: Path, listed: frozenset[str]) -> Iterator[RunFiles]:
    """Yield published runs, and staged ones whose publication a crash may have kept back."""
    for path in sorted(home.glob("tenants/*/runs/*"), key=lambda path: path.name.lstrip(".")):
        staged = path.name.startswith(".")
        run = path.name.removeprefix(".").removesuffix(".partial")
        if path.is_dir() and not path.is_symlink() and (not staged or (path / RECEIPT).is_file()):
            settled = run in listed and not staged
            yield evidence_files.run(path, run, path.parents[1].name, settled=settled)
