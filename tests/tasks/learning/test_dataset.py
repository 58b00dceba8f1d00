from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.schemas.dataset import ColumnRule
from tasks.learning.dataset import Split, split
from tests.tasks.learning.conftest import anchored, part_of_rows

Table = Callable[..., pd.DataFrame]
Rules = Callable[..., dict[str, ColumnRule]]

IMPUTED = {"missing": "impute", "action": "keep"}


def parts_of(found: Split) -> dict[int, str]:
    """Return the part of each row of the table."""
    named = {"train": found.train, "validation": found.validation, "test": found.test}
    return {int(row): name for name, part in named.items() for row in part.rows}


def test_every_row_lands_in_exactly_one_part(a_table: Table, rules: Rules) -> None:
    found = split(a_table(), rules(), "label", None, seed=1)
    assert sorted(parts_of(found)) == list(range(300))
    assert sum(len(part.rows) for part in (found.train, found.validation, found.test)) == 300


def test_only_kept_or_generalised_measures_and_categories_are_features(a_table: Table, rules: Rules) -> None:
    others = {
        "birth": ColumnRule(kind="birth_date", action="generalise", to="year"),
        "phone": ColumnRule(kind="phone", action="mask"),
        "town": ColumnRule(kind="category", action="pseudonymise"),
        "other": ColumnRule(kind="other", action="keep"),
        "height": ColumnRule(kind="measure", action="drop"),
        "band": ColumnRule(kind="category", action="generalise"),
    }
    columns = {name: [str(number % 2) for number in range(300)] for name in others if name != "height"}
    found = split(a_table(**columns), rules(**others), "label", None, seed=1)
    assert found.features == ("size", "weight", "band[0]", "band[1]", "colour[0]", "colour[1]")


def test_the_group_column_is_never_a_feature(a_table: Table, rules: Rules) -> None:
    table = a_table(ward=[f"ward-{number % 60}" for number in range(300)])
    columns = rules(ward=ColumnRule(kind="category", action="keep"))
    assert not any("ward" in name for name in split(table, columns, "label", "ward", seed=1).features)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), n_groups=st.integers(60, 200))
def test_rows_of_one_group_stay_together(a_table: Table, rules: Rules, seed: int, n_groups: int) -> None:
    wards = np.random.default_rng(seed).integers(n_groups, size=400)
    found = split(a_table(400, person=[f"w-{ward}" for ward in wards]), rules(), "label", "person", seed)
    part = parts_of(found)
    assert all(len({part[row] for row in np.flatnonzero(wards == ward)}) == 1 for ward in set(wards))
    for chosen in (found.train, found.validation, found.test):
        pairs = set(zip(chosen.groups.tolist(), wards[chosen.rows].tolist(), strict=True))
        assert len(pairs) == len({ward for _, ward in pairs}) == chosen.groups.max() + 1


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_identical_feature_rows_stay_together_without_a_group(
    a_table: Table, rules: Rules, seed: int
) -> None:
    size = np.random.default_rng(seed).integers(80, size=400)
    found = split(a_table(400, size=size, weight=0.0, colour="crimson"), rules(), "label", None, seed)
    part = parts_of(found)
    assert all(len({part[row] for row in np.flatnonzero(size == value)}) == 1 for value in set(size))
    assert found.test.groups.max() + 1 == len(set(size[found.test.rows]))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_equal_rows_and_groups_bind_each_other(a_table: Table, rules: Rules, seed: int) -> None:
    random = np.random.default_rng(seed)
    size, person = random.integers(2000, size=400), random.integers(250, size=400).astype(str)
    table = a_table(400, size=size, weight=0.0, colour="crimson", person=person)
    part = parts_of(split(table, rules(), "label", "person", seed=1))
    for bound in (size, person):
        assert all(len({part[row] for row in np.flatnonzero(bound == value)}) == 1 for value in set(bound))


def test_other_pseudonyms_of_the_same_groups_give_the_same_split(a_table: Table, rules: Rules) -> None:
    person = np.random.default_rng(1).integers(150, size=300)
    one = a_table(person=[f"id-{number}" for number in person])
    other = a_table(person=[f"id-{number * 7919 % 1000:x}" for number in person])
    assert parts_of(split(one, rules(), "label", "person", 1)) == parts_of(
        split(other, rules(), "label", "person", 1)
    )


