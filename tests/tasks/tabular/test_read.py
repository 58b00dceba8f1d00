"""Reading a table: what is a table, what is refused, and what a refusal does not say."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from tasks.tabular.read import N_COLUMNS_MAX, read_batches, read_header

EVIL = Path(__file__).parents[2] / "evil" / "tables"
REFUSED = {
    "empty.csv": "table-empty",
    "empty.parquet": "table-empty",
    "blank-lines.csv": "table-one-column",
    "header-only.csv": "table-no-rows",
    "header-only-no-newline.csv": "table-no-rows",
    "header-only.parquet": "table-no-rows",
    "one-column.csv": "table-one-column",
    "one-column.parquet": "table-one-column",
    "semicolons.csv": "table-one-column",
    "duplicate-headers.csv": "table-duplicate-columns",
    "duplicate-columns.parquet": "table-duplicate-columns",
    "no-header-and-a-twin.csv": "table-duplicate-columns",
    "not-utf8.csv": "table-not-utf8",
    "utf-16.csv": "table-not-utf8",
    "utf-16-without-mark.csv": "table-not-utf8",
    "zero-byte.csv": "table-not-utf8",
    "cut-inside-a-character.csv": "table-not-utf8",
    "ragged.csv": "table-ragged",
    "unclosed-quote.csv": "table-unreadable",
    "cut-short.parquet": "table-truncated",
    "cut-in-the-middle.parquet": "table-truncated",
    "text-named.parquet": "table-truncated",
    "nested-columns.parquet": "table-nested-columns",
    "table.tsv": "table-format",
}
SEEN_ONLY_IN_ROWS = {"ragged.csv", "nested-columns.parquet", "cut-in-the-middle.parquet"}


def read_table(file: BinaryIO, name: str) -> pd.DataFrame:
    return pd.concat(list(read_batches(file, name)), ignore_index=True)


def a_csv(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def a_parquet(table: pa.Table) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(table, file)
    return file


def test_every_evil_table_is_named_here() -> None:
    assert {path.name for path in EVIL.iterdir()} == set(REFUSED)


@pytest.mark.parametrize(("name", "code"), REFUSED.items(), ids=REFUSED)
def test_an_evil_table_is_refused_by_code_without_a_word_of_its_cells(name: str, code: str) -> None:
    with (EVIL / name).open("rb") as file, pytest.raises(ManifestError) as refused:
        read_table(file, name)
    assert refused.value.code == code
    told = f"{refused.value} {refused.value.__cause__}"
    assert not any(cell in told for cell in ("eaked", "erson", "example", "912"))


@pytest.mark.parametrize("name", sorted(set(REFUSED) - SEEN_ONLY_IN_ROWS))
def test_the_header_alone_already_shows_most_defects(name: str) -> None:
    with (EVIL / name).open("rb") as file, pytest.raises(ManifestError) as refused:
        read_header(file, name)
    assert refused.value.code == REFUSED[name]


def test_a_ragged_row_is_told_by_the_line_in_which_it_begins() -> None:
    with (
        (EVIL / "ragged.csv").open("rb") as file,
        pytest.raises(ManifestError, match=r"2 rows.*line 6 .*2 cells"),
    ):
        read_table(file, "ragged.csv")


@pytest.mark.parametrize(
    ("n_columns", "is_table"),
    [(N_COLUMNS_MAX - 1, True), (N_COLUMNS_MAX, True), (N_COLUMNS_MAX + 1, False)],
    ids=["one-below", "at-the-limit", "one-too-many"],
)
def test_a_table_has_at_most_5000_columns(n_columns: int, is_table: bool) -> None:
    file = a_csv(",".join(f"c{i}" for i in range(n_columns)) + "\n" + ",".join("1" * n_columns) + "\n")
    if is_table:
        assert read_table(file, "wide.csv").shape == (1, n_columns)
    else:
        with pytest.raises(ManifestError, match="5001 columns found, at most 5000"):
            read_header(file, "wide.csv")


@pytest.mark.parametrize(("n_columns", "is_table"), [(1, False), (2, True), (3, True)])
def test_a_table_has_at_least_two_columns(n_columns: int, is_table: bool) -> None:
    file = a_csv(",".join("abc"[:n_columns]) + "\n" + ",".join("1" * n_columns) + "\n")
    if is_table:
        assert len(read_header(file, "t.csv").columns) == n_columns
    else:
        with pytest.raises(ManifestError):
            read_header(file, "t.csv")


def test_leading_zeros_and_words_that_look_missing_stay_text() -> None:
    table = read_table(a_csv("zip,country\n01234,NA\n,null\n"), "t.csv")
    assert table["zip"].to_list()[0] == "01234"
    assert table["zip"].isna().to_list() == [False, True]
    assert table["country"].to_list() == ["NA", "null"]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\r1,2\r3,4",
        "\ufeffa,b\n\n1,2\n\n3,4\n",
        '"a",b\n1,"2"\n"3",4\n',
    ],
    ids=["unix", "windows", "old-mac-no-last-line-end", "byte-order-mark-and-blank-lines", "quoted"],
)
def test_line_ends_marks_and_quotes_do_not_change_the_table(text: str) -> None:
    assert read_table(a_csv(text), "t.CSV").to_dict("list") == {"a": ["1", "3"], "b": ["2", "4"]}


@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)] * 2),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_text_pandas_writes_comes_back(rows: list[tuple[str, str]]) -> None:
    table = pd.DataFrame(rows, columns=["a", "b"])
    file = io.BytesIO(table.to_csv(index=False, quoting=1).encode())
    assert read_table(file, "t.csv").to_numpy().tolist() == table.to_numpy().tolist()


def test_only_the_open_file_is_read_and_it_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    with path.open("rb") as file:
        path.unlink()
        assert read_header(file, "t.csv").columns == ("a", "b")
        assert read_table(file, "t.csv").shape == (1, 2)
        assert not file.closed


def test_a_name_hidden_in_a_pandas_index_is_a_column_like_any_other() -> None:
    frame = pd.DataFrame({"x": [1.0], "y": [2.0]}, index=pd.Index(["Leaked Person"], name="name"))
    file = io.BytesIO()
    frame.to_parquet(file)
    assert (
        set(read_table(file, "t.parquet").columns)
        == {"name", "x", "y"}
        == set(read_header(file, "t.parquet").columns)
    )


def test_whole_numbers_beside_empty_cells_stay_whole() -> None:
    file = a_parquet(pa.table({"card": pa.array([4000002472018546, None]), "x": [1.0, 2.0]}))
    table = read_table(file, "t.parquet")
    assert pa.Array.from_pandas(table["card"]).type == pa.int64()


def test_parquet_tells_its_rows_and_csv_does_not() -> None:
    assert read_header(a_parquet(pa.table({"a": [1, 2], "b": [3, 4]})), "t.parquet").n_rows == 2
    assert read_header(a_csv("a,b\n1,2\n"), "t.csv").n_rows is None


def test_reading_a_header_imports_no_pandas() -> None:
    program = (
        "import io, sys; from tasks.tabular.read import read_header; "
        "read_header(io.BytesIO(b'a,b\\n1,2\\n'), 't.csv'); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


ROWS = st.lists(
    st.tuples(
        *[st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1))]
        * 2
    ),
    min_size=1,
    max_size=30,
)


def a_file(rows: list[tuple[str | None, str | None]], suffix: str, group: int) -> io.BytesIO:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="str")
    match suffix:
        case "csv":
            return io.BytesIO(frame.to_csv(index=False, quoting=1).encode())
        case "jsonl":
            lines = [
                json.dumps(dict(zip("ab", row, strict=True)), ensure_ascii=group % 2 == 0) for row in rows
            ]
            return io.BytesIO("\n".join(lines).encode())
        case _:
            file = io.BytesIO()
            table = pa.table({name: pa.array(frame[name], pa.string()) for name in "ab"})
            pq.write_table(table, file, row_group_size=group)
            return file


@given(ROWS, st.sampled_from(["csv", "jsonl", "parquet"]), st.integers(1, 9), st.integers(1, 9))
def test_batches_have_one_size_and_together_are_the_table_however_it_was_written(
    rows: list[tuple[str | None, str | None]], suffix: str, group: int, size: int
) -> None:
    batches = list(read_batches(a_file(rows, suffix, group), f"t.{suffix}", size))
    assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
    assert 0 < len(batches[-1]) <= size
    cells = pd.concat(batches, ignore_index=True)
    assert [tuple(None if pd.isna(cell) else cell for cell in row) for row in cells.to_numpy()] == rows


def test_keys_of_json_lines_stand_in_the_order_in_which_they_are_first_seen() -> None:
    file = io.BytesIO(b'{"b": 1}\n\n{"a": "x", "b": 2.5}\r\n{"c": true}\n')
    assert read_header(file, "t.jsonl").columns == ("b", "a", "c")
    (batch,) = read_batches(file, "t.jsonl")
    assert batch["b"].to_list()[:2] == [1.0, 2.5]
    assert batch.isna().to_numpy().tolist() == [
        [False, True, True],
        [False, False, True],
        [True, True, False],
    ]


def test_a_column_whose_numbers_become_fractions_late_is_one_column() -> None:
    file = io.BytesIO(b'{"a": 1, "b": 9007199254740993}\n{"a": 1.5, "b": 1}\n')
    whole, fraction = read_batches(file, "t.jsonl", 1)
    assert (whole["a"].to_list(), fraction["a"].to_list()) == ([1], [1.5])
    assert whole["b"].to_list() == [9007199254740993]


def test_ragged_rows_are_counted_to_the_end_of_the_file() -> None:
    rows = ["1,2"] * 5 + ["1"] + ["1,2"] * 5 + ["1,2,3"]
    file = a_csv("a,b\n" + "\n".join(rows) + "\n")
    with pytest.raises(ManifestError, match=r"2 rows .* line 7 and has 1 cells"):
        list(read_batches(file, "t.csv", 2))


def test_a_reader_who_stops_early_leaves_the_file_open() -> None:
    file = a_csv("a,b\n" + "1,2\n" * 1000)
    next(read_batches(file, "t.csv", 10))
    assert not file.closed
    assert read_header(file, "t.csv").columns == ("a", "b")
