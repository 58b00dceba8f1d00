"""Admit a run: verify its manifest and judge it."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.decision import Decision
from tasks.stages.own_words import own_words
from tasks.stages.workspace import perform


@task(name="admit", persist_result=False, cache_policy=NO_CACHE)
@own_words("admit")
def admit(run: str, manifest: str) -> Decision:
    """Return the decision on the stored manifest of that digest."""
    from tasks.stages import admission

    return perform(run, manifest, "admit", Decision, admission.admit)
