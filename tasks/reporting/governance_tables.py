"""Privacy, judgement, money and origin of a run in words: what an auditor reads."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from policy_checks.clauses import CLAUSES
from policy_checks.schemas.artifacts import CircuitResults, ColumnOutcome, ExpectationOutcome, Records
from policy_checks.schemas.decision import Decision, Estimate
from policy_checks.schemas.records import Charge
from tasks.reporting.summary import RunSummary
from tasks.reporting.tables import Table, evaluated

DEMANDS = {clause.id: clause.text for clause in CLAUSES}
ACTIONS = {
    "drop": "dropped",
    "pseudonymise": "replaced by a keyed hash",
    "mask": "masked but for its last two characters",
    "generalise": "generalised to a band",
    "keep": "kept as it is",
}
EXPECTATIONS = {
    "expect_column_values_to_be_free_of_personal_data": "no personal data is detected",
    "expect_column_values_to_be_of_type": "values have the declared type",
    "expect_column_values_to_not_be_null": "no cell is empty",
    "expect_table_columns_to_match_set": "exactly the declared columns are left",
    "expect_table_row_count_to_equal": "no row was lost or added",
}
PSEUDONYMOUS = (
    "Pseudonymous is not anonymous: whoever holds the key, or knows enough else about a person, can link a "
    "pseudonym or a rare combination of kept values to that person. Treat the sanitised table as personal "
    "data."
)


def columns(outcomes: Iterable[ColumnOutcome], caption: str, count: Callable[[int], str] = str) -> Table:
    """Return what happened to each column: counts, never a value.

    Args:
        count: how a number of rows is written; telemetry writes small ones vaguely.
    """
    order = {action: place for place, action in enumerate(ACTIONS)}
    rows = [
        (
            each.column,
            each.kind.replace("_", " "),
            ACTIONS.get(each.action, each.action),
            count(each.n_cells),
            count(each.n_changed),
            count(each.n_missing),
            "none left" if each.n_distinct_after is None else str(each.n_distinct_after),
        )
        for each in sorted(outcomes, key=lambda each: (order.get(each.action, len(order)), each.column))
    ]
    return Table(
        caption,
        {
            "Column": "code",
            "Declared as": "text",
            "What happened": "text",
            "Cells": "number",
            "Changed": "number",
            "Empty": "number",
            "Distinct after": "number",
        },
        tuple(rows),
    )


def gate(outcomes: Iterable[ExpectationOutcome]) -> Table:
    """Return what the gate checked, one row an expectation, over all columns that it was asked of."""
    by_name: dict[str, list[ExpectationOutcome]] = {}
    for each in outcomes:
        by_name.setdefault(each.expectation, []).append(each)
    rows = [
        (
            EXPECTATIONS.get(name, name.replace("_", " ")),
            f"{sum(each.success for each in found)} of {len(found)}",
            str(sum(each.n_cells for each in found)) if found[0].column else "the whole table",
            str(sum(each.n_unexpected for each in found)),
        )
        for name, found in sorted(by_name.items())
    ]
    return Table(
        "The gate over what came out (Great Expectations)",
        {"Expectation": "text", "Passed": "number", "Cells checked": "number", "Unexpected": "number"},
        tuple(rows),
    )


def findings(decision: Decision) -> Table:
    """Return every finding of the decision with the clause behind it."""
    rows = [
        (each.clause, each.effect, DEMANDS.get(each.clause, ""), each.message, each.remedy)
        for each in decision.findings
    ]
    return Table(
        "Findings of the decision",
        {"Clause": "text", "Effect": "text", "It demands": "text", "Found": "text", "What to do": "text"},
        tuple(rows),
    )


def bill(records: Records) -> Table:
    """Return the charges, neural and quantum apart (clause P5.3), and their sums."""
    quantum = [each for each in records.charges if each.service.startswith("quantum")]
    neural = [each for each in records.charges if each not in quantum]
    rows = [
        (
            each.service.replace("_", " "),
            f"{each.quantity:f}",
            f"{each.unit_price_eur:f}",
            f"{each.cost_eur:f}",
        )
        for each in (*neural, *quantum)
    ]
    for name, part in {"neural, together": neural, "quantum, together": quantum}.items():
        rows.append((name, f"{_quantity(part):f}", "", f"{_cost(part):f}"))
    rows.append(("total", "", "", f"{_cost(records.charges):f}"))
    return Table(
        "Charges of this run",
        {"Service": "text", "Seconds": "number", "EUR for a second": "number", "EUR": "number"},
        tuple(rows),
    )


def estimates(estimate: Estimate, results: CircuitResults, records: Records) -> Table:
    """Return what was predicted before the run beside what was metered."""
    quantum = [t for t in results.latencies if t.operation == "quantum"]
    device_s = results.device.used_s if results.device else 0.0
    slowest = max((max(t.cold_s, *t.warm_s, 0.0) for t in quantum), default=None)
    rows = (
        ("quantum seconds", f"{estimate.quantum_s:.3f}", f"{results.quantum_s + device_s:.3f}"),
        (
            "slowest quantum batch, s",
            f"{estimate.batch_s:.3f}",
            "none" if slowest is None else f"{slowest:.3f}",
        ),
        ("cost in EUR", f"{estimate.cost_eur:f}", f"{_cost(records.charges):f}"),
        ("peak bytes of one state", f"{estimate.peak_bytes}", "not metered"),
        ("complexity units (CCU)", f"{estimate.ccu:.1f}", "not metered"),
    )
    return Table(
        "Estimates made before the run, beside what was metered; an estimate is never a charge",
        {"Quantity": "text", "Estimate": "number", "Metered": "number"},
        rows,
    )


def origins(summary: RunSummary) -> Table:
    """Return the digests that lead from the raw table to predictions, metrics and bill."""
    table, model, results, records = evaluated(summary)
    rows = (
        ("manifest", "manifest.json, its payload", summary.decision.manifest, "its author's TOML"),
        ("raw table", "the tenant's own", table.parent, "named in the manifest"),
        ("sanitised table", table.path, table.digest or "", "raw table"),
        ("trained model", model.path, model.digest, "sanitised table"),
        ("template circuit", "no file", results.template, "manifest, no angle bound"),
        ("predictions", "predictions.parquet", results.predictions, "model and circuit"),
        ("metrics", "metrics.parquet", records.metrics, "predictions"),
        ("bill", "billing.parquet", records.billing, "metered seconds, tariff"),
    )
    return Table(
        "From the raw table to the predictions: each digest, and what it was made from",
        {"What": "text", "File": "text", "Digest": "code", "Made from": "text"},
        rows,
    )


def governing(decision: Decision) -> Table:
    """Return the digests of the documents that the run was judged and priced by."""
    rows = (
        ("policy", "limits and budgets", decision.policy),
        ("tenants", "who may ask for what", decision.tenants),
        ("tariff", "prices", decision.tariff),
    )
    return Table(
        "Documents that the run was judged by",
        {"Document": "text", "It sets": "text", "Digest": "code"},
        rows,
    )


def _cost(charges: Iterable[Charge]) -> Decimal:
    return sum((each.cost_eur for each in charges), Decimal(0))


def _quantity(charges: Iterable[Charge]) -> Decimal:
    return sum((each.quantity for each in charges), Decimal(0))
