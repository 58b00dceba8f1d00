"""Declared rules: what leaves the table, what stays, and what a refusal tells."""

import math
import re

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from policy_checks.schemas.artifacts import ColumnOutcome
from policy_checks.schemas.manifest import ColumnRule
from tasks.tabular.columns import apply

RULES = {
    "zeta": ColumnRule(kind="measure", action="keep"),
    "name": ColumnRule(kind="name", action="drop"),
    "person": ColumnRule(kind="id", action="pseudonymise"),
    "phone": ColumnRule(kind="phone", action="mask"),
    "born": ColumnRule(kind="birth_date", action="generalise", to="5_years"),
    "ward": ColumnRule(kind="category", action="keep", missing="impute"),
    "alpha": ColumnRule(kind="measure", action="keep", missing="impute"),
    "seen": ColumnRule(kind="target", action="keep"),
}


def a_table(**columns: list[object]) -> pd.DataFrame:
    cells: dict[str, list[object]] = {
        "zeta": ["1", "2.5", "-3"],
        "name": ["Ann", "Bob", None],
        "person": ["P1", "P2", "P1"],
        "phone": ["212-555-0142", None, "212-555-0143"],
        "born": ["1957-03-04", "1960-01-01", None],
        "ward": ["A", None, "B"],
        "alpha": ["1", None, "1"],
        "seen": ["yes", "no", "yes"],
    }
    return pd.DataFrame(cells | columns, dtype="str")


def applied(
    table: pd.DataFrame, rules: dict[str, ColumnRule] = RULES
) -> tuple[pd.DataFrame, tuple[ColumnOutcome, ...]]:
    return apply(table, rules, tenant="clinic", dataset_group="visits", pepper=b"p" * 32)


def refused(table: pd.DataFrame, rules: dict[str, ColumnRule] = RULES) -> ManifestError:
    with pytest.raises(ManifestError) as error:
        applied(table, rules)
    return error.value


def test_columns_come_out_sorted_and_typed_and_rows_keep_their_order() -> None:
    clean, _ = applied(a_table())
    assert clean.columns.to_list() == ["alpha", "born", "person", "phone", "seen", "ward", "zeta"]
    assert {name: str(kind) for name, kind in clean.dtypes.items()} == {
        "alpha": "float64", "born": "str", "person": "str", "phone": "str", "seen": "str", "ward": "str", "zeta": "float64",
    }  # fmt: skip
    assert clean["zeta"].to_list() == [1.0, 2.5, -3.0]
    assert clean["seen"].to_list() == ["yes", "no", "yes"]


def test_every_action_does_what_it_says() -> None:
    clean, _ = applied(a_table())
    assert clean["phone"].to_list()[::2] == ["**********42", "**********43"]
    assert clean["born"].to_list()[:2] == ["1955-1959", "1960-1964"]
    assert clean["person"].nunique() == 2
    assert not set(clean["person"]) & {"P1", "P2"}
    assert clean.isna().sum().to_dict() == {
        "alpha": 1, "born": 1, "person": 0, "phone": 1, "seen": 0, "ward": 1, "zeta": 0,
    }  # fmt: skip


def test_outcomes_count_every_declared_column() -> None:
    _, outcomes = applied(a_table())
    told = {one.column: (one.n_cells, one.n_changed, one.n_missing, one.n_distinct_after) for one in outcomes}
    assert list(told) == sorted(RULES)
    assert told == {
        "alpha": (3, 0, 1, 1), "born": (3, 2, 1, 2), "name": (3, 3, 1, None), "person": (3, 3, 0, 2),
        "phone": (3, 2, 1, 2), "seen": (3, 0, 0, 2), "ward": (3, 0, 1, 2), "zeta": (3, 0, 0, 3),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "code", "found"),
    [
        (a_table(extra=["1", "2", "3"]), "undeclared-columns", "1 columns .* counted from 1: 9"),
        (a_table().drop(columns=["ward", "zeta"]), "absent-columns", "2 declared .*'ward', 'zeta'"),
        (a_table(zeta=["1", "high", "low"]), "not-a-number", "'zeta' has 2 cells"),
        (a_table(zeta=["1", "inf", "2"]), "not-finite", "'zeta' has 1 cells"),
        (a_table(zeta=["1", None, "2"]), "missing-values", "'zeta' has 1 empty"),
        (a_table(seen=["yes", None, "no"]), "target-missing-values", "'seen' has 1 empty"),
        (a_table(born=["4.3.57", "1960-01-01", "x"]), "not-a-date", "'born' has 2 cells"),
    ],
    ids=["undeclared", "absent", "no-number", "infinite", "empty-measure", "empty-target", "no-date"],
)
def test_a_table_that_does_not_fit_its_rules_is_refused(table: pd.DataFrame, code: str, found: str) -> None:
    error = refused(table)
    assert error.code == code
    assert re.search(found, error.message)


def test_the_remedy_for_an_empty_measure_names_the_setting() -> None:
    assert 'missing = "impute"' in refused(a_table(zeta=["1", None, "2"])).remedy


def test_all_problems_of_a_table_are_told_at_once() -> None:
    error = refused(
        a_table(
            zeta=["Leaked", None, "inf"], born=["Leaked"] * 3, seen=[None] * 3, extra=["Leaked"] * 3
        ).drop(columns="ward")
    )
    assert error.code == "several-problems"
    for code in (
        "undeclared-columns", "absent-columns", "not-a-number", "not-finite", "missing-values", "not-a-date",
        "target-missing-values",
    ):  # fmt: skip
        assert f"({code})" in error.message
    assert "Leaked" not in str(error)


def test_an_undeclared_header_is_told_by_number_because_it_may_be_a_person() -> None:
    assert "Leaked" not in str(refused(a_table().rename(columns={"ward": "Leaked Person"})))


def test_a_nan_in_an_arrow_column_is_an_empty_cell() -> None:
    table = a_table()
    table["zeta"] = pd.arrays.ArrowExtensionArray(pa.array([1.0, math.nan, 2.0]))
    assert refused(table).code == "missing-values"


@pytest.mark.parametrize(
    ("name", "rule", "code"),
    [
        ("seen", ColumnRule(kind="target", action="mask"), "target-not-kept"),
        ("zeta", ColumnRule(kind="measure", action="generalise", to="year"), "cannot-generalise"),
        ("born", ColumnRule(kind="birth_date", action="generalise"), "cannot-generalise"),
    ],
    ids=["masked-target", "generalised-measure", "generalised-to-nothing"],
)
def test_a_rule_that_fits_no_column_is_refused(name: str, rule: ColumnRule, code: str) -> None:
    assert refused(a_table(), RULES | {name: rule}).code == code


def test_hidden_columns_may_have_empty_cells() -> None:
    rules = RULES | {"zeta": ColumnRule(kind="measure", action="mask")}
    assert applied(a_table(zeta=["123", None, "4"]), rules)[0]["zeta"].isna().sum() == 1


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1))
def test_no_kept_column_changes_and_no_dropped_one_remains(rows: list[tuple[str, str]]) -> None:
    table = pd.DataFrame(rows, columns=["kept", "dropped"], dtype="str")
    rules = {
        "kept": ColumnRule(kind="category", action="keep"),
        "dropped": ColumnRule(kind="name", action="drop"),
    }
    clean, _ = applied(table, rules)
    assert clean.columns.to_list() == ["kept"]
    assert clean["kept"].to_list() == table["kept"].to_list()
