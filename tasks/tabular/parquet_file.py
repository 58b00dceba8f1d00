"""Parquet as a stream: flat columns of text, numbers, truth values and moments, page by page.

A page is the least that can be decoded: what a page inflates to has to fit into memory.
"""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from policy_checks.errors import ManifestError
from tasks.tabular.csv_text import SAVE_AGAIN

BUFFER_BYTES = 1 << 16
ROW_BYTES_MAX = 64 << 20
GROUP_BYTES_WARNED = 1 << 30


def open_parquet(file: BinaryIO, **options: object) -> pq.ParquetFile:
    """Return the file with its footer read; Arrow's own message is not passed on: it can quote a cell.

    Raises:
        ManifestError: table-truncated.
    """
    file.seek(0)
    try:
        return pq.ParquetFile(file, **options)
    except (pa.ArrowException, OSError, ValueError):
        raise _truncated() from None


def warnings(parquet: pq.ParquetFile) -> tuple[str, ...]:
    """Return what makes a readable file costly to read."""
    sizes = [_group_bytes(parquet, number) for number in range(parquet.num_row_groups)]
    giant = sum(size > GROUP_BYTES_WARNED for size in sizes)
    if not giant:
        return ()
    return (
        f"{giant} of {len(sizes)} row groups hold more than 1 GiB, the largest {max(sizes) >> 20} MiB: "
        "reading them takes much memory",
    )


def batches(file: BinaryIO, n_rows: int) -> Iterator[pa.Table]:
    """Yield (at most n_rows, columns), text dictionary-encoded as far as it was written so.

    Raises:
        ManifestError: table-nested-columns, table-truncated, table-row-too-long.
    """
    first = open_parquet(file)
    _refuse_nested(first.schema_arrow)
    text = [field.name for field in first.schema_arrow if _is_text(field.type)]
    parquet = open_parquet(file, read_dictionary=text, buffer_size=BUFFER_BYTES, pre_buffer=False)
    try:
        for number in range(parquet.num_row_groups):
            fitting = min(n_rows, _rows_that_fit(parquet, number))
            for batch in parquet.iter_batches(fitting, row_groups=[number], use_threads=False):
                # Bytes that are no UTF-8, and codes that point outside a dictionary, would fault far from here.
                batch.validate(full=True)
                yield pa.Table.from_batches([batch]).replace_schema_metadata(None)
    except (pa.ArrowException, OSError, ValueError):
        raise _truncated() from None


def _rows_that_fit(parquet: pq.ParquetFile, number: int) -> int:
    """Return how many average rows of a group are 64 MiB."""
    group = parquet.metadata.row_group(number)
    row_bytes = group.total_byte_size // max(1, group.num_rows)
    if row_bytes > ROW_BYTES_MAX:
        raise ManifestError(
            "table-row-too-long",
            f"Rows of the Parquet file hold {row_bytes >> 20} MiB each, at most {ROW_BYTES_MAX >> 20} are read.",
            "Leave out columns that hold documents or pictures.",
        )
    return max(1, ROW_BYTES_MAX // max(1, int(row_bytes)))


def _group_bytes(parquet: pq.ParquetFile, number: int) -> int:
    return int(parquet.metadata.row_group(number).total_byte_size)


def _refuse_nested(schema: pa.Schema) -> None:
    n_nested = sum(pa.types.is_nested(kind) or _is_bytes(kind) for kind in map(_plain, schema.types))
    if n_nested:
        raise ManifestError(
            "table-nested-columns",
            f"{n_nested} columns hold lists, structures or bytes; text, numbers and dates are allowed.",
            "Write every part of such a column as a column of its own.",
        )


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    plain = _plain(kind)
    return bool(
        pa.types.is_string(plain) or pa.types.is_large_string(plain) or pa.types.is_string_view(plain)
    )


def _is_bytes(kind: pa.DataType) -> bool:
    return any(
        test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    )


def _truncated() -> ManifestError:
    return ManifestError(
        "table-truncated", "The Parquet file is cut short, damaged or encrypted.", SAVE_AGAIN
    )
