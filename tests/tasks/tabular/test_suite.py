"""The owner's own expectations: checked before the table is read, and asked of every batch."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.dataset import ColumnRule, Expected
from tasks.tabular import expectations
from tasks.tabular.expectations import Gate
from tasks.tabular.matching import is_pattern

COLUMNS = {
    "dose": ColumnRule(kind="measure", action="keep", missing="impute", minimum=0.0, maximum=9.0),
    "ward": ColumnRule(kind="category", action="keep", missing="impute", values=("a", "b", "c")),
    "name": ColumnRule(kind="name", action="drop"),
    "seen": ColumnRule(kind="target", action="keep"),
}


def expected(kind: str, **kwargs: object) -> Expected:
    return Expected(type=f"expect_{kind}", kwargs=kwargs)


def a_table(**columns: list[object]) -> pd.DataFrame:
    cells: dict[str, list[object]] = {
        "dose": [1.0, 2.0, 3.0, None], "ward": ["a", "b", None, "a"], "seen": ["yes", "no", "yes", "no"],
    }  # fmt: skip
    return pd.DataFrame(cells | columns).astype({"dose": "float64", "ward": "str", "seen": "str"})


def asked(*batches: pd.DataFrame, of: list[Expected]) -> list[ExpectationOutcome]:
    gate = Gate(COLUMNS, of)
    for batch in batches:
        gate.check(batch)
    n_rows = sum(map(len, batches))
    return list(gate.outcomes(n_read=n_rows, n_suppressed=0, n_left=n_rows))


def failed(*batches: pd.DataFrame, of: list[Expected]) -> list[tuple[str, int, int]]:
    return [
        (one.expectation, one.n_unexpected, one.n_cells) for one in asked(*batches, of=of) if not one.success
    ]


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("column_values_to_be_between", {"column": "absent", "min_value": 1}),
        ("column_values_to_be_between", {"column": "name", "min_value": 1}),
        ("column_values_to_be_between", {"column": "ward", "min_value": 1}),
        ("column_values_to_be_between", {"min_value": 1}),
        ("column_values_to_be_between", {"column": "dose", "min_value": "leaked"}),
        ("column_values_to_be_between", {"column": "dose", "min_value": 1, "row_condition": "dose.isna()"}),
        ("column_values_to_be_between", {"column": "dose", "minimum": 1}),
        ("column_values_to_be_between", {"column": "dose"}),
        ("column_values_to_be_in_set", {"column": "ward"}),
        ("column_values_to_be_in_set", {"column": "ward", "value_set": (1, 2)}),
        ("column_values_to_be_in_set", {"column": "dose", "value_set": ("leaked",)}),
        ("column_values_to_be_in_set", {"column": "ward", "value_set": "leaked"}),
        ("column_values_to_match_regex", {"column": "ward", "regex": "(?=leaked)"}),
        ("column_values_to_match_regex", {"column": "ward", "regex": "(leaked"}),
        ("column_values_to_match_regex", {"column": "ward", "regex": 7}),
        ("column_values_to_match_regex", {"column": "dose", "regex": "1"}),
        ("column_value_lengths_to_be_between", {"column": "dose", "min_value": 1}),
        ("column_values_to_not_be_null", {"column": "dose", "mostly": 1.5}),
        ("table_row_count_to_be_between", {"min_value": 1, "column": "dose"}),
        ("table_row_count_to_be_between", {"min_value": "leaked"}),
    ],
)  # fmt: skip
def test_an_expectation_that_fits_no_column_is_refused_before_a_batch_is_seen(
    kind: str, kwargs: dict[str, object]
) -> None:
    with pytest.raises(ManifestError) as refused:
        Gate(COLUMNS, [expected("column_values_to_be_unique", column="ward"), expected(kind, **kwargs)])
    assert refused.value.code == "expectation-unfit"
    assert f"Expectation 2, expect_{kind}" in refused.value.message
    assert "leaked" not in f"{refused.value} {refused.value.__cause__}"


@pytest.mark.parametrize(
    ("kind", "kwargs", "n_unexpected"),
    [
        ("column_values_to_be_between", {"column": "dose", "min_value": 2, "max_value": 9.5}, 1),
        ("column_values_to_be_between", {"column": "dose", "min_value": 1, "strict_min": True}, 1),
        ("column_values_to_be_in_set", {"column": "ward", "value_set": ("a",)}, 1),
        ("column_values_to_be_in_set", {"column": "dose", "value_set": (1, 2)}, 1),
        ("column_values_to_not_be_in_set", {"column": "ward", "value_set": ("a",)}, 2),
        ("column_values_to_not_be_null", {"column": "ward"}, 1),
        ("column_values_to_be_unique", {"column": "ward"}, 2),
        ("column_values_to_match_regex", {"column": "ward", "regex": "^[ac]$"}, 1),
        ("column_value_lengths_to_be_between", {"column": "seen", "max_value": 2}, 2),
        ("table_row_count_to_be_between", {"min_value": 5}, 1),
        ("table_row_count_to_be_between", {"max_value": 3}, 1),
    ],
)
def test_every_kind_of_expectation_fails_by_its_own_name_and_count(
    kind: str, kwargs: dict[str, object], n_unexpected: int
) -> None:
    of = [expected(kind, **kwargs)]
    assert failed(a_table(), of=of) == [(f"expect_{kind}", n_unexpected, 4)]
    assert failed(a_table(ward=["a", "a", "a", "a"], dose=[1.0, 1.0, 1.0, 1.0]), of=[]) == []


def test_declared_bounds_and_values_are_expected_without_being_asked_for() -> None:
    assert failed(a_table(dose=[-0.1, 9.1, 0.0, 9.0]), of=[]) == [
        ("expect_column_values_to_be_between", 2, 4)
    ]
    assert failed(a_table(ward=["a", "leaked", "b", None]), of=[]) == [
        ("expect_column_values_to_be_in_set", 1, 4)
    ]


def test_counts_of_batches_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectations, "ROWS_AT_ONCE", 1)
    of = [expected("column_values_to_be_in_set", column="ward", value_set=("a",))]
    assert failed(a_table(), a_table(), a_table(), of=of) == [("expect_column_values_to_be_in_set", 3, 12)]


@pytest.mark.parametrize("at_once", [1, 1 << 18], ids=["each-batch", "all-together"])
def test_uniqueness_is_of_the_whole_table_not_of_a_batch(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expectations, "ROWS_AT_ONCE", at_once)
    one, other = a_table(ward=["a", None, None, None]), a_table(ward=["b", None, "a", None])
    of = [expected("column_values_to_be_unique", column="ward")]
    assert failed(one, of=of) == failed(other, of=of) == []
    assert failed(one, other, of=of) == [("expect_column_values_to_be_unique", 2, 8)]


@pytest.mark.parametrize(("mostly", "passes"), [(0.5, True), (0.75, True), (0.76, False)])
def test_mostly_is_a_share_of_the_filled_cells_of_all_batches(
    mostly: float, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expectations, "ROWS_AT_ONCE", 1)
    of = [expected("column_values_to_be_in_set", column="ward", value_set=("a",), mostly=mostly)]
    batches = (
        a_table(ward=["b", "b", None, None]),
        a_table(ward=["a"] * 4),
        a_table(ward=["a", "a", None, None]),
    )
    assert (failed(*batches, of=of) == []) is passes


def test_two_expectations_of_one_kind_and_column_are_both_asked() -> None:
    of = [expected("column_values_to_be_between", column="dose", min_value=n) for n in (2, 3, 0)]
    counts = [one.n_unexpected for one in asked(a_table(), of=of) if one.expectation.endswith("_be_between")]
    assert sorted(counts) == [0, 0, 1, 2]


def test_a_pattern_that_would_keep_another_engine_busy_for_ever_is_answered() -> None:
    of = [expected("column_values_to_match_regex", column="seen", regex="^(x+x+)+y$")]
    assert failed(a_table(seen=["x" * 50_000] * 4), of=of) == [("expect_column_values_to_match_regex", 4, 4)]


@pytest.mark.parametrize(
    ("regex", "known"),
    [("^a{2}$", True), ("", True), ("(?i)x", True), (r"(a)\1", False), ("a(?!b)", False), ("[", False)],
)
def test_patterns_without_look_around_are_known(regex: str, known: bool) -> None:
    assert is_pattern(regex) is known


@settings(deadline=None, max_examples=8)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(0, 2**32))
def test_how_a_table_is_cut_changes_no_outcome(sizes: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    n = sum(sizes)
    table = a_table(
        dose=random.integers(-2, 12, n).tolist(),
        ward=random.choice(np.array(["a", "b", "x", None], dtype=object), n).tolist(),
        seen=random.choice(["yes", "no"], n).tolist(),
    )
    of = [
        expected("column_values_to_be_unique", column="dose"),
        expected("column_values_to_not_be_null", column="ward"),
    ]
    places = np.cumsum(sizes)[:-1]
    batches = [table.iloc[part] for part in np.split(np.arange(n), places)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expectations, "ROWS_AT_ONCE", 1)
        assert asked(*batches, of=of) == asked(table, of=of)
