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
from policy_checks.schemas.dataset import ColumnRule
from tasks.tabular.columns import Sanitiser, apply
from tasks.tabular.distinct import N_COUNTED_MAX

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
        ("name", ColumnRule(kind="address", action="generalise", to="year"), "cannot-generalise"),
        (
            "ward",
            ColumnRule(kind="category", action="generalise", prefix=2, missing="impute"),
            "cannot-generalise",
        ),
        ("born", ColumnRule(kind="birth_date", action="generalise"), "cannot-generalise"),
    ],
    ids=["masked-target", "measure-to-year", "address-to-year", "category-by-prefix", "date-to-nothing"],
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


def in_batches(table: pd.DataFrame, size: int, rules: dict[str, ColumnRule] = RULES) -> Sanitiser:
    sanitiser = Sanitiser(rules, "clinic", "visits", b"p" * 32)
    for first in range(0, len(table), size):
        sanitiser.sanitised(table.iloc[first : first + size])
    return sanitiser


@pytest.mark.parametrize("size", [1, 2, 3])
def test_batches_give_the_same_rows_and_counts_as_the_whole_table(size: int) -> None:
    table = pd.concat([a_table()] * 3, ignore_index=True)
    whole, outcomes = applied(table)
    sanitiser = Sanitiser(RULES, "clinic", "visits", b"p" * 32)
    parts = [sanitiser.sanitised(table.iloc[first : first + size]) for first in range(0, len(table), size)]
    pd.testing.assert_frame_equal(pd.concat(parts), whole)
    assert sanitiser.outcomes() == outcomes


def test_a_fault_in_a_late_batch_hides_none_in_an_early_one_and_cells_add_up() -> None:
    early = a_table(zeta=["1", "high", "2"])
    late = a_table(zeta=["low", "2", "3"], born=["1957-03-04", "x", None])
    with pytest.raises(ManifestError) as error:
        in_batches(pd.concat([early, late], ignore_index=True), 3).outcomes()
    assert error.value.message == (
        "'zeta' has 2 cells that are no number (not-a-number); 'born' has 1 cells that are no date (not-a-date)."
    )


def test_a_number_has_one_pseudonym_whatever_stands_beside_it() -> None:
    rules = {"a": ColumnRule(kind="id", action="pseudonymise"), "b": ColumnRule(kind="target", action="keep")}
    sanitiser = Sanitiser(rules, "clinic", "visits", b"p" * 32)
    whole, mixed = (
        sanitiser.sanitised(pd.DataFrame({"a": cells, "b": ["x", "y"]}))
        for cells in ([123456789012.0, 2.0], [123456789012.0, 0.5])
    )
    text = sanitiser.sanitised(pd.DataFrame({"a": ["123456789012", "2"], "b": ["x", "y"]}, dtype="str"))
    assert whole["a"][0] == mixed["a"][0] == text["a"][0]


@pytest.mark.parametrize(
    ("n", "told"),
    [(N_COUNTED_MAX - 1, N_COUNTED_MAX - 1), (N_COUNTED_MAX, N_COUNTED_MAX), (N_COUNTED_MAX + 1, None)],
)
def test_different_values_are_counted_exactly_up_to_ten_thousand(n: int, told: int | None) -> None:
    rules = {"a": ColumnRule(kind="measure", action="keep")}
    values = pd.DataFrame({"a": [*range(n), *range(n)]})
    assert in_batches(values, n // 2, rules).outcomes()[0].n_distinct_after == told


def test_only_a_pseudonymised_column_names_its_key_and_another_key_has_another_name() -> None:
    def keys(group: str) -> dict[str, str | None]:
        _, outcomes = apply(a_table(), RULES, tenant="clinic", dataset_group=group, pepper=b"p" * 32)
        return {one.column: one.key for one in outcomes if one.key}

    assert list(keys("visits")) == ["person"]
    assert keys("visits") == keys("visits") != keys("claims")


def test_measures_and_addresses_are_generalised() -> None:
    rules = RULES | {
        "zeta": ColumnRule(kind="measure", action="generalise", bin_width=2.0),
        "name": ColumnRule(kind="address", action="generalise", prefix=2),
    }
    clean, outcomes = applied(a_table(), rules)
    assert clean["zeta"].to_list() == [0.0, 2.0, -4.0]
    assert clean["name"].to_list()[:2] == ["An", "Bo"]
    assert {one.column: one.n_changed for one in outcomes}["zeta"] == 3
    assert refused(a_table(zeta=["1", None, "2"]), rules).code == "missing-values"


def test_a_type_that_no_action_reads_is_a_problem_of_its_column() -> None:
    far = pa.array([1, 2, 3], pa.timestamp("us", "Nowhere/At_All"))
    error = refused(a_table().assign(ward=pd.arrays.ArrowExtensionArray(far)))
    assert error.code == "unreadable-type"
    assert "Nowhere" not in str(error)
