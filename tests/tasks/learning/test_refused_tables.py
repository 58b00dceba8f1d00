from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import ColumnRule
from tasks.learning.dataset import split
from tests.tasks.learning.conftest import anchored, part_of_rows

Table = Callable[..., pd.DataFrame]
Rules = Callable[..., dict[str, ColumnRule]]


def refusal(table: pd.DataFrame, columns: dict[str, ColumnRule], group: str | None = None) -> ManifestError:
    with pytest.raises(ManifestError) as fault:
        split(table, columns, "label", group, seed=1)
    return fault.value


def without(table: pd.DataFrame, column: str) -> pd.DataFrame:
    table.loc[[4, 9], column] = None
    return table


REFUSALS: dict[str, tuple[str, Callable[[Table], pd.DataFrame], dict[str, Any]]] = {
    "one-class": ("target-constant", lambda table: table(label="secret"), {}),
    "no-rows": ("target-constant", lambda table: table().iloc[:0], {}),
    "eleven-words": ("target-too-many-classes", lambda table: table(900, n_classes=11), {}),
    "many-numbers": ("target-continuous", lambda table: table(label=np.arange(300).astype(str)), {}),
    "target-without-value": ("target-missing-values", lambda table: without(table(), "label"), {}),
    "measure-without-value": ("missing-values", lambda table: without(table(), "size"), {}),
    "category-without-value": ("missing-values", lambda table: without(table(), "colour"), {}),
    "measure-that-is-text": ("missing-values", lambda table: table(size="secret"), {}),
    "infinite-measure": ("not-finite", lambda table: table(size=[-np.inf] + [1.0, 2.0] * 149 + [3.0]), {}),
    "measure-too-large": ("not-finite", lambda table: table(size=[1e300, -1e300] * 150), {}),
    "only-constants": ("no-features", lambda table: table(size=1.0, weight=2.0, colour="secret"), {}),
    "nothing-declared": (
        "no-features",
        lambda table: table(),
        {name: ColumnRule(kind="measure", action="drop") for name in ("size", "weight", "colour")},
    ),
    "twenty-rows": ("class-too-small", lambda table: table(20), {}),
    "everyone-differs": (
        "too-many-categories",
        lambda table: table(900, colour=[f"secret-{number}" for number in range(900)]),
        {},
    ),
}


@pytest.mark.parametrize(("code", "build", "changed"), REFUSALS.values(), ids=REFUSALS)
def test_an_unusable_table_is_refused_with_a_remedy_and_without_a_cell(
    code: str,
    build: Callable[[Table], pd.DataFrame],
    changed: dict[str, ColumnRule],
    a_table: Table,
    rules: Rules,
) -> None:
    fault = refusal(build(a_table), rules(**changed))
    assert (fault.code, fault.exit_code) == (code, 2)
    assert fault.remedy
    assert not any(
        cell in str(fault) for cell in ("secret", "class-0", "class-1", "crimson", "azure", "1e+300")
    )


def test_empty_cells_are_refused_with_their_column_and_count(a_table: Table, rules: Rules) -> None:
    assert "size (2)" in refusal(without(a_table(), "size"), rules()).message


@pytest.mark.parametrize(("n_classes", "allowed"), [(9, True), (10, True), (11, False)])
def test_ten_classes_are_the_most(n_classes: int, allowed: bool, a_table: Table, rules: Rules) -> None:
    table = a_table(1500, n_classes=n_classes)
    if allowed:
        assert len(split(table, rules(), "label", None, seed=1).classes) == n_classes
    else:
        assert refusal(table, rules()).code == "target-too-many-classes"


@pytest.mark.parametrize(("n_classes", "allowed"), [(1, False), (2, True), (3, True)])
def test_two_classes_are_the_fewest(n_classes: int, allowed: bool, a_table: Table, rules: Rules) -> None:
    table = a_table(n_classes=n_classes)
    if allowed:
        assert len(split(table, rules(), "label", None, seed=1).classes) == n_classes
    else:
        assert refusal(table, rules()).code == "target-constant"


@pytest.mark.parametrize(("n_values", "allowed"), [(255, True), (256, True), (257, False)])
def test_a_category_has_256_training_values_at_most(
    n_values: int, allowed: bool, a_table: Table, rules: Rules
) -> None:
    table = anchored(a_table(6000, colour="v-0"))
    train = part_of_rows(split(table, rules(), "label", "person", seed=1)) == 0
    train[:3000] = False
    table.loc[train, "colour"] = [f"v-{number % n_values}" for number in range(train.sum())]
    if allowed:
        assert len(split(table, rules(), "label", "person", seed=1).features) == 2 + n_values
    else:
        assert refusal(table, rules(), "person").code == "too-many-categories"


@pytest.mark.parametrize(
    ("part", "n_rows", "allowed"),
    [(2, 4, False), (2, 5, True), (2, 6, True), (1, 0, False), (1, 1, True), (0, 0, False), (0, 1, True)],
)
def test_a_class_needs_five_test_rows_and_one_in_each_other_part(
    part: int, n_rows: int, allowed: bool, a_table: Table, rules: Rules
) -> None:
    table = a_table(400)
    parts = part_of_rows(split(table, rules(), "label", "person", seed=1))
    table["label"] = np.where(parts == part, "common", np.where(np.arange(400) % 2, "common", "rare"))
    table.loc[np.flatnonzero(parts == part)[:n_rows], "label"] = "rare"
    if allowed:
        assert split(table, rules(), "label", "person", seed=1).classes == ("common", "rare")
    else:
        assert refusal(table, rules(), "person").code == "class-too-small"
