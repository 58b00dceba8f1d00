"""Whole runs as the reporting tests want them: complete, plausible and easy to change in one place."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from policy_checks.schemas.artifacts import (
    ColumnOutcome,
    ExpectationOutcome,
    Records,
    SanitisedTable,
    TrainedModel,
)
from policy_checks.schemas.decision import Decision, Estimate, Finding, note
from policy_checks.schemas.records import Charge
from tasks.reporting.summary import RunSummary
from tests.tasks.reporting.results_builders import a_digest, circuit_results

RUN = "0193a7c2-5b1e-7f00-8a11-2233445566aa"
MOMENT = datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC)


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
