"""Rows that hide among others: counted over batches as a naive group-by counts them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy_checks.errors import ManifestError
from policy_checks.rules.release import release
from policy_checks.schemas.artifacts import AnonymityOutcome, ExpectationOutcome
from policy_checks.schemas.privacy import Anonymity
from tasks.tabular import anonymity
from tasks.tabular.anonymity import Combinations

PASSED = (ExpectationOutcome(expectation="x", column=None, success=True, n_cells=1, n_unexpected=0),)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from([1.0, 2.0, 0.0, -0.0, None]),
        st.sampled_from("xyz"),
    ),
    min_size=1,
    max_size=40,
)


def a_table(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["q", "r", "s"]).astype({"q": "str", "r": "float64", "s": "str"})


def counted(table: pd.DataFrame, wanted: Anonymity, size: int = 7) -> Combinations:
    combinations = Combinations(wanted, "s")
    for first in range(0, len(table), size):
        combinations.add(table.iloc[first : first + size])
    return combinations


@settings(deadline=None)
@given(ROWS, st.integers(2, 4), st.one_of(st.none(), st.integers(2, 3)), st.integers(1, 9))
def test_what_is_counted_in_batches_is_what_a_group_by_of_everything_counts(
    rows: list[tuple],
    k: int,
    l: int | None,  # noqa: E741
    size: int,
) -> None:
    table = a_table(rows)
    combinations = counted(table, Anonymity(quasi_identifiers=("q", "r"), k=k, l=l), size)
    naive = table.assign(r=table["r"] + 0.0).groupby(["q", "r"], dropna=False)["s"].agg(["size", "nunique"])
    small = (naive["size"] < k) | (naive["nunique"] < (l or 0))
    before, after = combinations.outcome(suppressed=False), combinations.outcome(suppressed=True)
    assert (before.n_combinations, before.smallest_before) == (len(naive), naive["size"].min())
    assert before.n_rows_below == after.n_suppressed == naive.loc[small, "size"].sum()
    assert before.least_diverse_before == (naive["nunique"].min() if l else None)
    assert before.risk_max == 1 / naive["size"].min()
    assert before.risk_mean == pytest.approx(len(naive) / len(table))
    left = naive[~small]
    assert after.smallest_after == (left["size"].min() if len(left) else 0)
    alone = table.assign(r=table["r"] + 0.0).groupby(["q", "r"], dropna=False)["s"]
    sizes, values = alone.transform("size"), alone.transform("nunique")
    assert combinations.small(table).tolist() == ((sizes < k) | (values < (l or 0))).tolist()


@pytest.mark.parametrize(("n", "small"), [(2, True), (3, False), (4, False)])
def test_a_combination_of_k_rows_is_large_enough(n: int, small: bool) -> None:
    found = counted(a_table([("a", 1.0, "x")] * n), Anonymity(quasi_identifiers=("q",), k=3)).outcome(
        suppressed=False
    )
    assert (found.smallest_after < 3) is small
    assert [finding.clause for finding in release(PASSED, found)] == (["P1.1"] if small else [])


def test_rows_that_all_share_a_sensitive_value_betray_it_however_many_they_are() -> None:
    table = a_table([("a", 1.0, "x")] * 50 + [("b", 1.0, value) for value in "xy" * 25])
    wanted = Anonymity(quasi_identifiers=("q",), k=5, l=2)
    found = counted(table, wanted).outcome(suppressed=False)
    assert (found.smallest_before, found.least_diverse_before, found.n_rows_below) == (50, 1, 50)
    (finding,) = release(PASSED, found)
    assert "1 sensitive values, 2 are asked for" in finding.message
    assert not list(release(PASSED, counted(table, wanted).outcome(suppressed=True)))


def test_leaving_out_everything_or_a_whole_class_is_refused() -> None:
    table = a_table([("a", 1.0, "x"), ("b", 1.0, "y")])
    combinations = counted(table, Anonymity(quasi_identifiers=("q",), k=2))
    found = combinations.outcome(suppressed=True)
    assert (found.n_suppressed, found.smallest_after, found.risk_max) == (2, 0, 0.0)
    assert ["all 2 rows" in one.message for one in release(PASSED, found)] == [True]
    many = counted(a_table([("a", 1.0, "x")] * 2 + [("b", 1.0, "y")]), combinations.wanted)
    lost = many.outcome(suppressed=True, n_classes_lost=1)
    assert ["1 classes of the target" in one.message for one in release(PASSED, lost)] == [True]


@pytest.mark.parametrize(("n", "fits"), [(9, True), (10, True), (11, False)])
def test_more_combinations_than_can_be_counted_are_refused(
    n: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anonymity, "N_COMBINATIONS_MAX", 10)
    table = a_table([("a", float(i), "x") for i in range(n)])
    if fits:
        assert (
            counted(table, Anonymity(quasi_identifiers=("r",))).outcome(suppressed=False).n_combinations == n
        )
    else:
        with pytest.raises(ManifestError, match="'r' have more than 10 combinations"):
            counted(table, Anonymity(quasi_identifiers=("r",))).outcome(suppressed=False)


def test_findings_and_outcomes_hold_no_cell() -> None:
    found = counted(a_table([("leaked.person", 1.0, "x")]), Anonymity(quasi_identifiers=("q", "r")))
    outcome: AnonymityOutcome = found.outcome(suppressed=False)
    assert "leaked" not in f"{outcome} {list(release(PASSED, outcome))}"


def test_many_rows_of_few_combinations_keep_little_in_memory() -> None:
    random = np.random.default_rng(3)
    combinations = Combinations(Anonymity(quasi_identifiers=("q",)), "s")
    for _ in range(30):
        combinations.add(a_table([(f"{i}", 1.0, "x") for i in random.integers(0, 9, 200)]))
        assert sum(table.num_rows for table in combinations._waiting) <= 18
