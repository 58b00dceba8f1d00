"""Tables hold the run's figures, in words, in the order in which they are read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.clauses import CLAUSES
from policy_checks.schemas.artifacts import ExpectationOutcome, Latency
from tasks.reporting import governance_tables, privacy, tables
from tests.tasks.reporting.builders import (
    a_charge,
    a_column,
    a_decision,
    a_sanitised_table,
    a_summary,
    some_records,
)
from tests.tasks.reporting.results_builders import circuit_results, degraded_results


def test_scores_list_the_answer_its_modes_the_fallback_the_rivals_and_the_difference():
    rows = tables.scores(circuit_results()).rows
    assert [row[0] for row in rows] == [
        "hybrid",
        "hybrid, shots",
        "hybrid, noise",
        "neural-only",
        "MLP",
        "logistic regression",
        "gradient boosting",
        "hybrid minus logistic regression",
    ]
    assert rows[0][1:3] == ("0.965 (0.945-0.985)", "0.992 (0.982-1.000)")


def test_a_degraded_run_compares_the_neural_head_alone():
    labels = [row[0] for row in tables.scores(degraded_results()).rows]
    assert labels[0] == "neural-only"
    assert labels[-1] == "neural-only minus logistic regression"
    assert not any(label.startswith("hybrid") for label in labels)


@pytest.mark.parametrize(
    ("slowest_s", "verdict"),
    [(1.999, "yes"), (2.0, "no: 1 of 3 over"), (2.001, "no: 1 of 3 over")],
    ids=["below", "at-the-budget", "above"],
)
def test_a_budget_is_kept_only_below_it(slowest_s, verdict):
    timed = Latency(
        operation="quantum", mode="exact", budget_s=2.0, cold_s=0.5, warm_s=(0.1, slowest_s)
    )  # fmt: skip
    row = tables.latencies(circuit_results(latencies=(timed,))).rows[0]
    assert row[:2] == ("quantum, exact", "P6.2")
    assert row[-1] == verdict


def test_columns_are_counted_by_what_happened_to_them_first():
    outcomes = (a_column("b"), a_column("a"), a_column("z", "name", "drop", n_missing=3))
    rows = privacy.columns(outcomes, "columns").rows
    assert [row[0] for row in rows] == ["z", "a", "b"]
    assert rows[0][2:] == ("dropped", "569", "569", "3", "none left")


def test_the_gate_adds_up_its_outcomes_and_shows_a_failure():
    failed = ExpectationOutcome(
        expectation="expect_column_values_to_not_be_null",
        column="x",
        success=False,
        n_cells=10,
        n_unexpected=4,
    )
    rows = {row[0]: row[1:] for row in privacy.gate((*a_sanitised_table().gate, failed)).rows}
    assert rows["no value is missing"] == ("5 of 6", f"{5 * 569 + 10:,}", "4")
    assert rows["no row was lost or added"] == ("1 of 1", "the whole table", "0")


def test_an_unknown_expectation_is_shown_by_its_name():
    unknown = ExpectationOutcome(
        expectation="expect_a_new_thing", column=None, success=True, n_cells=1, n_unexpected=0
    )
    assert privacy.gate((unknown,)).rows[0][0] == "expect a new thing"


def test_the_bill_lists_neural_services_then_quantum_ones_then_sums():
    rows = governance_tables.bill(some_records()).rows
    assert [row[0] for row in rows] == [
        "neural training",
        "neural inference",
        "quantum simulation",
        "neural, together",
        "quantum, together",
        "total",
    ]
    assert rows[2] == ("quantum simulation", "1.374512", "0.000900", "0.001237")


micros = st.integers(0, 10**12).map(lambda n: f"{Decimal(n) / 10**6:f}")


@given(st.lists(micros, min_size=3, max_size=3))
def test_neural_and_quantum_sums_make_the_total_to_the_last_digit(costs):
    services = ("quantum_simulation", "neural_training", "neural_inference")
    charges = tuple(a_charge(s, "1", "0.1", cost) for s, cost in zip(services, costs, strict=True))
    rows = {row[0]: Decimal(row[3]) for row in governance_tables.bill(some_records(charges=charges)).rows}
    assert rows["quantum, together"] == Decimal(costs[0])
    assert rows["neural, together"] == Decimal(costs[1]) + Decimal(costs[2])
    assert rows["total"] == rows["quantum, together"] + rows["neural, together"]


def test_estimates_stand_beside_what_was_metered_and_say_where_nothing_was():
    table = governance_tables.estimates(a_decision().estimate, degraded_results(), some_records())
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["cost in EUR"] == ("0.002214", "0.001825")
    assert rows["slowest quantum batch, s"] == ("0.910", "none")


def test_a_finding_stands_beside_what_its_clause_demands():
    row = governance_tables.findings(a_decision()).rows[0]
    demanded = next(clause.text for clause in CLAUSES if clause.id == "V.3")
    assert row[:3] == ("V.3", "note", demanded)


def test_every_row_has_a_cell_for_every_column():
    summary = a_summary()
    parts = tables.evaluated(summary)
    for table in (
        tables.scores(parts.results),
        tables.latencies(parts.results),
        privacy.columns(parts.table.columns, "columns"),
        privacy.gate(parts.table.gate),
        governance_tables.findings(summary.decision),
        governance_tables.bill(parts.records),
        governance_tables.estimates(summary.decision.estimate, parts.results, parts.records),
        governance_tables.origins(summary),
        governance_tables.governing(summary.decision),
    ):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
