"""Runs as the reporting tests want them: complete, plausible and easy to change in one place."""

from datetime import UTC, datetime
from decimal import Decimal
from statistics import NormalDist
from typing import Any

from policy_checks.schemas.artifacts import (
    CircuitResults,
    ColumnOutcome,
    Curves,
    ExpectationOutcome,
    Latency,
    Measured,
    Records,
    SanitisedTable,
    Scores,
    TrainedModel,
)
from policy_checks.schemas.decision import Decision, Estimate, Finding, note
from policy_checks.schemas.records import Charge
from tasks.reporting.summary import RunSummary

RUN = "0193a7c2-5b1e-7f00-8a11-2233445566aa"
MOMENT = datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)
D_PRIMES = {
    "hybrid": 3.4,
    "neural": 3.3,
    "mlp": 3.1,
    "logistic_regression": 3.5,
    "gradient_boosting": 2.9,
}


def a_digest(seed: str = "a") -> str:
    """Return a well-formed digest that a reader can tell from others."""
    return "sha256:" + (seed.encode().hex() * 64)[:64]


def a_measured(value: float, half: float = 0.01) -> Measured:
    """Return a value in [0, 1] with its interval."""
    return Measured(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


def some_scores(auc: float = 0.99, accuracy: float = 0.96, half: float = 0.01) -> Scores:
    """Return the four metrics of a good model."""
    return Scores(
        accuracy=a_measured(accuracy, 2 * half),
        auc=a_measured(auc, half),
        log_loss=a_measured(0.11, 0.05),
        ece=a_measured(0.03, 0.01),
    )


def some_curves(d_prime: float = 3.0, n_rows: tuple[int, ...] = (72, 42), n_wrong: int = 2) -> Curves:
    """Return curves of two normal score distributions `d_prime` apart, `n_wrong` mistakes a class."""
    normal, n_classes = NormalDist(), len(n_rows)
    grid = [step / 100 for step in range(101)]
    tpr = [0.0, *(normal.cdf(normal.inv_cdf(x) + d_prime) for x in grid[1:-1]), 1.0]
    confusion = [
        [n - n_wrong if i == j else (n_wrong if j == (i + 1) % n_classes else 0) for j in range(n_classes)]
        for i, n in enumerate(n_rows)
    ]
    confidence = [0.48 + d_prime / 33, 0.83, 0.92, 0.96, 0.978, 0.987, 0.993, 0.996, 0.998, 0.999]
    right = [0.64, 0.82, 0.91, 1.0, 0.92, 1.0, 1.0, 1.0, 1.0, 1.0]
    share = max(1, sum(n_rows) // 10)
    return Curves(
        roc=tuple(zip(grid, tpr, strict=True)),
        confusion=tuple(map(tuple, confusion)),
        reliability=tuple((c, r, share) for c, r in zip(confidence, right, strict=True)),
    )


def a_latency(operation: str, mode: str, budget_s: float, cold_s: float) -> Latency:
    """Return one operation's seconds: the first batch and five faster ones."""
    warm = tuple(cold_s * share for share in (0.31, 0.3, 0.33, 0.29, 0.36))
    return Latency.model_validate(
        {"operation": operation, "mode": mode, "budget_s": budget_s, "cold_s": cold_s, "warm_s": warm}
    )


def circuit_results(**changes: Any) -> CircuitResults:
    """Return results of a run on 114 test rows of two classes."""
    curves = {model: some_curves(d_prime) for model, d_prime in D_PRIMES.items()}
    fields: dict[str, Any] = {
        "parent": a_digest("m"),
        "predictions": a_digest("p"),
        "template": a_digest("c"),
        "n_test": 114,
        "degraded": None,
        "referee_max_error": 4.2e-7,
        "hybrid": some_scores(0.992, 0.965),
        "neural": some_scores(0.991, 0.956),
        "modes": {
            "exact": some_scores(0.992, 0.965),
            "shots": some_scores(0.99, 0.956),
            "noise": some_scores(0.981, 0.947, 0.015),
        },
        "baselines": {
            "mlp": some_scores(0.987, 0.956, 0.012),
            "logistic_regression": some_scores(0.994, 0.974, 0.006),
            "gradient_boosting": some_scores(0.983, 0.947, 0.013),
        },
        "baseline_parameters": {"mlp": 551, "logistic_regression": 31, "gradient_boosting": 0},
        "best_classical": "logistic_regression",
        "difference": Scores(
            accuracy=Measured(value=-0.009, low=-0.035, high=0.018),
            auc=Measured(value=-0.002, low=-0.009, high=0.004),
            log_loss=Measured(value=0.021, low=-0.011, high=0.06),
            ece=Measured(value=0.004, low=-0.014, high=0.021),
        ),
        "curves": curves,
        "latencies": (
            a_latency("neural", "exact", 1.0, 0.0042),
            a_latency("quantum", "exact", 2.0, 0.11),
            a_latency("quantum", "shots", 2.0, 0.14),
            a_latency("quantum", "noise", 2.0, 0.83),
            a_latency("hybrid", "exact", 3.0, 0.113),
            a_latency("hybrid", "shots", 3.0, 0.143),
            a_latency("hybrid", "noise", 3.0, 0.834),
        ),
        "quantum_s": 1.374512,
        "neural_s": 0.021934,
        "n_circuits": 912,
        "notes": ("Intervals are 95 % bootstrap over the test rows of one split.",),
    }
    return CircuitResults(**{**fields, **changes})


def degraded_results(reason: str = "budget", **changes: Any) -> CircuitResults:
    """Return what is left when the circuits did not count: the neural head's answer, labelled."""
    neural, curves = some_scores(0.991, 0.956), circuit_results().curves
    fields: dict[str, Any] = {
        "degraded": reason,
        "hybrid": neural,
        "neural": neural,
        "modes": {},
        "curves": {**curves, "hybrid": curves["neural"]},
        "latencies": (a_latency("neural", "exact", 1.0, 0.0042),),
        "notes": ("Batch 0 did not end within 1.98 s.",),
    }
    return circuit_results(**{**fields, **changes})


def a_column(column: str, kind: str = "measure", action: str = "keep", **changes: Any) -> ColumnOutcome:
    """Return what happened to one column of 569 cells."""
    n_changed = 0 if action == "keep" else 569
    fields: dict[str, Any] = {"n_cells": 569, "n_changed": n_changed, "n_missing": 0, "n_distinct_after": 411}
    if action == "drop":
        fields["n_distinct_after"] = None
    return ColumnOutcome(column=column, kind=kind, action=action, **{**fields, **changes})


def a_sanitised_table(**changes: Any) -> SanitisedTable:
    """Return a table that passed its gate."""
    features = ("mean_radius", "mean_texture", "mean_perimeter", "worst_area")
    checked = {
        "expect_column_values_to_be_free_of_personal_data": (*features, "email", "birth_date", "diagnosis"),
        "expect_column_values_to_be_of_type": (*features, "email", "birth_date", "diagnosis"),
        "expect_column_values_to_not_be_null": (*features, "diagnosis"),
        "expect_table_columns_to_match_set": (None,),
        "expect_table_row_count_to_equal": (None,),
    }
    fields: dict[str, Any] = {
        "parent": a_digest("d"),
        "digest": a_digest("t"),
        "path": "sanitised.parquet",
        "n_rows": 569,
        "features": features,
        "columns": (
            a_column("birth_date", "birth_date", "generalise", n_missing=3, n_distinct_after=14),
            a_column("diagnosis", "target", n_distinct_after=2),
            a_column("email", "email", "pseudonymise", n_distinct_after=569),
            *(a_column(name) for name in features),
            a_column("patient_name", "name", "drop"),
            a_column("phone", "phone", "mask", n_distinct_after=100),
        ),
        "gate": tuple(
            ExpectationOutcome(expectation=name, column=column, success=True, n_cells=569, n_unexpected=0)
            for name, columns in checked.items()
            for column in columns
        ),
    }
    return SanitisedTable(**{**fields, **changes})


def a_trained_model(**changes: Any) -> TrainedModel:
    """Return a model of two classes."""
    fields: dict[str, Any] = {
        "parent": a_digest("t"),
        "digest": a_digest("m"),
        "path": "model.safetensors",
        "classes": ("benign", "malignant"),
        "n_features": 30,
        "n_parameters": 594,
        "n_train": 341,
        "n_validation": 114,
        "n_test": 114,
        "epochs": 34,
        "best_epoch": 24,
        "training_s": 1.284,
    }
    return TrainedModel(**{**fields, **changes})


def a_decision(findings: tuple[Finding, ...] | None = None, **changes: Any) -> Decision:
    """Return an allowed dry run with one note."""
    past_review = note("governing", "V.3", "the policy's review was due on 2024-04-15", "review the policy")
    fields: dict[str, Any] = {
        "manifest": a_digest("w"),
        "mode": "dry_run",
        "effect": "allow",
        "findings": (past_review,) if findings is None else findings,
        "estimate": Estimate(
            ccu=3891.2, batch_s=0.91, quantum_s=1.62, peak_bytes=6144, cost_eur=Decimal("0.002214")
        ),
        "policy": a_digest("x"),
        "tenants": a_digest("y"),
        "tariff": a_digest("z"),
        "decided_at": MOMENT,
    }
    return Decision(**{**fields, **changes})


def a_charge(service: str, quantity: str, unit_price_eur: str, cost_eur: str) -> Charge:
    """Return one priced usage."""
    return Charge.model_validate(
        {
            "service": service,
            "quantity": Decimal(quantity),
            "unit": "Seconds",
            "unit_price_eur": Decimal(unit_price_eur),
            "cost_eur": Decimal(cost_eur),
            "started_at": MOMENT,
            "ended_at": MOMENT,
        }
    )


def some_records(**changes: Any) -> Records:
    """Return charges of all three services."""
    fields: dict[str, Any] = {
        "charges": (
            a_charge("neural_training", "1.284000", "0.000450", "0.000578"),
            a_charge("neural_inference", "0.021934", "0.000450", "0.000010"),
            a_charge("quantum_simulation", "1.374512", "0.000900", "0.001237"),
        ),
        "metrics": a_digest("q"),
        "billing": a_digest("b"),
    }
    return Records(**{**fields, **changes})


def a_summary(**changes: Any) -> RunSummary:
    """Return the summary of a finished run that lies nowhere."""
    fields: dict[str, Any] = {
        "run_id": RUN,
        "mode": "dry_run",
        "decision": a_decision(),
        "refused": (),
        "stages": {"admit": 0.21, "sanitise": 1.4, "train": 2.2, "evaluate": 4.9, "record": 0.05},
        "table": a_sanitised_table(),
        "model": a_trained_model(),
        "results": circuit_results(),
        "records": some_records(),
        "folder": "/nowhere/of/interest",
    }
    return RunSummary(**{**fields, **changes})
