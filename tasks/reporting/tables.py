"""Facts and scores of a run in words: what the page and the Markdown both show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from statistics import median
from typing import Literal, NamedTuple

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import CircuitResults, Latency, Records, SanitisedTable, TrainedModel
from policy_checks.schemas.decision import Decision
from tasks.reporting.models import answered_by, compared, named
from tasks.reporting.summary import RunSummary, measured

Kind = Literal["text", "number", "measured", "code"]
MODES = {
    "dry_run": "dry run: circuits are simulated on this machine",
    "production": "production: results count, under an approval",
}
EFFECTS = {"allow": "allowed", "review": "needs approval", "deny": "denied"}
BUDGET_CLAUSES = {"neural": "P6.1", "quantum": "P6.2", "hybrid": "P6.3"}


@dataclass(frozen=True)
class Table:
    """Rows of words.

    Attributes:
        columns: title -> what its cells hold; the first column names the row.
    """

    caption: str
    columns: Mapping[str, Kind]
    rows: tuple[tuple[str, ...], ...]


class Fact(NamedTuple):
    """One labelled value."""

    label: str
    value: str
    kind: Kind = "text"


class Evaluated(NamedTuple):
    """The parts that every run with results has."""

    table: SanitisedTable
    model: TrainedModel
    results: CircuitResults
    records: Records


def evaluated(summary: RunSummary) -> Evaluated:
    """Return the parts of a run that got as far as its records.

    Raises:
        StageError: it was refused or stopped earlier, so there is nothing to report.
    """
    if not (summary.table and summary.model and summary.results and summary.records):
        raise _nothing()
    return Evaluated(summary.table, summary.model, summary.results, summary.records)


def recorded(summary: RunSummary) -> Records:
    """Return a run's records.

    Raises:
        StageError: it left none, so there is nothing to report.
    """
    if summary.records is None:
        raise _nothing()
    return summary.records


def facts(summary: RunSummary, classes: str) -> tuple[Fact, ...]:
    """Return what a reader wants to know before the numbers."""
    table, model, results, _ = evaluated(summary)
    n_findings, effect = len(summary.decision.findings), EFFECTS[summary.decision.effect]
    if summary.results is not None and summary.decision.effect == "review":
        effect = "approved"
    referee = results.referee_max_error
    agreed = "not asked" if referee is None else f"differs by at most {referee:.1e}"
    return (
        Fact("Decision", f"{effect}, {n_findings} finding{'s' * (n_findings != 1)}"),
        Fact("Mode", MODES[summary.mode]),
        Fact("Answered by", f"{named(answered_by(results))} model"),
        Fact("Table", f"{table.n_rows:,} rows, {len(table.features)} features"),
        Fact(
            "Split",
            f"{model.n_train:,} training, {model.n_validation:,} validation, {model.n_test:,} test rows",
        ),
        Fact("Classes", classes),
        Fact(
            "Model", f"{model.n_parameters:,} parameters, best in epoch {model.best_epoch} of {model.epochs}"
        ),
        Fact("Circuits", f"{results.n_circuits:,} bound and run"),
        *_device(results),
        Fact("Referee", f"Aer beside the trained layer: {agreed}"),
        Fact("Stages", ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.stages.items())),
        Fact("Run", summary.run_id, "code"),
        Fact("Template circuit", results.template, "code"),
    )


def _nothing() -> StageError:
    return StageError(
        "nothing-to-report",
        "The run left no results and records; only evaluated runs are reported.",
        "Read its decision with `atomq report`.",
    )


def _device(results: CircuitResults) -> tuple[Fact, ...]:
    use = results.device
    if use is None:
        return ()
    told = f"{use.target}: {use.outcome} after {use.waited_s:.0f} s; {use.n_circuits} circuits of {use.shots:,} shots"
    return (Fact("Device", told),)


def judged_at(decision: Decision) -> str:
    """Return when policy decided."""
    return f"{decision.decided_at.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC"


def scores(results: CircuitResults) -> Table:
    """Return every model's metrics, and the answer's difference to the best classical model."""
    rows = [(rated.label, *(measured(value) for _, value in rated.scores)) for rated in compared(results)]
    against = f"{named(answered_by(results))} minus {named(results.best_classical)}"
    rows.append((against, *(measured(value, sign=True) for _, value in results.difference)))
    return Table(
        f"{results.n_test:,} test rows; 95 % intervals. Higher is better for accuracy and AUC, lower for log "
        "loss and expected calibration error (ECE).",
        {
            "Model": "text",
            "Accuracy": "measured",
            "AUC": "measured",
            "Log loss": "measured",
            "ECE": "measured",
        },
        tuple(rows),
    )


def sizes(results: CircuitResults) -> str:
    """Return how many parameters each classical model fitted."""
    found = [f"{named(name)} {n}" for name, n in results.baseline_parameters.items() if n]
    return f"Fitted parameters of the classical models: {', '.join(found)}; trees have none to count."


def latencies(results: CircuitResults) -> Table:
    """Return each operation's seconds on one batch beside its budget (clause P6)."""
    return Table(
        "Time for one batch of at most 256 rows. Cold is the first batch, warm are later ones and repeats.",
        {
            "Operation": "text",
            "Clause": "text",
            "Cold": "number",
            "Warm median": "number",
            "Slowest": "number",
            "Batches": "number",
            "Budget": "number",
            "Within budget": "text",
        },
        tuple(_timed(latency) for latency in results.latencies),
    )


def operation_of(latency: Latency) -> str:
    """Return the name of an operation; a neural one runs no circuits, so it has no mode."""
    is_neural = latency.operation == "neural"
    return latency.operation if is_neural else f"{latency.operation}, {latency.mode}"


def duration(seconds: float) -> str:
    """Return seconds in three digits.

    >>> duration(0.00042), duration(2.0)
    ('0.42 ms', '2 s')
    """
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


def _timed(latency: Latency) -> tuple[str, ...]:
    every = (latency.cold_s, *latency.warm_s)
    n_over = sum(seconds >= latency.budget_s for seconds in every)
    return (
        operation_of(latency),
        BUDGET_CLAUSES[latency.operation],
        duration(latency.cold_s),
        duration(median(latency.warm_s)) if latency.warm_s else "none",
        duration(max(every)),
        f"{len(every)}",
        duration(latency.budget_s),
        f"no: {n_over} of {len(every)} over" if n_over else "yes",
    )
