"""Tables that were made to hurt: each is read rightly or refused by code, without a cell, in little memory."""

import gzip
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import pytest

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import ColumnRule
from tasks.tabular import parquet_file
from tasks.tabular.batching import CELLS_MAX
from tasks.tabular.columns import Sanitiser
from tasks.tabular.read import read_batches, read_header

KEPT = ColumnRule(kind="category", action="keep", missing="impute")
NUMBER = ColumnRule(kind="measure", action="keep", missing="impute")
SECRET = "leaked.person"


def a_parquet(table: pa.Table, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file


def cleaned(file: io.BytesIO, name: str, a: ColumnRule = KEPT, b: ColumnRule = KEPT) -> dict[str, list]:
    """Read and sanitise a table of the columns a and b as the stage does."""
    sanitiser = Sanitiser({"a": a, "b": b}, "t", "g", b"p" * 32)
    frames = [sanitiser.sanitised(batch) for batch in read_batches(file, name)]
    sanitiser.outcomes()
    whole = pd.concat(frames, ignore_index=True)
    return {column: [None if pd.isna(cell) else cell for cell in whole[column]] for column in whole}


def code_of(file: io.BytesIO, name: str, **rules: ColumnRule) -> str:
    with pytest.raises(ManifestError) as refused:
        cleaned(file, name, **rules)
    assert SECRET not in f"{refused.value} {refused.value.__cause__}"
    return refused.value.code


def lines(*rows: str) -> io.BytesIO:
    return io.BytesIO("\n".join(rows).encode() + b"\n")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (['{"a": 1, "b": "x"}', '{"a": "leaked.person", "b": "x"}'], "table-mixed-types"),
        (['{"a": true, "b": 1}', '{"a": 1, "b": 1}'], "table-mixed-types"),
        (['{"a": 1, "b": {"c": "leaked.person"}}'], "table-unreadable"),
        (['{"a": 1, "b": ["leaked.person"]}'], "table-unreadable"),
        (['{"a": 1, "b": 2, "a": "leaked.person"}'], "table-unreadable"),
        (['["leaked.person", 1]'], "table-unreadable"),
        (['{"a": 1, "b": 2}', '{"a": leaked.person}'], "table-unreadable"),
        (['{"a": 1, "b": NaN}'], "table-unreadable"),
        (['{"a": 1, "b": 9223372036854775808}'], "table-unreadable"),
        (['{"a": 1, "b": "\\ud800"}'], "table-unreadable"),
        (["[" * 100_000], "table-unreadable"),
        (['{"a": 1, "b": ' + "9" * 10_000 + "}"], "table-unreadable"),
        (['{"a": "leaked.person"}'], "table-one-column"),
        ([""], "table-one-column"),
    ],
    ids=[
        "text-after-number", "number-after-truth", "object-inside", "list-inside", "key-twice", "a-list", "no-json",
        "not-a-number", "beyond-64-bits", "half-a-surrogate", "brackets", "many-digits", "one-column", "blank",
    ],
)  # fmt: skip
def test_json_lines_that_are_no_flat_table_are_refused(rows: list[str], code: str) -> None:
    assert code_of(lines(*rows), "t.jsonl") == code


def test_a_key_that_comes_late_is_refused_by_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.tabular.json_lines.N_HEADER_LINES", 2)
    with pytest.raises(ManifestError, match="line 3 has a key that the first 2"):
        cleaned(lines(*['{"a": 1, "b": 2}'] * 2, f'{{"a": 1, "{SECRET}": 2}}'), "t.jsonl")


def test_json_lines_that_are_not_utf_8_are_refused() -> None:
    assert code_of(io.BytesIO(b'{"a": 1, "b": "\xff"}\n'), "t.jsonl") == "table-not-utf8"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-32-be"])
def test_csv_of_another_encoding_is_refused(encoding: str) -> None:
    assert code_of(io.BytesIO("a,b\nMüller,é\n".encode(encoding)), "t.csv") == "table-not-utf8"


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    expected = {"a": ["1"], "b": ["2"]}
    assert cleaned(io.BytesIO(b"\xef\xbb\xbfa,b\n1,2\n"), "t.csv") == expected
    assert cleaned(io.BytesIO(b'\xef\xbb\xbf{"a": 1, "b": 2}\n'), "t.jsonl") == expected


def test_a_formula_is_text_like_any_other() -> None:
    cells = ['=cmd|"/c calc"!A1', "+1+1", "-1+1", "@SUM(A1)", "\t=1"]
    for file, name in (
        (io.BytesIO(pd.DataFrame({"a": cells, "b": cells}).to_csv(index=False).encode()), "t.csv"),
        (a_parquet(pa.table({"a": cells, "b": cells})), "t.parquet"),
    ):
        assert cleaned(file, name)["a"] == cells


