"""CSV as RFC 4180 means it: UTF-8, commas, quotes that close, rows of one width; every cell is text.

Arrow reads the cells; Python's reader only finds the header and, after a refusal, a line number.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from policy_checks.errors import ManifestError

if TYPE_CHECKING:
    from _csv import Reader

CHUNK_BYTES = 1 << 20
BLOCK_BYTES = 16 << 20
SAVE_AGAIN = "Save the table again as UTF-8 CSV, JSON Lines or Parquet, and sign its new digest."


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


def batches(file: BinaryIO, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield (rows, columns) of text, empty cells null; rows of another width are told after the last batch.

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
        with _opened(file, columns, note) as reader:
            if tuple(reader.schema.names) != tuple(columns):
                raise _unreadable("its header can be read in two ways")
            for batch in reader:
                yield pa.Table.from_batches([batch])
    except (pa.ArrowException, OSError, ValueError):
        raise _unreadable("its cells cannot be told apart, or a row is longer than 16 MiB") from None
    if ragged:
        raise _ragged(file, len(columns), ragged)


def _opened(
    file: BinaryIO, columns: Sequence[str], note: Callable[[arrow_csv.InvalidRow], str]
) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        pa.PythonFile(_Kept(file), mode="r"),
        arrow_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
        arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.large_string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        ),
    )


class _Kept:
    """A file that Arrow may close without closing it: whoever opened it closes it."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def close(self) -> None:
        """Leave it open."""


@contextmanager
def _rows(file: BinaryIO) -> Iterator["Reader"]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    before = csv.field_size_limit(BLOCK_BYTES)
    try:
        yield csv.reader(text)
    except csv.Error:
        raise _unreadable("a row is longer than 16 MiB") from None
    finally:
        csv.field_size_limit(before)
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
        f"{len(widths):,} rows are not as wide as the header, which has {n_columns} columns; the first "
        f"begins in line {line} and has {widths[0]} cells.",
        "Quote cells that hold commas, and complete rows that were cut.",
    )


def _not_utf8(what: str) -> ManifestError:
    return ManifestError("table-not-utf8", f"The CSV file is not UTF-8 text: {what}.", SAVE_AGAIN)


def _unreadable(why: str) -> ManifestError:
    return ManifestError("table-unreadable", f"The CSV file cannot be read: {why}.", SAVE_AGAIN)
