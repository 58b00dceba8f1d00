"""CSV as RFC 4180 means it: UTF-8, commas, quotes that close, rows of one width; every cell is text.

Arrow reads the cells; Python's reader only finds the header and, after a refusal, a line number.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from policy_checks.errors import ManifestError

if TYPE_CHECKING:
    from _csv import Reader

CHUNK_BYTES = 1 << 20
BLOCK_BYTES = 16 << 20
SAVE_AGAIN = "Save the table again as UTF-8 CSV or as Parquet, and sign its new digest."


def refuse_text(file: BinaryIO) -> None:
    """Refuse bytes that are no UTF-8 text, or a quote that is never closed.

    An odd number of quotes is one that never closes (RFC 4180, section 2): a reader would swallow
    every row after it into one cell, and say nothing.

    Raises:
        ManifestError: table-not-utf8, table-unreadable.
    """
    file.seek(0)
    decoder, n_bytes, n_quotes = codecs.getincrementaldecoder("utf-8")(), 0, 0
    while True:
        chunk = file.read(CHUNK_BYTES)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise _not_utf8(f"the bytes near {max(0, n_bytes + error.start)} are none") from None
        if b"\0" in chunk:
            raise _not_utf8(f"byte {n_bytes + chunk.index(0)} is zero")
        if not chunk:
            break
        n_bytes, n_quotes = n_bytes + len(chunk), n_quotes + chunk.count(b'"')
    if n_quotes % 2:
        raise _unreadable("a quoted cell is never closed")


def start(file: BinaryIO) -> tuple[tuple[str, ...], bool]:
    """Return the column names and whether any row follows them; blank lines count as nothing."""
    with _rows(file) as rows:
        filled = (row for row in rows if row)
        return tuple(next(filled, ())), next(filled, None) is not None


def read(file: BinaryIO, columns: Sequence[str]) -> pa.Table:
    """Return (rows, columns) of text, empty cells null.

    Args:
        columns: the names that `start` found.

    Raises:
        ManifestError: table-ragged, or table-unreadable where cells cannot be told apart.
    """
    ragged: list[int] = []

    def note(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row.actual_columns)
        return "skip"

    file.seek(0)
    try:
        table = arrow_csv.read_csv(
            file,
            arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
            arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except (pa.ArrowException, OSError, ValueError):
        raise _unreadable("its cells cannot be told apart") from None
    if ragged:
        raise _ragged(file, len(columns), ragged)
    if tuple(table.column_names) != tuple(columns):
        raise _unreadable("its header can be read in two ways")
    return table


@contextmanager
def _rows(file: BinaryIO) -> Iterator["Reader"]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield csv.reader(text)
    except csv.Error:
        raise _unreadable("a cell is longer than 131,072 characters") from None
    finally:
        text.detach()


def _ragged(file: BinaryIO, n_columns: int, widths: Sequence[int]) -> ManifestError:
    with _rows(file) as rows:
        line = 1
        for row in rows:
            if row and len(row) != n_columns:
                break
            line = rows.line_num + 1
    return ManifestError(
        "table-ragged",
        f"{len(widths)} rows are not as wide as the header, which has {n_columns} columns; the first "
        f"begins in line {line} and has {widths[0]} cells.",
        "Quote cells that hold commas, and complete rows that were cut.",
    )


def _not_utf8(what: str) -> ManifestError:
    return ManifestError("table-not-utf8", f"The CSV file is not UTF-8 text: {what}.", SAVE_AGAIN)


def _unreadable(why: str) -> ManifestError:
    return ManifestError("table-unreadable", f"The CSV file cannot be read: {why}.", SAVE_AGAIN)
