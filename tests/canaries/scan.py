"""Search everything that was written for planted values, in each form that software gives to text."""

import base64
import io
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

KEY_BYTES = 8
GATE_BITS = 24
SPREAD = np.uint64(0x9E3779B97F4A7C15)

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Leak:
    """A planted value that was found where it must not be."""

    core: str
    form: str
    where: str


class Scanner:
    """Finds any of many thousand values in hundreds of megabytes.

    The first eight bytes of each form are its key. Every window of eight bytes of a text passes a bitmap of
    the keys' hashes; the few that are left are compared.
    """

    def __init__(self, cores: Iterable[str]) -> None:
        self._forms: dict[int, list[tuple[bytes, str, str]]] = defaultdict(list)
        for core in cores:
            for form, needle in forms(core):
                self._forms[_key(needle)].append((needle, core, form))
        self._keys = np.array(sorted(self._forms), dtype=np.uint64)
        self._gate = np.zeros(1 << GATE_BITS, dtype=bool)
        self._gate[_hashed(self._keys)] = True

    def search(self, content: bytes, where: str) -> Iterator[Leak]:
        """Yield what is found in a text."""
        for at in range(KEY_BYTES):
            n_windows = (len(content) - at) // KEY_BYTES
            if n_windows < 1:
                return
            windows = np.frombuffer(content, np.dtype("<u8"), n_windows, at)
            suspects = np.flatnonzero(self._gate[_hashed(windows)])
            nearest = np.searchsorted(self._keys, windows[suspects]).clip(max=len(self._keys) - 1)
            for found in suspects[self._keys[nearest] == windows[suspects]]:
                begin = at + int(found) * KEY_BYTES
                for needle, core, form in self._forms[int(windows[found])]:
                    if content.startswith(needle, begin) and _is_whole(content, begin, needle):
                        yield Leak(core, form, where)


def forms(core: str) -> Iterator[tuple[str, bytes]]:
    """Yield a value as text, base64 in each alignment, hexadecimal, URL, JSON and UTF-16."""
    plain = core.encode()
    yield "plain", plain
    for before in range(3):
        inner = base64.b64encode(bytes(before) + plain)
        cut = -(-before * 8 // 6)  # Sextets that hold bits of what stands before.
        kept = (before + len(plain)) * 8 // 6
        yield "base64", inner[cut:kept]
        yield "base64url", inner[cut:kept].translate(bytes.maketrans(b"+/", b"-_"))
    yield "hex", plain.hex().encode()
    yield "HEX", plain.hex().upper().encode()
    yield "url", quote(core, safe="").encode()
    yield "url-form", quote(core, safe=" ").replace(" ", "+").encode()
    yield "json", json.dumps(core)[1:-1].encode()
    yield "utf-16-le", core.encode("utf-16-le")
    yield "utf-16-be", core.encode("utf-16-be")


def written(folder: Path, raw: Mapping[str, tuple[str, ...]] | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield every file's bytes with its name, and again decoded where a format hides its content.

    Args:
        raw: table of a database -> columns that hold what came from outside and are not looked at; where a
            database has one of these tables, its bytes are not looked at either.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            yield f"name of {name}", name.encode()
            yield from _told(path, name, raw or {})


def _told(path: Path, name: str, raw: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, bytes]]:
    content = path.read_bytes()
    if content.startswith(b"SQLite format 3"):
        holds_raw = False
        for table, text in _rows(path, raw):
            holds_raw |= table in raw
            yield f"{name}: {table}", text
        if holds_raw:
            return
    if any(name.removesuffix(end).endswith(".db") and raw for end in ("-wal", "-shm")):
        return  # The pages of the database beside it, what came from outside among them.
    if content.startswith(b"PAR1"):
        yield f"{name}: rows", pq.read_table(io.BytesIO(content)).to_pandas().to_csv().encode()
        yield f"{name}: schema", str(pq.read_metadata(io.BytesIO(content)).metadata).encode()
    yield name, content


def _rows(path: Path, raw: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (encoded,) in tables:
            table = encoded.decode()
            columns = [row[1].decode() for row in database.execute(f'PRAGMA table_info("{table}")')]
            shown = [column for column in columns if column not in raw.get(table, ())]
            rows = database.execute(f"SELECT {', '.join(map(_quoted, shown))} FROM {_quoted(table)}")
            yield table, b"\n".join(_text(cell) for row in rows for cell in row)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


def _is_whole(content: bytes, begin: int, needle: bytes) -> bool:
    """Return whether a find is no part of a longer number: among many decimals any nine digits occur."""
    around = content[max(0, begin - 1) : begin] + content[begin + len(needle) : begin + len(needle) + 1]
    return not needle.isdigit() or not any(byte in b".0123456789" for byte in around)


def _key(needle: bytes) -> int:
    assert len(needle) >= KEY_BYTES, needle
    return int.from_bytes(needle[:KEY_BYTES], "little")


def _hashed(keys: Keys) -> Keys:
    with np.errstate(over="ignore"):
        return (keys * SPREAD) >> np.uint64(64 - GATE_BITS)