def test_a_nul_is_refused_in_csv_and_text_in_parquet() -> None:
    assert code_of(io.BytesIO(b"a,b\n1,x\0y\n"), "t.csv") == "table-not-utf8"
    assert cleaned(a_parquet(pa.table({"a": ["x\0y"], "b": ["1"]})), "t.parquet")["a"] == ["x\0y"]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_a_cell_of_ten_megabytes_is_read_whole(name: str) -> None:
    long = "x" * 10_000_000
    file = {
        "t.csv": lambda: io.BytesIO(f"a,b\n{long},1\n2,3\n".encode()),
        "t.jsonl": lambda: lines(f'{{"a": "{long}", "b": "1"}}', '{"a": "2", "b": "3"}'),
        "t.parquet": lambda: a_parquet(pa.table({"a": [long, "2"], "b": ["1", "3"]})),
    }[name]()
    assert cleaned(file, name) == {"a": [long, "2"], "b": ["1", "3"]}


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_line_of_forty_megabytes_is_refused(name: str) -> None:
    long = "x" * (40 << 20)
    file = (
        io.BytesIO(f"a,b\n1,2\n{long},1\n".encode())
        if name == "t.csv"
        else lines(f'{{"a": "{long}", "b": 1}}')
    )
    assert code_of(file, name) == "table-unreadable"


def test_five_thousand_columns_come_in_batches_of_a_bounded_number_of_cells() -> None:
    table = pa.table({f"c{i}": np.zeros(2_000, dtype=bool) for i in range(5_000)})
    sizes = [batch.size for batch in read_batches(a_parquet(table), "t.parquet")]
    assert sum(sizes) == 2_000 * 5_000
    assert max(sizes) <= CELLS_MAX


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_compressed_file_is_refused_by_its_name_before_it_is_inflated(suffix: str) -> None:
    bomb = io.BytesIO(gzip.compress(b"0" * 10_000_000))
    assert code_of(bomb, f"t.{suffix}.gz") == "table-format"
    assert code_of(bomb, f"t.{suffix}") in {"table-not-utf8", "table-truncated"}


def test_an_encrypted_parquet_file_is_refused() -> None:
    class Kms(pe.KmsClient):
        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
            return key_bytes

        def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
            return wrapped_key

    factory, connection = pe.CryptoFactory(lambda _: Kms()), pe.KmsConnectionConfig()
    keys = factory.file_encryption_properties(
        connection, pe.EncryptionConfiguration("f", uniform_encryption=True)
    )
    file = io.BytesIO()
    table = pa.table({"a": [SECRET], "b": [1]})
    with pq.ParquetWriter(file, table.schema, encryption_properties=keys) as writer:
        writer.write_table(table)
    assert code_of(file, "t.parquet") == "table-truncated"


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([[SECRET]]),
        pa.array([{"x": SECRET}]),
        pa.array([SECRET.encode()]),
        pa.array([[(SECRET, 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([SECRET.encode()]).dictionary_encode(),
    ],
    ids=["list", "structure", "bytes", "map", "dictionary-of-bytes"],
)
def test_nested_columns_are_refused(cells: pa.Array) -> None:
    assert code_of(a_parquet(pa.table({"a": cells, "b": [1]})), "t.parquet") == "table-nested-columns"


@pytest.mark.parametrize(
    ("cells", "as_text", "as_number"),
    [
        (pa.array([Decimal("1.50"), None]), ["1.50", None], [1.5, None]),
        (pa.array([True, False]), ["true", "false"], [1.0, 0.0]),
        (pa.array([0.5, float("nan")]), ["0.5", None], [0.5, None]),
        (pa.array([-0.0, 3.0]), ["0", "3"], [0.0, 3.0]),
        (pa.array([2**53 + 1, 2**63 - 1]), ["9007199254740993", "9223372036854775807"], [2.0**53, 2.0**63]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"], [2.0**64]),
        (pa.array([None, None]), [None, None], [None, None]),
        (pa.array(["1", "2", "1"]).dictionary_encode(), ["1", "2", "1"], [1.0, 2.0, 1.0]),
        (pa.array([1.5, 2.0], pa.float32()), ["1.5", "2"], [1.5, 2.0]),
    ],
    ids=[
        "decimal",
        "truth",
        "nan",
        "minus-zero",
        "beyond-2-53",
        "unsigned",
        "null-only",
        "dictionary",
        "float32",
    ],
)
def test_values_of_every_flat_type_are_text_or_numbers(
    cells: pa.Array, as_text: list, as_number: list
) -> None:
    table = pa.table({"a": cells, "b": cells})
    assert cleaned(a_parquet(table), "t.parquet", b=NUMBER) == {"a": as_text, "b": as_number}


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([date(1957, 3, 4)]),
        pa.array([datetime(1957, 3, 4, 5, 6, tzinfo=UTC)], pa.timestamp("us", "Europe/Berlin")),
        pa.array([datetime(1957, 3, 4)], pa.timestamp("ns")),
    ],
    ids=["date", "with-time-zone", "nanoseconds"],
)
def test_moments_are_text_and_no_measures(cells: pa.Array) -> None:
    table = pa.table({"a": cells, "b": cells})
    born = ColumnRule(kind="birth_date", action="generalise", to="year")
    assert cleaned(a_parquet(table), "t.parquet", b=born)["b"] == ["1957"]
    assert cleaned(a_parquet(table), "t.parquet")["a"][0].startswith("1957-03-04")
    assert code_of(a_parquet(table), "t.parquet", b=NUMBER) == "not-a-number"


def test_text_that_is_no_utf_8_is_refused_in_parquet() -> None:
    broken = pa.array([SECRET.encode() + b"\xff"]).view(pa.string())
    assert code_of(a_parquet(pa.table({"a": broken, "b": [1]})), "t.parquet") == "table-truncated"


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([timedelta(seconds=1)]),
        pa.array([datetime(1957, 3, 4, tzinfo=UTC)], pa.timestamp("us", "Nowhere/At_All")),
        pa.array([time(5, 6)]),
    ],
    ids=["duration", "unknown-time-zone", "time-of-day"],
)
def test_odd_types_give_text_or_a_refusal_that_names_the_column(cells: pa.Array) -> None:
    file = a_parquet(pa.table({"a": cells, "b": [1]}))
    try:
        assert len(cleaned(file, "t.parquet")["a"]) == 1
    except ManifestError as refused:
        assert refused.code == "unreadable-type"  # noqa: PT017
        assert "'a'" in refused.message  # noqa: PT017


