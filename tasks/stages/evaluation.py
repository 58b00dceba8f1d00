"""Evaluate: circuits, classical baselines, and one labelled answer with its scores."""

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from policy_checks.schemas.artifacts import (
    CircuitResults,
    Curves,
    Scores,
    TrainedModel,
)
from policy_checks.schemas.records import ROWS_MIN, DegradedReason
from tasks.learning import baselines, scores
from tasks.learning.dataset import Part, Split
from tasks.quantum import remote
from tasks.quantum.remote import BackendOf
from tasks.stages import circuits, progress
from tasks.stages.operations import Operations, Values
from tasks.stages.simulator import WORKER
from tasks.stages.trained_circuit import trained_circuit
from tasks.stages.training import read_model, split_of
from tasks.stages.workspace import Workspace

PREDICTIONS = "predictions.parquet"
ONE_SPLIT = (
    "Intervals are 95 % bootstrap over the test rows of one split: "
    "they leave out how much another training run would differ."
)


def evaluate(workspace: Workspace, backend_of: BackendOf = remote.from_account) -> CircuitResults:
    """Return scores of the hybrid answer and of everything that it is compared with.

    The answer is the exact evaluation's, or the device's where the manifest names one; where circuits
    are lost, late or contradicted by the referee, it is the neural head's, labelled.
    """
    manifest, trained = workspace.manifest, workspace.result("train", TrainedModel)
    parts, model = split_of(workspace), read_model(workspace)
    circuit, budgets = trained_circuit(workspace, model), workspace.governing.policy.budgets
    operations = Operations(model, WORKER, circuit, manifest.execution, budgets)
    neural = operations.neural(parts.test.x)
    quantum = circuits.run(workspace, operations, parts.test, backend_of)
    answer = neural if quantum.degraded else quantum.answer
    progress.advance(0, 1, "classical baselines")
    rivals = baselines.fit_baselines(
        parts, baselines.hybrid_parameters(model), manifest.fitting, manifest.execution.seed
    )
    probabilities = {name: rival.probabilities for name, rival in rivals.items()}
    judged = _Judged(parts.test, manifest.execution.seed)
    rated = {name: judged.scores(found) for name, found in probabilities.items()}
    best = max(rated, key=lambda name: rated[name].auc.value)
    return CircuitResults(
        parent=trained.digest,
        predictions=workspace.folder.write(PREDICTIONS, _predictions(parts, answer, quantum.degraded)),
        template=circuit.template,
        n_test=len(parts.test.y),
        degraded=quantum.degraded,
        referee_max_error=quantum.referee_max_error,
        hybrid=judged.scores(answer),
        neural=judged.scores(neural),
        modes={mode: judged.scores(found) for mode, found in quantum.probabilities.items()},
        baselines=rated,
        baseline_parameters={name: rival.n_parameters for name, rival in rivals.items()},
        best_classical=best,
        difference=judged.difference(answer, probabilities[best]),
        curves={
            name: judged.curves(found)
            for name, found in {"hybrid": answer, "neural": neural, **probabilities}.items()
            if len(parts.test.y) >= ROWS_MIN
        },
        latencies=operations.clock.latencies(operations.budgets),
        quantum_s=operations.clock.quantum_s,
        neural_s=operations.clock.neural_s,
        n_circuits=operations.n_circuits,
        device=quantum.device,
        notes=(ONE_SPLIT, *_told_of_few(len(parts.test.y)), *quantum.notes, *parts.notes),
    )


@dataclass(frozen=True)
class _Judged:
    """Scores on one test part, each with the same resamples."""

    test: Part
    seed: int

    def scores(self, probabilities: Values) -> Scores:
        return scores.score(probabilities, self.test.y, self.test.groups, seed=self.seed)

    def difference(self, ours: Values, theirs: Values) -> Scores:
        return scores.difference(ours, theirs, self.test.y, self.test.groups, seed=self.seed)

    def curves(self, probabilities: Values) -> Curves:
        fpr, tpr = scores.roc(probabilities, self.test.y)
        grid = np.linspace(0.0, 1.0, 101)
        confidence, accuracy, counts = scores.reliability(probabilities, self.test.y)
        return Curves(
            roc=tuple(zip(grid.tolist(), np.interp(grid, fpr, tpr).tolist(), strict=True)),
            confusion=tuple(map(tuple, scores.confusion(probabilities, self.test.y).tolist())),
            reliability=tuple(zip(confidence.tolist(), accuracy.tolist(), counts.tolist(), strict=True)),
        )


def _told_of_few(n_test: int) -> tuple[str, ...]:
    if n_test >= ROWS_MIN:
        return ()
    return (
        f"Fewer than {ROWS_MIN} test rows: counts and curves are left out, and the metrics table has no scores.",
    )


def _predictions(parts: Split, answer: Values, degraded: DegradedReason | None) -> bytes:
    """Return the test rows' predictions as Parquet: row number, class, probability of each class."""
    chosen: NDArray[np.int64] = answer.argmax(axis=1)
    columns = {
        "row": parts.test.rows,
        "predicted": [parts.classes[index] for index in chosen],
        "answered_by": ["neural" if degraded else "hybrid"] * len(chosen),
        "degraded": pa.array([degraded] * len(chosen), pa.string()),
        **{f"p_{label}": answer[:, index] for index, label in enumerate(parts.classes)},
    }
    sink = io.BytesIO()
    table = pa.table(columns)
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
