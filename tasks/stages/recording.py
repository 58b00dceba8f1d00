"""Record: metric rows and priced usage, each as one immutable Parquet file."""

from collections.abc import Iterator
from datetime import datetime

from policy_checks import pricing
from policy_checks.schemas.artifacts import CircuitResults, Records, Scores, TrainedModel
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Service
from policy_checks.schemas.records import ROWS_MIN, Charge, MetricRow, Usage
from tasks.adapters import record_store, settings
from tasks.stages.workspace import Workspace
from tasks.tabular.outgoing import require_clean

METRICS, BILLING = "metrics.parquet", "billing.parquet"


def record(workspace: Workspace) -> Records:
    """Return the charges after writing both tables into the run's folder."""
    results = workspace.result("evaluate", CircuitResults)
    now = settings.now()
    charges = _charges(workspace, results, now)
    rows = tuple(_rows(workspace, results, now))
    require_clean(rows, METRICS)
    require_clean(charges, BILLING)
    return Records(
        charges=charges,
        metrics=workspace.folder.write(METRICS, record_store.metrics_parquet(rows)),
        billing=workspace.folder.write(
            BILLING,
            record_store.billing_parquet(
                charges,
                run=workspace.run,
                tenant=workspace.tenant,
                manifest=workspace.digest,
                governing=workspace.governing.digests,
                degraded=results.degraded,
            ),
        ),
    )


def _charges(workspace: Workspace, results: CircuitResults, now: datetime) -> tuple[Charge, ...]:
    trained = workspace.result("train", TrainedModel)
    started = workspace.result("admit", Decision).decided_at
    seconds: dict[Service, float] = {
        "neural_training": trained.training_s,
        "neural_inference": results.neural_s,
        "quantum_simulation": results.quantum_s,
    }
    if results.device is not None and (results.device.expectations or results.device.used_s):
        seconds["quantum_hardware"] = results.device.used_s
    usages = tuple(
        Usage(service=service, quantity=pricing.quantity(used), started_at=started, ended_at=now)
        for service, used in seconds.items()
    )
    return pricing.bill(workspace.governing.tariff, usages)


def _rows(workspace: Workspace, results: CircuitResults, now: datetime) -> Iterator[MetricRow]:
    def row(model: str, metric: str, value: float, low: float | None, high: float | None) -> MetricRow:
        return MetricRow(
            run=workspace.run,
            tenant=workspace.tenant,
            manifest=workspace.digest,
            recorded_at=now,
            mode=workspace.manifest.mode,
            degraded=results.degraded,
            model=model,
            metric=metric,
            value=value,
            low=low,
            high=high,
        )

    for model, scores in _scored(results) if results.n_test >= ROWS_MIN else ():
        for metric, measured in scores:
            yield row(model, metric, measured.value, measured.low, measured.high)
    for latency in results.latencies:
        model = f"{latency.operation}_{latency.mode}"
        yield row(model, "latency_cold_s", latency.cold_s, None, None)
        for warm in latency.warm_s:
            yield row(model, "latency_warm_s", warm, None, None)


def _scored(results: CircuitResults) -> Iterator[tuple[str, Scores]]:
    yield "hybrid", results.hybrid
    yield "neural", results.neural
    yield f"difference_{results.best_classical}", results.difference
    yield from results.baselines.items()
    for mode, scores in results.modes.items():
        yield f"hybrid_{mode}", scores