def test_durations_are_text_and_no_measures() -> None:
    table = pa.table({"a": ["x"], "b": pa.array([timedelta(seconds=1)])})
    assert code_of(a_parquet(table), "t.parquet", b=NUMBER) == "not-a-number"


def test_infinite_numbers_are_counted_over_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.tabular.batching.CELLS_MAX", 4)
    table = pa.table({"a": ["x"] * 6, "b": [np.inf, 1.0, 2.0, 3.0, -np.inf, np.nan]})
    with pytest.raises(ManifestError, match="'b' has 2 cells that are infinite"):
        cleaned(a_parquet(table), "t.parquet", b=NUMBER)


def test_a_long_text_that_stands_in_every_row_is_never_decoded_at_once() -> None:
    n_rows = 100_000
    table = pa.table(
        {
            "a": pa.DictionaryArray.from_arrays(np.zeros(n_rows, "int32"), ["x" * 1_000_000]),
            "b": np.zeros(n_rows),
        }
    )
    batches = read_batches(a_parquet(table), "t.parquet")
    for batch, _ in zip(batches, range(3), strict=False):
        assert len(batch) <= 128
        assert batch["a"].str.len().sum() <= 128 << 20


def test_pages_that_inflate_a_thousandfold_are_read_in_batches_of_bounded_bytes() -> None:
    table = pa.table({"a": [f"{i}" + "x" * 1_000_000 for i in range(150)], "b": np.zeros(150)})
    file = a_parquet(table, compression="zstd", use_dictionary=False)
    assert len(file.getvalue()) < 1_000_000
    sizes = [int(batch["a"].str.len().sum()) for batch in read_batches(file, "t.parquet")]
    assert sum(sizes) > 150_000_000
    assert max(sizes) <= 128 << 20


def test_rows_of_more_than_64_mebibytes_are_refused() -> None:
    table = pa.table({"a": ["x" * (65 << 20)], "b": [1]})
    assert code_of(a_parquet(table, use_dictionary=False), "t.parquet") == "table-row-too-long"


def test_giant_row_groups_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_parquet(pa.table({"a": range(1_000), "b": range(1_000)}), row_group_size=500)
    assert read_header(file, "t.parquet").warnings == ()
    monkeypatch.setattr(parquet_file, "GROUP_BYTES_WARNED", 1_000)
    (warning,) = read_header(file, "t.parquet").warnings
    assert warning.startswith("2 of 2 row groups")


def many_small_batches(path: Path, n_rows: int) -> Iterator[int]:
    program = (
        "import resource, sys; from tasks.tabular.read import read_batches; "
        "n = sum(len(b) for b in read_batches(open(sys.argv[1], 'rb'), sys.argv[1])); "
        "print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    found, peak_mib = map(int, done.stdout.split())
    assert found == n_rows
    yield peak_mib


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_table(suffix: str, tmp_path: Path) -> None:
    peaks = []
    for n_rows in (100_000, 800_000):
        path = tmp_path / f"t.{suffix}"
        table = pd.DataFrame(
            {"a": np.arange(n_rows), "b": np.char.add("some text ", np.arange(n_rows).astype(str))}
        )
        table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path, row_group_size=n_rows)
        peaks += many_small_batches(path, n_rows)
    assert peaks[1] < peaks[0] + 100
