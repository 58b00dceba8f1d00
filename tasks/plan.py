"""Show what a run is going to do before it does it."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import Report
from tasks import artifact
from tasks.stages.own_words import own_words
from tasks.stages.workspace import Workspace, perform

ARTIFACT, TOLD = "plan", "What this run will do, and what it is predicted to need."


@task(name="plan", persist_result=False, cache_policy=NO_CACHE)
@own_words("plan")
def plan(run: str, manifest: str) -> Report:
    """Return the digest of the plan, after showing it in Prefect once."""
    from tasks.stages import packets

    def work(workspace: Workspace) -> Report:
        return packets.plan(workspace, lambda text: artifact.show(ARTIFACT, text, TOLD))

    return perform(run, manifest, "plan", Report, work)
