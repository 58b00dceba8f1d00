"""The gate: it agrees with the detector, it refuses, and it tells no cell."""

import gc
import logging
import tempfile
import traceback
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from great_expectations.validator.validator import Validator
from stdnum import luhn

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.dataset import ColumnRule
from tasks.tabular import expectations
from tasks.tabular.detect import detect
from tasks.tabular.expectations import Gate, gate

RULES = {
    "dose": ColumnRule(kind="measure", action="keep"),
    "note": ColumnRule(kind="category", action="keep", missing="impute", reason="short codes only"),
    "name": ColumnRule(kind="name", action="drop"),
    "seen": ColumnRule(kind="target", action="keep"),
}
SECRETS = ["leaked.person@example.org", "(212) 555-0142", "912-34-5678", "4000 0024 7201 8546"]


def a_clean_table(**columns: list[object]) -> pd.DataFrame:
    cells: dict[str, list[object]] = {
        "dose": [1.0, 2.5, 3.0, 4.0, 5.0],
        "note": ["a", "b", None, "a", "c"],
        "seen": ["yes", "no", "yes", "no", "yes"],
    }
    return pd.DataFrame(cells | columns).astype({"note": "str", "seen": "str"})


def failures(table: pd.DataFrame, n_rows: int = 5) -> list[tuple[str, str | None, int]]:
    outcomes = gate(table, RULES, n_rows=n_rows)
    return [(one.expectation, one.column, one.n_unexpected) for one in outcomes if not one.success]


