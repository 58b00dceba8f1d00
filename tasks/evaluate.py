"""Evaluate the trained circuit on Aer and compare it with classical models."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import CircuitResults
from tasks.stages.workspace import perform


@task(name="evaluate", persist_result=False, cache_policy=NO_CACHE)
def evaluate(run: str, manifest: str) -> CircuitResults:
    """Return scores, latencies, and the reason if it was degraded."""
    from tasks.stages import evaluation

    return perform(run, manifest, "evaluate", CircuitResults, evaluation.evaluate)
