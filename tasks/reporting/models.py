"""Which models a run compared, in the order and with the names that people read."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from policy_checks.schemas.artifacts import CircuitResults, Scores

N = TypeVar("N", bound=str)
NAMES = {"neural": "neural-only", "mlp": "MLP"}
MODELS = ("mlp", "logistic_regression", "gradient_boosting")
MODES = ("exact", "shots", "noise", "remote")


class Rated(NamedTuple):
    """One line of a comparison: what it is called, which model it is, how it scored."""

    label: str
    model: str
    scores: Scores


def named(model: str) -> str:
    """Return a model's name as people write it.

    >>> named("logistic_regression"), named("neural")
    ('logistic regression', 'neural-only')
    """
    return NAMES.get(model, model.replace("_", " "))


def answered_by(results: CircuitResults) -> str:
    """Return the key of the model whose answer counts."""
    return "neural" if results.degraded else "hybrid"


def answer_mode(results: CircuitResults) -> str:
    """Return how the circuits behind the hybrid answer were run: on a device where one answered, else exactly."""
    return "remote" if "remote" in results.modes else "exact"


def scored(results: CircuitResults) -> dict[str, Scores]:
    """Return the models' scores, the answering one first; a degraded run has no hybrid one."""
    hybrid = {} if results.degraded else {"hybrid": results.hybrid}
    classical = {name: results.baselines[name] for name in _ordered(results.baselines, MODELS)}
    return {**hybrid, "neural": results.neural, **classical}


def compared(results: CircuitResults) -> tuple[Rated, ...]:
    """Return the models, and the hybrid one again for each other way of running its circuits."""
    rated = [Rated(named(model), model, scores) for model, scores in scored(results).items()]
    modes = () if results.degraded else _ordered(results.modes, MODES)
    circuits = [
        Rated(f"hybrid, {mode}", "hybrid", results.modes[mode])
        for mode in modes
        if mode != answer_mode(results)
    ]
    return (*rated[:1], *circuits, *rated[1:])


def _ordered(names: Iterable[N], first: Sequence[str]) -> list[N]:
    """Return the names, known ones first: what was read from JSON comes sorted by letter."""
    return sorted(names, key=lambda name: (first.index(name) if name in first else len(first), name))
