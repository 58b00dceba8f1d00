"""The evidence in an exported pack; nothing is verified here."""

import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

from policy_checks.errors import UnavailableError
from policy_checks.integrity.evidence import Evidence, Witness
from policy_checks.integrity.log_line import BrokenAt, Row
from tasks.adapters import evidence_files, settings

BATCH = 1000
SEGMENT = 65_536
LINE_BYTES_MAX = 4096
_EVENT = re.compile(rb'"event":"([0-9a-f-]{36})"')


def of_pack(pack: Path, progress: Callable[[int, int], None] = lambda _read, _all: None) -> Evidence:
    """Return the evidence that a pack holds. What witnesses held was copied by the exporter: copies.

    Raises:
        UnavailableError: there is no pack.
    """
    if not (pack / "root.json").is_file() and not (pack / "log").is_dir():
        raise UnavailableError(
            "pack-absent", f"There is no evidence pack at {pack}.", "Export one: atomq audit export FOLDER."
        )
    return Evidence(
        root=evidence_files.content(pack / "root.json"),
        pin=settings.pinned_root(),
        rings=evidence_files.rings(pack / "rings"),
        documents=evidence_files.documents(pack / "documents"),
        lines=lambda: _lines(pack / "log", progress),
        checkpoints=evidence_files.notes(pack / "checkpoints"),
        witnesses=tuple(_witness(path) for path in _folders(pack / "witnesses")),
        runs=lambda: (
            evidence_files.run(path, path.name, None, whole=False) for path in _folders(pack / "runs")
        ),
        sealed=True,
    )


def _witness(path: Path) -> Witness:
    leaves = evidence_files.content(path / "leaves")
    return Witness(path.name, False, evidence_files.notes(path), leaves or None)


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_dir())


def _lines(folder: Path, progress: Callable[[int, int], None]) -> Iterator[Sequence[Row]]:
    """Yield lines with the columns that a database would hold beside them."""
    events, seq = set[bytes](), 0
    for path in sorted(folder.glob("*")):
        if path.name != f"{seq:012d}.jsonl" or seq % SEGMENT:
            raise BrokenAt(
                "chain-gap", seq, f"the segment that begins with entry {seq} is missing or misnamed"
            )
        with path.open("rb") as file:
            while lines := list(islice(iter(lambda: file.readline(LINE_BYTES_MAX), b""), BATCH)):
                batch = list[Row]()
                try:
                    for line in lines:
                        batch.append(_row(seq, line, events))
                        seq += 1
                except BrokenAt:
                    if batch:
                        yield batch
                    raise
                progress(seq, seq)
                yield batch


def _row(seq: int, line: bytes, events: set[bytes]) -> Row:
    body = line[:-1]
    if not line.endswith(b"\n"):
        raise BrokenAt("entry-invalid", seq, f"entry {seq} is cut short or too long")
    found = _EVENT.search(body)
    event = found[1] if found else b""
    if event and event in events:
        raise BrokenAt("event-repeated", seq, f"entry {seq} bears the event of an entry before it")
    events.add(event)
    return seq, event.decode(), sha256(b"\0" + body).digest(), body
