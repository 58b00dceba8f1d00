"""JSON Lines: UTF-8, one flat object a line; text, numbers, truth values and null, one kind a column.

Which columns there are is decided by the first lines, so that a header costs no whole reading. No message
quotes a key or a cell: it names a line, counted from 1.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NoReturn

import pyarrow as pa

from policy_checks.errors import ManifestError

N_HEADER_LINES = 10_000
LINE_BYTES_MAX = 16 << 20
PIECE_ROWS = 8_192
PIECE_BYTES = 16 << 20
MARK = b"\xef\xbb\xbf"
EXACT = range(-(2**63), 2**63)
REMEDY = "Write one flat JSON object a line, every column with one kind of value, and sign the new digest."

Row = list[tuple[str, object]]


def start(file: BinaryIO) -> tuple[str, ...]:
    """Return the keys of the first 10,000 objects, in the order in which they are first seen."""
    names: dict[str, None] = {}
    for _, row, _ in islice(_rows(file), N_HEADER_LINES):
        names.update(dict.fromkeys(key for key, _ in row))
    return tuple(names)


def batches(file: BinaryIO, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield (rows, columns) with null where an object lacks a key.

    Args:
        columns: the names that `start` found.

    Raises:
        ManifestError: table-not-utf8, table-unreadable, or table-mixed-types where a column holds
            text here and numbers or truth values there.
    """
    seen: dict[str, type] = {}
    cells: dict[str, list[object]] = {name: [] for name in columns}
    n_rows = n_bytes = 0
    for line, row, size in _rows(file):
        for name, value in row:
            if name not in cells:
                raise _unreadable(f"line {line} has a key that the first {N_HEADER_LINES} objects lack")
            if len(cells[name]) > n_rows:
                raise _unreadable(f"line {line} has a key twice")
            cells[name].append(_checked(value, line, seen, name))
        n_rows, n_bytes = n_rows + 1, n_bytes + size
        for column in cells.values():
            if len(column) < n_rows:
                column.append(None)
        if n_rows == PIECE_ROWS or n_bytes >= PIECE_BYTES:
            yield _table(cells)
            cells, n_rows, n_bytes = {name: [] for name in columns}, 0, 0
    if n_rows:
        yield _table(cells)


def _rows(file: BinaryIO) -> Iterator[tuple[int, Row, int]]:
    """Yield line number, key-value pairs and bytes of each line that is not blank."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_no_constant)
    file.seek(0)
    number = 0
    while content := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        if len(content) > LINE_BYTES_MAX:
            raise _unreadable(f"line {number} is longer than {LINE_BYTES_MAX >> 20} MiB")
        text = _text(content.removeprefix(MARK) if number == 1 else content, number).strip(" \t\r\n")
        if not text:
            continue
        try:
            row = decoder.decode(text)
        except (ValueError, RecursionError):
            raise _unreadable(f"line {number} is no JSON") from None
        if not isinstance(row, _Pairs):
            raise _unreadable(f"line {number} is no object")
        yield number, row, len(content)


class _Pairs(list[tuple[str, object]]):
    """An object's keys and values in order, twins included; a list of JSON is a plain list."""


def _no_constant(_: str) -> NoReturn:
    raise ValueError


def _text(content: bytes, line: int) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ManifestError(
            "table-not-utf8", f"The file is not UTF-8 text: line {line} is none.", REMEDY
        ) from None


def _checked(value: object, line: int, seen: dict[str, type], name: str) -> object:
    """Return the value if it is of its column's kind, and remember that kind."""
    if value is None:
        return None
    if isinstance(value, list):
        raise _unreadable(f"line {line} holds a list or an object inside the object")
    if isinstance(value, int) and value not in EXACT:
        raise _unreadable(f"line {line} holds a whole number of more than 64 bits")
    if isinstance(value, str) and not value.isascii() and not _is_utf8(value):
        raise _unreadable(f"line {line} holds half of a surrogate pair")
    kind = float if type(value) is int else type(value)
    if seen.setdefault(name, kind) is not kind:
        raise ManifestError(
            "table-mixed-types",
            f"Line {line} holds a value of another kind than the same column has in the lines before.",
            REMEDY,
        )
    return value


def _is_utf8(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _table(cells: dict[str, list[object]]) -> pa.Table:
    return pa.table({name: _array(values) for name, values in cells.items()})


def _array(values: list[object]) -> pa.Array:
    """Return text, truth values, whole numbers, or floating ones as soon as one is a fraction."""
    if any(type(value) is float for value in values):
        return pa.array([value if value is None else float(str(value)) for value in values], pa.float64())
    first = next((value for value in values if value is not None), None)
    kinds = {str: pa.large_string(), bool: pa.bool_(), int: pa.int64(), type(None): pa.null()}
    return pa.array(values, kinds[type(first)])


def _unreadable(why: str) -> ManifestError:
    return ManifestError("table-unreadable", f"The JSON Lines file cannot be read: {why}.", REMEDY)
