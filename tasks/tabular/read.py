"""Read a table through one open file: CSV (UTF-8, comma) or Parquet, nothing else.

Nothing here opens a path: whoever hashed the file reads the very bytes that were hashed. No message
quotes the file, not even its header, because the first line of a table without a header is a person.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from policy_checks.errors import ManifestError
from tasks.tabular import csv_text

if TYPE_CHECKING:
    import pandas as pd

N_COLUMNS_MIN = 2
N_COLUMNS_MAX = 5_000
N_TWINS_SHOWN = 5


@dataclass(frozen=True)
class Header:
    """Column names in the file's order, and the number of rows where the format knows it (Parquet)."""

    columns: tuple[str, ...]
    n_rows: int | None


def read_header(file: BinaryIO, name: str) -> Header:
    """Return what a table says of itself; reads no column, imports no pandas.

    Args:
        file: open, seekable, binary; left open, at any position.
        name: the file's name, for its suffix only.

    Raises:
        ManifestError: no text or Parquet, or no table of at least two columns and one row.
    """
    if _format(file, name) == "parquet":
        parquet = _open_parquet(file)
        header = Header(tuple(parquet.schema_arrow.names), parquet.metadata.num_rows)
        has_rows = header.n_rows != 0
    else:
        csv_text.refuse_text(file)
        columns, has_rows = csv_text.start(file)
        header = Header(columns, None)
    _refuse_columns(header.columns)
    if not has_rows:
        raise ManifestError(
            "table-no-rows", "The table has a header and not one row.", "Name a table that has rows."
        )
    return header


def read_table(file: BinaryIO, name: str) -> "pd.DataFrame":
    """Return the whole table, (rows, columns), Arrow-backed; cells of CSV are text, empty ones null.

    Args:
        file: open, seekable, binary; left open, at any position.
        name: the file's name, for its suffix only.

    Raises:
        ManifestError: the bytes are no readable table; `code` says why.
    """
    import pandas as pd  # 0.4 s that `read_header`, and so `atomq check`, does not pay

    header = read_header(file, name)
    table = _read_parquet(file) if _format(file, name) == "parquet" else csv_text.read(file, header.columns)
    return table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)


def _format(file: BinaryIO, name: str) -> Literal["csv", "parquet"]:
    suffix = PurePath(name).suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise ManifestError(
            "table-format", "The table's name ends neither in .csv nor in .parquet.", csv_text.SAVE_AGAIN
        )
    if file.seek(0, io.SEEK_END) == 0:
        raise ManifestError(
            "table-empty", "The table's file has 0 bytes.", "Name a file that has a table in it."
        )
    file.seek(0)
    return "csv" if suffix == ".csv" else "parquet"


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


def _open_parquet(file: BinaryIO) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError, ValueError):
        raise _truncated() from None


def _read_parquet(file: BinaryIO) -> pa.Table:
    """Return the table; Arrow's own message is not passed on, because it can quote a cell."""
    try:
        table = _open_parquet(file).read(use_threads=False)
    except (pa.ArrowException, OSError, ValueError):
        raise _truncated() from None
    n_nested = sum(pa.types.is_nested(kind) or _is_bytes(kind) for kind in table.schema.types)
    if n_nested:
        raise ManifestError(
            "table-nested-columns",
            f"{n_nested} columns hold lists, structures or bytes; text, numbers and dates are allowed.",
            "Write every part of such a column as a column of its own.",
        )
    return table


def _is_bytes(kind: pa.DataType) -> bool:
    return any(
        test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    )


def _truncated() -> ManifestError:
    return ManifestError(
        "table-truncated", "The Parquet file is cut short, damaged or encrypted.", csv_text.SAVE_AGAIN
    )
