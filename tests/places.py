"""A state folder or an evidence pack, with its lines and files laid open to whoever wants to change them."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from policy_checks.integrity import merkle
from tests.trail import Trail

TILE_LEAVES = 256


@dataclass(frozen=True)
class Row:
    """One stored line."""

    seq: int
    event: str
    leaf: bytes
    body: bytes


class Place(Protocol):
    """Where a log lies, with what belongs to it."""

    root: Path
    rings: Path
    documents: Path
    witness_notes: Path
    witness_leaves: Path

    def rows(self) -> list[Row]: ...
    def put(self, rows: list[Row], *, tiles: bool) -> None: ...
    def notes(self) -> dict[int, bytes]: ...
    def put_notes(self, held: dict[int, bytes]) -> None: ...
    def run(self, run: str) -> Path: ...


class Home:
    """A state folder and its witness; changed rows lose the table's indexes."""

    def __init__(self, trail: Trail) -> None:
        self._trail, home = trail, trail.home
        self._file = home / "audit" / "log.sqlite"
        self.root, self.rings, self.documents = home / "keys" / "root.json", home / "keys", home / "documents"
        self.witness_notes, self.witness_leaves = trail.witness / "checkpoints", trail.witness / "leaves"

    def rows(self) -> list[Row]:
        """Every line in order."""
        with closing(sqlite3.connect(self._file)) as database:
            found = database.execute("SELECT seq, event, leaf, body FROM log ORDER BY seq").fetchall()
        return [Row(*row) for row in found]

    def put(self, rows: list[Row], *, tiles: bool) -> None:
        """Put these lines in place of all; make the cache of subtrees anew if asked to."""
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute("DROP TABLE log")
            database.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, event TEXT, leaf BLOB, body BLOB)")
            lines = ((row.seq, row.event, row.leaf, row.body) for row in rows)
            database.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", lines)
            if tiles:
                leaves = [row.leaf for row in rows]
                database.execute("DELETE FROM tile")
                for idx in range(len(leaves) // TILE_LEAVES):
                    tile = leaves[idx * TILE_LEAVES : (idx + 1) * TILE_LEAVES]
                    whole = merkle.subtree_of(tile)(0, TILE_LEAVES)
                    database.execute("INSERT INTO tile VALUES (?, ?)", (idx, whole))

    def spoil_tile(self) -> None:
        """Change the cache only."""
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute("UPDATE tile SET hash = zeroblob(32) WHERE idx = 0")

    def notes(self) -> dict[int, bytes]:
        """The log's own checkpoints."""
        with closing(sqlite3.connect(self._file)) as database:
            return dict(database.execute("SELECT size, note FROM checkpoint").fetchall())

    def put_notes(self, held: dict[int, bytes]) -> None:
        """Put these checkpoints in place of all."""
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute("DELETE FROM checkpoint")
            database.executemany("INSERT INTO checkpoint VALUES (?, ?)", held.items())

    def run(self, run: str) -> Path:
        """A run's folder."""
        return self._trail.run(run)


class Pack:
    """An exported pack; its one witness holds leaves."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.rings = folder, folder / "root.json", folder / "rings"
        self.documents, self._checkpoints = folder / "documents", folder / "checkpoints"
        (self.witness_notes,) = (folder / "witnesses").iterdir()
        self.witness_leaves = self.witness_notes / "leaves"

    def rows(self) -> list[Row]:
        """Every line in order, with what a database would hold beside it."""
        bodies = b"".join(path.read_bytes() for path in sorted((self.folder / "log").iterdir())).splitlines()
        return [row_of(seq, body) for seq, body in enumerate(bodies)]

    def put(self, rows: list[Row], *, tiles: bool) -> None:
        """Put these lines in place of all."""
        for path in (self.folder / "log").iterdir():
            path.unlink()
        for begin in range(0, len(rows), 65_536):
            lines = [row.body + b"\n" for row in rows[begin : begin + 65_536]]
            (self.folder / "log" / f"{begin:012d}.jsonl").write_bytes(b"".join(lines))

    def notes(self) -> dict[int, bytes]:
        """The log's own checkpoints."""
        return {int(path.stem): path.read_bytes() for path in self._checkpoints.iterdir()}

    def put_notes(self, held: dict[int, bytes]) -> None:
        """Put these checkpoints in place of all."""
        for path in self._checkpoints.iterdir():
            path.unlink()
        for size, note in held.items():
            (self._checkpoints / f"{size:012d}.txt").write_bytes(note)

    def run(self, run: str) -> Path:
        """A run's folder."""
        return self.folder / "runs" / run


def row_of(seq: int, body: bytes) -> Row:
    """A stored line as the log itself would store it."""
    try:
        event = json.loads(body)["event"]
    except (ValueError, KeyError):
        event = ""
    return Row(seq, event, merkle.leaf_hash(body), body)
