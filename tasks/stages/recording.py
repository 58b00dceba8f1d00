"""Record: metric rows and priced usage, each as one immutable Parquet file."""

from collections.abc import Iterator
from datetime import datetime

from policy_checks import pricing
from policy_checks.schemas.artifacts import CircuitResults, Records, Scores, TrainedModel
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Service
from policy_checks.schemas.records import ROWS_MIN, Charge, MetricRow, Usage
from policy_checks.schemas.solution import Solution
from tasks.adapters import record_store, settings
from tasks.stages.workspace import Workspace
from tasks.tabular.outgoing import require_clean

METRICS, BILLING = "metrics.parquet", "billing.parquet"


def record(workspace: Workspace) -> Records:
    """Return the charges after writing both tables into the run's folder."""
    answer, now = workspace.answer, settings.now()
    charges = _charges(workspace, _seconds(workspace, answer), now)
    rows = tuple(_rows(workspace, answer, now))
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
                degraded=answer.degraded,
            ),
        ),
    )


def _seconds(workspace: Workspace, answer: CircuitResults | Solution) -> dict[Service, float]:
    """Return what was used of each service; the classical part of a job without a model has no price."""
    if isinstance(answer, Solution):
        return {"quantum_simulation": answer.quantum_s}
    seconds: dict[Service, float] = {
        "neural_training": workspace.result("train", TrainedModel).training_s,
        "neural_inference": answer.neural_s,
        "quantum_simulation": answer.quantum_s,
    }
    if answer.device is not None and (answer.device.expectations or answer.device.used_s):
        seconds["quantum_hardware"] = answer.device.used_s
    return seconds


def _charges(workspace: Workspace, seconds: dict[Service, float], now: datetime) -> tuple[Charge, ...]:
    started = workspace.result("admit", Decision).decided_at
    usages = tuple(
        Usage(service=service, quantity=pricing.quantity(used), started_at=started, ended_at=now)
        for service, used in seconds.items()
    )
    return pricing.bill(workspace.governing.tariff, usages)


def _rows(workspace: Workspace, answer: CircuitResults | Solution, now: datetime) -> Iterator[MetricRow]:
    def row(model: str, metric: str, value: float, low: float | None, high: float | None) -> MetricRow:
        return MetricRow(
            run=workspace.run,
            tenant=workspace.tenant,
            manifest=workspace.digest,
            recorded_at=now,
            mode=workspace.manifest.mode,
            degraded=answer.degraded,
            model=model,
            metric=metric,
            value=value,
            low=low,
            high=high,
        )

    if isinstance(answer, Solution):
        for name, found in answer.quantities.items():
            yield row(answer.answered_by, name, found.value, found.low, found.high)
        for method, value in answer.references.items():
            yield row(method, answer.answer or "none", value, None, None)
        return
    for model, scores in _scored(answer) if answer.n_test >= ROWS_MIN else ():
        for metric, measured in scores:
            yield row(model, metric, measured.value, measured.low, measured.high)
    for latency in answer.latencies:
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
