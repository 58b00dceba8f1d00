"""Judgement, money and origin of a run in words: what an auditor reads."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from policy_checks.clauses import CLAUSES
from policy_checks.schemas.artifacts import CircuitResults, Records
from policy_checks.schemas.decision import Decision, Estimate
from policy_checks.schemas.records import Charge
from tasks.reporting.summary import RunSummary
from tasks.reporting.tables import Table, evaluated

DEMANDS = {clause.id: clause.text for clause in CLAUSES}


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


def metered(results: CircuitResults) -> dict[str, float]:
    """Return the seconds of a trained run's circuits: all of them, and of the slowest batch where there is one."""
    quantum = [t for t in results.latencies if t.operation == "quantum"]
    device_s = results.device.used_s if results.device else 0.0
    slowest = [max(t.cold_s, *t.warm_s, 0.0) for t in quantum]
    return {"quantum_s": results.quantum_s + device_s} | ({"batch_s": max(slowest)} if slowest else {})


def estimates(estimate: Estimate, seconds: Mapping[str, float], records: Records) -> Table:
    """Return what was predicted before the run beside what was metered.

    Args:
        seconds: metered, under the estimate's own names.
    """
    batch = (("slowest quantum batch, s", f"{estimate.batch_s:.3f}", _seconds(seconds, "batch_s")),)
    rows = (
        ("quantum seconds", f"{estimate.quantum_s:.3f}", _seconds(seconds, "quantum_s")),
        *(batch if estimate.batch_s else ()),
        ("cost in EUR", f"{estimate.cost_eur:f}", f"{_cost(records.charges):f}"),
        ("peak bytes of one state", f"{estimate.peak_bytes:,}", "not metered"),
        ("complexity units (CCU)", f"{estimate.ccu:,.1f}", "not metered"),
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


def _seconds(metered: Mapping[str, float], name: str) -> str:
    return f"{metered[name]:.3f}" if name in metered else "none"


def _cost(charges: Iterable[Charge]) -> Decimal:
    return sum((each.cost_eur for each in charges), Decimal(0))


def _quantity(charges: Iterable[Charge]) -> Decimal:
    return sum((each.quantity for each in charges), Decimal(0))
