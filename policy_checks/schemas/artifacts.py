"""References that tasks pass on: digests, counts and labels; never rows, tensors or secrets.

Each names its parent's digest, so that a receipt can be followed back to the raw table. All
paths are relative to the run's folder.
"""

from typing import Annotated, Literal

from pydantic import Field

from policy_checks.schemas.base import ColumnName, Digest, Document
from policy_checks.schemas.decision import Finding
from policy_checks.schemas.records import Charge, DegradedReason

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
CircuitMode = Literal["exact", "shots", "noise", "remote"]


class ColumnOutcome(Document):
    """What happened to one declared column: counts only, never a value.

    Attributes:
        n_distinct_after: exact; None where nothing is left, or where there are more than are counted (10,000,
            fewer in tables of very many columns).
        key: tells the key of a pseudonymised column from others.
    """

    column: ColumnName
    kind: str
    action: str
    n_cells: Count
    n_changed: Count
    n_missing: Count
    n_distinct_after: Count | None
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")] | None = None


class ExpectationOutcome(Document):
    """One Great Expectations result projected on a closed schema."""

    expectation: str
    column: ColumnName | None
    success: bool
    n_cells: Count
    n_unexpected: Count


class AnonymityOutcome(Document):
    """How far the rows hide among others that look the same to somebody who knows the quasi-identifiers.

    A combination is what one row holds in these columns; an empty cell is a value of its own.

    Attributes:
        k: rows asked of each combination.
        smallest_before: rows of the smallest combination, before any row was left out.
        smallest_after: the same of what is left; 0 where nothing is.
        n_rows_below: rows of combinations with fewer than `k` rows or `l` sensitive values.
        n_suppressed: rows that were left out; none where the table is to be refused instead.
        n_classes_lost: values of the target that were left out with all their rows.
        l: different sensitive values asked of each combination.
        least_diverse_before: of the combination that has the fewest.
        risk_max: greatest probability with which a row that is left is told for a known person's.
        risk_mean: the same, on average over the rows.

    Source: El Emam, Guide to the De-Identification of Personal Health Information (2013), prosecutor risk:
    one over the combination's rows; its mean is combinations over rows.
    """

    quasi_identifiers: tuple[ColumnName, ...]
    k: Count
    n_combinations: Count
    smallest_before: Count
    smallest_after: Count
    n_rows_below: Count
    n_suppressed: Count
    n_classes_lost: Count
    l: Count | None  # noqa: E741
    least_diverse_before: Count | None
    least_diverse_after: Count | None
    risk_max: Annotated[float, Field(ge=0, le=1)]
    risk_mean: Annotated[float, Field(ge=0, le=1)]


class SanitisedTable(Document):
    """A table after the privacy gate: with `findings` it was refused and left no file.

    Attributes:
        n_rows: rows that are left.
        anonymity: None where no quasi-identifiers are declared, so nothing is known of it.
    """

    parent: Digest
    digest: Digest | None
    path: str
    n_rows: Count
    features: tuple[ColumnName, ...]
    columns: tuple[ColumnOutcome, ...]
    gate: tuple[ExpectationOutcome, ...]
    findings: tuple[Finding, ...] = ()
    anonymity: AnonymityOutcome | None = None


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


class Curves(Document):
    """Points for pictures: aggregates over the test rows, never a row.

    `roc` holds (false positive rate, true positive rate) pairs on a fixed grid, `confusion` counts with
    true classes as rows, `reliability` (mean confidence, accuracy, rows) for each bin.
    """

    roc: tuple[tuple[float, float], ...]
    confusion: tuple[tuple[Count, ...], ...]
    reliability: tuple[tuple[float, float, Count], ...]


class DeviceUse(Document):
    """What became of the one job that a remote device was asked for.

    Attributes:
        outcome: "answered", or the code of what kept it from answering.
        job: the provider's own name of the job; None where nothing was sent.
        used_s: seconds that the provider reports as used; what is billed.
        waited_s: seconds from asking to the end, the provider's queue included.
        expectations: digest of what the device answered, row by row; the rows themselves are kept nowhere.
    """

    target: str
    outcome: str
    job: str | None
    n_circuits: Count
    shots: Count
    used_s: Seconds
    waited_s: Seconds
    expectations: Digest | None


class CircuitResults(Document):
    """What the test rows showed: scores with intervals, latencies, and why it was degraded.

    Attributes:
        device: what a remote device was used for; where it answered, its answer is the hybrid one.
    """

    parent: Digest
    predictions: Digest
    template: Digest
    n_test: Count
    degraded: DegradedReason | None
    referee_max_error: Annotated[float, Field(ge=0)] | None
    hybrid: Scores
    neural: Scores
    modes: dict[CircuitMode, Scores]
    baselines: dict[str, Scores]
    baseline_parameters: dict[str, Count]
    best_classical: str
    difference: Scores
    curves: dict[str, Curves]
    latencies: tuple[Latency, ...]
    quantum_s: Seconds
    neural_s: Seconds
    n_circuits: Count
    device: DeviceUse | None = None
    notes: tuple[str, ...]


class Records(Document):
    """What the run is charged, and the digests of its telemetry tables."""

    charges: tuple[Charge, ...]
    metrics: Digest
    billing: Digest


class Report(Document):
    """The page a person reads."""

    path: str
    digest: Digest


class Submitted(Document):
    """What became of a request: a stored manifest, or findings that refuse it."""

    manifest: Digest | None
    findings: tuple[Finding, ...] = ()


class Asking(Document):
    """How an approval stands.

    Attributes:
        outcome: "open" while a question waits; a standing approval counts as "approved".
        attempt: number of the question that waits.
        again: the question was asked before, and nothing has answered it yet.
        packet: what reviewers are shown, as Markdown.
        wait_s: seconds until the question's deadline.
        findings: what earlier answers lacked.
    """

    outcome: Literal["approved", "rejected", "expired", "open"]
    attempt: Annotated[int, Field(ge=0)] = 0
    again: bool = False
    packet: str = ""
    wait_s: Annotated[int, Field(ge=0)] = 0
    findings: tuple[Finding, ...] = ()