@settings(max_examples=15, deadline=None)
@given(order_seed=st.integers(0, 2**31 - 1))
def test_the_order_of_rows_and_columns_does_not_change_a_rows_part(
    a_table: Table, rules: Rules, order_seed: int
) -> None:
    table, random = a_table(), np.random.default_rng(order_seed)
    order = random.permutation(len(table))
    shuffled = table.iloc[order][list(random.permutation(table.columns))]
    part, moved = (parts_of(split(rows, rules(), "label", None, seed=1)) for rows in (table, shuffled))
    assert all(moved[position] == part[row] for position, row in enumerate(order))


def test_a_changed_test_row_changes_no_training_or_validation_value(a_table: Table, rules: Rules) -> None:
    table, columns = anchored(a_table()), rules(size=ColumnRule(kind="measure", **IMPUTED))
    before = split(table, columns, "label", "person", seed=1)
    row = before.test.rows[-1]
    table.loc[row, ["size", "weight", "colour"]] = [np.nan, 1e6, "aardvark"]
    after = split(table, columns, "label", "person", seed=1)
    assert before.train.x.tobytes() == after.train.x.tobytes()
    assert before.validation.x.tobytes() == after.validation.x.tobytes()
    assert before.test.x[:-1].tobytes() == after.test.x[:-1].tobytes()
    assert before.features == after.features


def test_training_measures_have_mean_zero_and_deviation_one(a_table: Table, rules: Rules) -> None:
    x = split(a_table(), rules(), "label", None, seed=1).train.x[:, :2]
    assert x.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-5)
    assert x.std(axis=0) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_empty_cells_take_the_training_median_and_most_frequent_value(a_table: Table, rules: Rules) -> None:
    imputed = {
        "size": ColumnRule(kind="measure", **IMPUTED),
        "colour": ColumnRule(kind="category", **IMPUTED),
    }
    table, movable = anchored(a_table(600, colour="crimson")), np.arange(600) >= 300
    table.loc[~movable, "colour"] = None
    train = part_of_rows(split(table, rules(**imputed), "label", "person", seed=1)) == 0
    table.loc[train & movable & (np.arange(600) % 9 > 2), "colour"] = "azure"
    empty = movable & (np.arange(600) % 7 == 0)
    table.loc[empty, ["size", "colour"]] = [np.nan, None]
    found = split(table, rules(**imputed), "label", "person", seed=1)
    filled, azure = found.features.index("size"), found.features.index("colour[0]")
    median = table["size"][train].median()
    everywhere = table["size"][train].fillna(median)
    expected = (median - everywhere.mean()) / everywhere.std(ddof=0)
    assert found.train.x[empty[found.train.rows], filled] == pytest.approx(expected, abs=1e-5)
    assert (table["colour"] == "crimson").sum() > (table["colour"] == "azure").sum()
    assert (found.test.x[empty[found.test.rows], azure] == 1.0).all()


def test_a_category_that_training_never_saw_is_all_zeros(a_table: Table, rules: Rules) -> None:
    table = anchored(a_table())
    row = split(table, rules(), "label", "person", seed=1).test.rows[-1]
    table.loc[row, "colour"] = "never-seen"
    found = split(table, rules(), "label", "person", seed=1)
    assert found.test.x[-1, 2:].tolist() == [0.0, 0.0]


def test_constant_features_are_dropped_with_a_note_that_holds_no_cell(a_table: Table, rules: Rules) -> None:
    found = split(a_table(weight=0.1, colour="secret"), rules(), "label", None, seed=1)
    assert found.features == ("size",)
    assert found.notes == ("dropped as constant in the training rows: 2 features (weight, colour[0])",)


def test_a_note_names_ten_dropped_features_at_most(a_table: Table, rules: Rules) -> None:
    flat = {f"flat_{number:02}": 1.0 for number in range(11)}
    flat_rules = {name: ColumnRule(kind="measure", action="keep") for name in flat}
    (note,) = split(a_table(**flat), rules(**flat_rules), "label", None, seed=1).notes
    assert "11 features" in note
    assert note.endswith("flat_09, ...)")


def test_classes_are_sorted_and_labels_index_them(a_table: Table, rules: Rules) -> None:
    table = a_table(n_classes=3)
    found = split(table, rules(), "label", None, seed=1)
    assert found.classes == ("class-0", "class-1", "class-2")
    assert [found.classes[label] for label in found.test.y] == table["label"][found.test.rows].tolist()
