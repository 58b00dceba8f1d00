"""Scan tables for personal data: what, in which column, in how many cells; never a value."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policy_checks.errors import ManifestError
from policy_checks.schemas.privacy import Entity
from tasks.stages import progress
from tasks.tabular.detect import detect, flags
from tasks.tabular.read import FORMATS, read_batches

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Finding:
    """One kind of personal data in one column.

    Attributes:
        table: the file's path below what was scanned, or `table N` where the name itself is personal.
        column: the column's name, or `column N` (from 1) where the name itself is personal.
        share: of the column's filled cells, in [0, 1].
        in_name: the column's name holds it, not its cells.
    """

    table: str
    column: str
    entity: Entity
    n_cells: int
    share: float
    in_name: bool = False


def scan(path: Path) -> Iterator[Finding]:
    """Yield what a table, or each table of a folder, holds; in order of tables, columns and entities.

    Raises:
        ManifestError: there is no table, or one of them cannot be read.
    """
    tables = _tables(path)
    for number, table in enumerate(tables, 1):
        name = table.name if table == path else str(table.relative_to(path))
        yield from _findings(table, _shown(name, "table", number))
        progress.advance(number, len(tables), "tables scanned")


def _tables(path: Path) -> list[Path]:
    """Return the tables at a path; links are not followed out of a folder."""
    if path.is_file():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in FORMATS and file.is_file() and not file.is_symlink()
    )
    if not found:
        raise ManifestError(
            "scan-no-table",
            f"There is no table to scan; a table's name ends in {', '.join(FORMATS)}.",
            "Give the path of a table, or of a folder of tables.",
        )
    return found


def _findings(table: Path, shown: str) -> Iterator[Finding]:
    counts: Counter[tuple[int, Entity]] = Counter()
    filled: Counter[int] = Counter()
    names: list[str] = []
    for number, batch in enumerate(_batches(table), 1):
        progress.advance(number, 0, "batches")
        names = [str(name) for name in batch.columns]
        for place, name in enumerate(names):
            cells = batch.iloc[:, place]
            filled[place] += int(cells.notna().sum())
            for entity, mask in flags(cells, name).items():
                counts[place, entity] += int(mask.sum())
    for place, name in enumerate(names):
        column = _shown(name, "column", place + 1)
        for entity in sorted(detect([name], "")):
            yield Finding(shown, column, entity, 1, 1.0, in_name=True)
        for entity in sorted(entity for at, entity in counts if at == place):
            n_cells = counts[place, entity]
            yield Finding(shown, column, entity, n_cells, n_cells / filled[place])


def _batches(table: Path) -> Iterator["pd.DataFrame"]:
    try:
        with table.open("rb") as file:
            yield from read_batches(file, table.name)
    except OSError as error:
        raise ManifestError(
            "scan-unreadable", f"A table cannot be opened ({error.strerror}).", "Check its permissions."
        ) from None


def _shown(name: str, what: str, number: int) -> str:
    """Return a name that may be shown: itself, or its number where it is personal."""
    return f"{what} {number}" if detect([name], "") else name