def told(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def test_a_clean_table_passes_every_expectation() -> None:
    outcomes = gate(a_clean_table(), RULES, n_rows=5)
    assert all(one.success for one in outcomes)
    assert [(one.column, one.expectation.removeprefix("expect_")) for one in outcomes] == [
        (None, "table_columns_to_match_set"),
        (None, "table_row_count_to_equal"),
        ("dose", "column_values_to_be_free_of_personal_data"),
        ("dose", "column_values_to_be_of_type"),
        ("dose", "column_values_to_not_be_null"),
        ("note", "column_values_to_be_free_of_personal_data"),
        ("note", "column_values_to_be_of_type"),
        ("seen", "column_values_to_be_free_of_personal_data"),
        ("seen", "column_values_to_be_of_type"),
        ("seen", "column_values_to_not_be_null"),
    ]


@pytest.mark.parametrize("secret", SECRETS, ids=["email", "phone", "ssn", "card"])
def test_a_kept_column_with_personal_data_fails_and_only_its_count_is_told(secret: str) -> None:
    table = a_clean_table(note=["a", secret, None, f"see {secret}", "c"])
    outcomes = gate(table, RULES, n_rows=5)
    assert [one for one in outcomes if not one.success] == [
        ExpectationOutcome(
            expectation="expect_column_values_to_be_free_of_personal_data",
            column="note",
            success=False,
            n_cells=5,
            n_unexpected=2,
        )
    ]
    assert secret not in repr(outcomes)


def test_cards_stored_as_a_measure_fail() -> None:
    n = 40
    cards = [float(luhn.calc_check_digit(f"4{i:014d}")) + 10 * int(f"4{i:014d}") for i in range(1, n + 1)]
    table = pd.DataFrame({"dose": cards, "note": ["a"] * n, "seen": ["yes"] * n}).astype(
        {"note": "str", "seen": "str"}
    )
    assert failures(table, n) == [("expect_column_values_to_be_free_of_personal_data", "dose", n)]


@pytest.mark.parametrize("n_rows", [4, 6])
def test_lost_or_added_rows_fail(n_rows: int) -> None:
    assert failures(a_clean_table(), n_rows) == [("expect_table_row_count_to_equal", None, 1)]


@pytest.mark.parametrize(
    "table",
    [
        a_clean_table(name=["Ann"] * 5),
        a_clean_table().drop(columns="note"),
        a_clean_table().rename(columns={"note": "n"}),
    ],
    ids=["a-dropped-column-is-back", "one-is-missing", "one-is-renamed"],
)
def test_any_other_set_of_columns_fails(table: pd.DataFrame) -> None:
    assert ("expect_table_columns_to_match_set", None, 1) in failures(table)


def test_personal_data_in_an_undeclared_column_is_found_too() -> None:
    assert ("expect_column_values_to_be_free_of_personal_data", "name", 5) in failures(
        a_clean_table(name=SECRETS[:1] * 5)
    )


@pytest.mark.parametrize(
    ("columns", "failure"),
    [
        ({"dose": ["1", "2", "3", "4", "5"]}, ("expect_column_values_to_be_of_type", "dose", 1)),
        ({"dose": [1, 2, 3, 4, 5]}, ("expect_column_values_to_be_of_type", "dose", 1)),
        ({"dose": [1.0, None, 3.0, None, 5.0]}, ("expect_column_values_to_not_be_null", "dose", 2)),
        ({"seen": ["yes", None, "no", "no", "no"]}, ("expect_column_values_to_not_be_null", "seen", 1)),
    ],
    ids=["text-for-numbers", "whole-for-floating", "empty-measures", "empty-target"],
)
def test_types_and_empty_cells_are_checked(
    columns: dict[str, list[object]], failure: tuple[str, str, int]
) -> None:
    assert failures(a_clean_table(**columns)) == [failure]


@pytest.mark.parametrize(
    "cells", [SECRETS, [*SECRETS, *SECRETS], ["a", None, "1957-03-04"], [None, None], [SECRETS[0], None, ""]]
)
def test_the_gate_and_the_detector_agree(cells: list[str | None]) -> None:
    table = pd.DataFrame({"note": cells, "seen": ["yes"] * len(cells)}, dtype="str")
    rules = {name: RULES[name] for name in ("note", "seen")}
    outcomes = {(one.column, one.expectation): one for one in gate(table, rules, n_rows=len(cells))}
    told = outcomes["note", "expect_column_values_to_be_free_of_personal_data"]
    assert told.n_unexpected == sum(detect(table["note"], "note").values())
    assert told.success == (detect(table["note"], "note") == {})


def test_a_fault_inside_great_expectations_gives_no_verdict_and_no_cell(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    mixed = pd.Series([5, *SECRETS], dtype="object")
    with pytest.raises(pa.ArrowInvalid, match="leaked"):
        detect(mixed, "note")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StageError) as failed:
        gate(a_clean_table().assign(note=mixed), RULES, n_rows=5)
    assert failed.value.code == "privacy-gate-failed"
    assert "leaked" not in f"{told(failed.value)} {caplog.text} {capfd.readouterr()}"


def test_an_error_that_great_expectations_logs_and_lets_out_is_told_by_type_only(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object, **__: object) -> None:
        logging.getLogger("great_expectations.validator").error(SECRETS[0])
        raise RuntimeError(SECRETS[0])

    monkeypatch.setattr(Validator, "graph_validate", failing)
    with pytest.raises(StageError, match="RuntimeError") as failed:
        gate(a_clean_table(), RULES, n_rows=5)
    assert "leaked" not in f"{told(failed.value)} {caplog.text} {capfd.readouterr()}"


def test_a_result_that_great_expectations_loses_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Validator.graph_validate

    def shortened(*arguments: object, **options: object) -> object:
        return whole(*arguments, **options)[1:]

    monkeypatch.setattr(Validator, "graph_validate", shortened)
    with pytest.raises(StageError, match="without a verdict"):
        gate(a_clean_table(), RULES, n_rows=5)


def test_the_gate_leaves_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gate(a_clean_table(), RULES, n_rows=5)
    assert list(tmp_path.iterdir()) == []


def test_the_gate_is_silent(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gate(a_clean_table(note=SECRETS[:1] * 5), RULES, n_rows=5)
    assert capfd.readouterr() == ("", "")
    assert [record.name for record in caplog.records if record.name.startswith("great_expectations")] == []


def test_the_gate_lets_go_of_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectations, "ROWS_AT_ONCE", 1)
    n_rows = 4_567
    table = pd.DataFrame(
        {"dose": [1.0] * n_rows, "note": ["a"] * n_rows, "seen": ["yes"] * n_rows}, dtype="str"
    )
    table["dose"] = 1.0
    one = Gate(RULES)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            one.check(table)
        held = [each for each in gc.get_objects() if isinstance(each, pd.DataFrame) and len(each) == n_rows]
    finally:
        gc.enable()
    assert len(held) == 1
