"""Show what a run is going to do before it does it."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import Report
from tasks.stages.workspace import Workspace, perform

ARTIFACT, TOLD = "plan", "What this run will do, and what it is predicted to need."


@task(name="plan", persist_result=False, cache_policy=NO_CACHE)
def plan(run: str, manifest: str) -> Report:
    """Return the digest of the plan, after showing it in Prefect once."""
    from tasks.stages import packets

    def work(workspace: Workspace) -> Report:
        return packets.plan(
            workspace, lambda text: create_markdown_artifact(text, key=ARTIFACT, description=TOLD)
        )

    return perform(run, manifest, "plan", Report, work)
