"""Cut a stream of Arrow tables into batches of one size, whatever blocks or row groups it came in.

What a batch holds decides how much memory everything after it takes, and what statistics of a column
see; so neither may depend on how a file was written.
"""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

CELLS_MAX = 1 << 22
BYTES_MAX = 64 << 20


def rows_of(n_rows: int, n_columns: int) -> int:
    """Return how many rows a batch has: fewer than asked for where rows are very wide."""
    return max(1, min(n_rows, CELLS_MAX // n_columns))


def rebatched(pieces: Iterable[pa.Table], n_rows: int) -> Iterator[pa.Table]:
    """Yield tables of `n_rows`, the last one shorter; a table of more than 64 MiB is cut earlier.

    Dictionaries are decoded only here, after their decoded size is known: one long value that stands in
    every row would otherwise fill the memory.
    """
    waiting: list[pa.Table] = []
    n_waiting = n_bytes = 0
    for piece in pieces:
        for part in _affordable(piece):
            rest = part
            while rest.num_rows:
                taken = rest.slice(0, n_rows - n_waiting)
                waiting.append(taken)
                n_waiting, n_bytes = n_waiting + taken.num_rows, n_bytes + taken.nbytes
                rest = rest.slice(taken.num_rows)
                if n_waiting == n_rows or n_bytes >= BYTES_MAX:
                    yield _whole(waiting)
                    waiting, n_waiting, n_bytes = [], 0, 0
    if waiting:
        yield _whole(waiting)


def _whole(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).combine_chunks()


def _affordable(piece: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows without dictionaries, halved until each part is at most 64 MiB or one row."""
    if piece.num_rows > 1 and sum(map(_decoded_bytes, piece.columns)) > BYTES_MAX:
        half = piece.num_rows // 2
        yield from _affordable(piece.slice(0, half))
        yield from _affordable(piece.slice(half))
    elif piece.num_rows:
        yield pa.table([_decoded(column) for column in piece.columns], names=piece.column_names)


def _decoded_bytes(column: pa.ChunkedArray) -> int:
    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return int(column.nbytes)
    return sum(
        pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0 for chunk in column.chunks
    )


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column without a dictionary, text in the layout that holds any size."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if _is_text(kind):
        kind = pa.large_string()
    return column if kind == column.type else pc.cast(column, kind)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
