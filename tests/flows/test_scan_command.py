"""`atomq scan`: tells what, where and how often; never a value, not even where a header is one."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import atomq

CELL, HEADER = "ann.lee@mail.example.org", "bob.roe@mail.example.org"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    folder.mkdir()
    table = pd.DataFrame({"age": range(4), "remark": [CELL, "fine", None, "fine"], HEADER: [1, 2, 3, 4]})
    table.to_csv(folder / "a.csv", index=False)
    table[["age", "remark"]].to_parquet(folder / "b.parquet")
    return folder


def test_a_folder_is_scanned_table_by_table_without_a_value(tables: Path, tmp_path: Path) -> None:
    answer = atomq(tmp_path / "home", "scan", tables, "--json")
    assert answer.code == 1
    assert answer.json["findings"] == [
        {
            "table": "a.csv",
            "column": "remark",
            "entity": "email",
            "cells": 1,
            "share": 0.333333,
            "in_name": False,
        },
        {
            "table": "a.csv",
            "column": "column 3",
            "entity": "email",
            "cells": 1,
            "share": 1.0,
            "in_name": True,
        },
        {
            "table": "b.parquet",
            "column": "remark",
            "entity": "email",
            "cells": 1,
            "share": 0.333333,
            "in_name": False,
        },
    ]
    assert CELL not in json.dumps(answer.json)
    assert HEADER not in json.dumps(answer.json)


def test_a_clean_table_ends_with_zero(tmp_path: Path) -> None:
    pd.DataFrame({"age": range(4), "score": [0.5, 1.5, 2.5, 3.5]}).to_csv(tmp_path / "clean.csv", index=False)
    assert atomq(tmp_path / "home", "scan", tmp_path / "clean.csv").code == 0


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00"], ids=["absent", "empty", "no-text"])
def test_what_cannot_be_read_ends_with_two(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "t.csv").write_bytes(content)
    assert atomq(tmp_path / "home", "scan", tmp_path / "t.csv").code == 2
