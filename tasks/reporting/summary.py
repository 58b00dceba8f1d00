"""What a person or a program wants to know of one run."""

from pathlib import Path
from typing import Any

from policy_checks.schemas.artifacts import (
    CircuitResults,
    Measured,
    Records,
    SanitisedTable,
    Scores,
    TrainedModel,
)
from policy_checks.schemas.base import Document
from policy_checks.schemas.decision import Decision, Finding
from policy_checks.schemas.solution import Solution

RECEIPT = "receipt.json"
REPORT = "report.html"


class RunSummary(Document):
    """A run's results; everything after `decision` is None where the run was refused."""

    run_id: str
    mode: str
    decision: Decision
    refused: tuple[Finding, ...]
    stages: dict[str, float]
    table: SanitisedTable | None
    model: TrainedModel | None
    results: CircuitResults | None
    solution: Solution | None = None
    records: Records | None
    folder: str

    def path(self, name: str) -> str | None:
        """Return where a file of the run lies, or None."""
        found = Path(self.folder) / name
        return str(found) if found.is_file() else None

    def as_json(self) -> dict[str, Any]:
        """Return the object that `run --json` prints."""
        if self.solution is not None:
            return self._solved(self.solution)
        results, refused = self.results, [f.model_dump(mode="json") for f in self.refused]
        effect = "deny" if self.refused else self.decision.effect
        findings = refused + [f.model_dump(mode="json") for f in self.decision.findings]
        return {
            "run_id": self.run_id,
            "decision": {"effect": effect, "findings": findings},
            "mode": self.mode,
            "degraded": results.degraded if results else None,
            "stages": self.stages,
            "neural": _scores(results.neural) if results else {},
            "hybrid": _scores(results.hybrid) if results else {},
            "circuit_modes": {m: _scores(s) for m, s in results.modes.items()} if results else {},
            "baselines": {n: _scores(s) for n, s in results.baselines.items()} if results else {},
            "best_classical": results.best_classical if results else None,
            "difference": _scores(results.difference) if results else {},
            "billing": self._billing(),
            "receipt": self.path(RECEIPT),
            "report": self.path(REPORT),
            "model": self.path("model.safetensors"),
            "predictions": self.path("predictions.parquet"),
            "notes": list(results.notes) if results else [],
        }

    def _solved(self, solution: Solution) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "decision": {
                "effect": self.decision.effect,
                "findings": [f.model_dump(mode="json") for f in self.decision.findings],
            },
            "mode": self.mode,
            "degraded": solution.degraded,
            "stages": self.stages,
            "solution": solution.model_dump(mode="json", exclude={"degraded", "notes"}),
            "billing": self._billing(),
            "receipt": self.path(RECEIPT),
            "report": self.path(REPORT),
            "notes": list(solution.notes),
        }

    def _billing(self) -> list[dict[str, str]]:
        return [
            {
                "service": charge.service,
                "quantity": str(charge.quantity),
                "unit": charge.unit,
                "cost": f"{charge.cost_eur:f}",
            }
            for charge in (self.records.charges if self.records else ())
        ]


def what_quantum_brought(results: CircuitResults) -> str:
    """Return the first line of every account of a run: the difference, with its interval.

    It never claims superiority: a simulator run can only show a measured difference.
    """
    if results.degraded:
        return (
            f"DEGRADED ({results.degraded}): the quantum part did not count; the neural head answered alone."
        )
    auc = results.difference.auc
    reading = "no difference that this test set can show"
    if auc.low > 0 or auc.high < 0:
        reading = "higher on this test set" if auc.low > 0 else "lower on this test set"
    return (
        f"Hybrid minus best classical ({results.best_classical}): AUC {measured(auc, sign=True)}: {reading}."
    )


def measured(value: Measured, *, sign: bool = False) -> str:
    """Return a value with its interval, for example `0.993 (0.981-1.000)` or `-0.003 (-0.008 to +0.000)`."""
    if sign:
        return f"{value.value:+.3f} ({value.low:+.3f} to {value.high:+.3f})"
    return f"{value.value:.3f} ({value.low:.3f}-{value.high:.3f})"


def _scores(scores: Scores) -> dict[str, dict[str, float]]:
    return {metric: measured.model_dump() for metric, measured in scores}
