"""Evaluate the trained circuit on Aer and compare it with classical models."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import CircuitResults
from tasks.stages.own_words import own_words
from tasks.stages.workspace import Workspace, perform


@task(name="evaluate", persist_result=False, cache_policy=NO_CACHE)
@own_words("evaluate")
def evaluate(run: str, manifest: str) -> CircuitResults:
    """Return scores, latencies, and the reason if it was degraded."""

    def work(workspace: Workspace) -> CircuitResults:
        # Slow to import, and a run that comes back has done this stage already.
        from tasks.stages import evaluation

        return evaluation.evaluate(workspace)

    return perform(run, manifest, "evaluate", CircuitResults, work)
