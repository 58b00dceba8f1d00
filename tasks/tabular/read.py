"""Read a table through one open file, batch by batch: CSV (UTF-8, comma), JSON Lines or Parquet, nothing else.

Nothing here opens a path: whoever hashed the file reads the very bytes that were hashed. No message
quotes the file, not even its header, because the first line of a table without a header is a person.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Literal

import pyarrow as pa

from policy_checks.errors import ManifestError
from tasks.tabular import csv_text, json_lines, parquet_file
from tasks.tabular.batching import rebatched, rows_of

if TYPE_CHECKING:
    import pandas as pd

N_COLUMNS_MIN = 2
N_COLUMNS_MAX = 5_000
N_TWINS_SHOWN = 5
BATCH_ROWS = 65_536
FORMATS: dict[str, Literal["csv", "jsonl", "parquet"]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
}


@dataclass(frozen=True)
class Header:
    """Column names in the file's order, the number of rows where the format knows it (Parquet), and warnings."""

    columns: tuple[str, ...]
    n_rows: int | None
    warnings: tuple[str, ...] = ()


def read_header(file: BinaryIO, name: str) -> Header:
    """Return what a table says of itself; reads no column of Parquet or CSV, imports no pandas.

    Args:
        file: open, seekable, binary; left open, at any position.
        name: the file's name, for its suffix only.

    Raises:
        ManifestError: not of a known format, or no table of at least two columns and one row.
    """
    match _format(file, name):
        case "parquet":
            parquet = parquet_file.open_parquet(file)
            n_rows = parquet.metadata.num_rows
            header = Header(tuple(parquet.schema_arrow.names), n_rows, parquet_file.warnings(parquet))
            has_rows = n_rows != 0
        case "jsonl":
            header = Header(json_lines.start(file), None)
            has_rows = True
        case "csv":
            csv_text.refuse_text(file)
            columns, has_rows = csv_text.start(file)
            header = Header(columns, None)
    _refuse_columns(header.columns)
    if not has_rows:
        raise ManifestError(
            "table-no-rows", "The table has a header and not one row.", "Name a table that has rows."
        )
    return header


def read_batches(file: BinaryIO, name: str, n_rows: int = BATCH_ROWS) -> Iterator["pd.DataFrame"]:
    """Yield the table from its first row to its last, at least one batch; memory depends on a batch's size only.

    Args:
        file: open, seekable, binary; left open, at any position.
        name: the file's name, for its suffix only.
        n_rows: of every batch but the last; fewer where rows are very wide or cells very long.

    Yields:
        (rows, columns), Arrow-backed; cells of CSV are text, empty ones null.

    Raises:
        ManifestError: the bytes are no readable table; `code` says why. Some of it shows in the last rows only.
    """
    import pandas as pd  # 0.4 s that `read_header`, and so `atomq check`, does not pay

    header = read_header(file, name)
    size = rows_of(n_rows, len(header.columns))
    for table in rebatched(_pieces(file, name, header, size), size):
        yield table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)


def _pieces(file: BinaryIO, name: str, header: Header, n_rows: int) -> Iterator[pa.Table]:
    match _format(file, name):
        case "parquet":
            return parquet_file.batches(file, n_rows)
        case "jsonl":
            return json_lines.batches(file, header.columns)
        case "csv":
            return csv_text.batches(file, header.columns)


def _format(file: BinaryIO, name: str) -> Literal["csv", "jsonl", "parquet"]:
    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        raise ManifestError(
            "table-format",
            f"The table's name ends in none of {', '.join(FORMATS)}.",
            csv_text.SAVE_AGAIN,
        )
    if file.seek(0, io.SEEK_END) == 0:
        raise ManifestError(
            "table-empty", "The table's file has 0 bytes.", "Name a file that has a table in it."
        )
    file.seek(0)
    return FORMATS[suffix]


def _refuse_columns(columns: Sequence[str]) -> None:
    """Refuse fewer than 2 or more than 5,000 columns, and names that stand twice (told by number)."""
    if len(columns) < N_COLUMNS_MIN:
        raise ManifestError(
            "table-one-column",
            f"{len(columns)} column found, at least {N_COLUMNS_MIN} needed: a feature and a target.",
            "Check that commas separate the columns.",
        )
    if len(columns) > N_COLUMNS_MAX:
        raise ManifestError(
            "table-too-many-columns",
            f"{len(columns)} columns found, at most {N_COLUMNS_MAX} allowed.",
            "Leave out columns that the model does not need.",
        )
    first: dict[str, int] = {}
    twins = [
        f"{first[column]} and {number}"
        for number, column in enumerate(columns, 1)
        if first.setdefault(column, number) != number
    ]
    if twins:
        raise ManifestError(
            "table-duplicate-columns",
            f"{len(twins)} column names stand twice, counted from 1: {', '.join(twins[:N_TWINS_SHOWN])}.",
            "Give every column a name of its own.",
        )
