"""References that tasks pass on: digests, counts and labels; never rows, tensors or secrets.

Each names its parent's digest, so that a receipt can be followed back to the raw table. All
paths are relative to the run's folder.
"""

from typing import Annotated, Literal

from pydantic import Field

from policy_checks.schemas.base import ColumnName, Digest, Document

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
DegradedReason = Literal["budget", "simulator", "referee"]
CircuitMode = Literal["exact", "shots", "noise"]


class ColumnOutcome(Document):
    """What happened to one declared column: counts only, never a value."""

    column: ColumnName
    kind: str
    action: str
    n_cells: Count
    n_changed: Count
    n_missing: Count
    n_distinct_after: Count | None


class ExpectationOutcome(Document):
    """One Great Expectations result projected on a closed schema."""

    expectation: str
    column: ColumnName | None
    success: bool
    n_cells: Count
    n_unexpected: Count


class SanitisedTable(Document):
    """A table that passed the privacy gate."""

    parent: Digest
    digest: Digest
    path: str
    n_rows: Count
    features: tuple[ColumnName, ...]
    columns: tuple[ColumnOutcome, ...]
    gate: tuple[ExpectationOutcome, ...]


class TrainedModel(Document):
    """Weights of the two-headed model and what is needed to use them again."""

    parent: Digest
    digest: Digest
    path: str
    classes: tuple[str, ...]
    n_features: Count
    n_parameters: Count
    n_train: Count
    n_validation: Count
    n_test: Count
    epochs: Count
    best_epoch: Count
    training_s: Seconds


class Measured(Document):
    """A value and its interval: never one without the other."""

    value: float
    low: float
    high: float


class Scores(Document):
    """The four metrics of one model on the test rows; ece has 10 equal-mass bins."""

    accuracy: Measured
    auc: Measured
    log_loss: Measured
    ece: Measured


class Latency(Document):
    """Seconds of one kind of operation on one batch of at most 256 rows."""

    operation: Literal["neural", "quantum", "hybrid"]
    mode: CircuitMode
    budget_s: Seconds
    cold_s: Seconds
    warm_s: tuple[Seconds, ...]


class CircuitResults(Document):
    """What the test rows showed: scores with intervals, latencies, and why it was degraded."""

    parent: Digest
    digest: Digest
    path: str
    template: Digest
    degraded: DegradedReason | None
    referee_max_error: Annotated[float, Field(ge=0)] | None
    hybrid: Scores
    neural: Scores
    modes: dict[CircuitMode, Scores]
    baselines: dict[str, Scores]
    baseline_parameters: dict[str, Count]
    best_classical: str
    difference: Scores
    latencies: tuple[Latency, ...]
    quantum_s: Seconds
    neural_s: Seconds
    n_circuits: Count
    notes: tuple[str, ...]
