"""Tell what happened: a page in the run's folder, and Markdown artifacts in Prefect."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import Report
from tasks import artifact
from tasks.stages.own_words import own_words
from tasks.stages.workspace import Workspace, perform


@task(name="report", persist_result=False, cache_policy=NO_CACHE)
@own_words("report")
def report(run: str, manifest: str) -> Report:
    """Return the digest of the run's page, after showing the same in Prefect."""
    from tasks.stages import reporting

    def work(workspace: Workspace) -> Report:
        return reporting.report(workspace, artifact.show)

    return perform(run, manifest, "report", Report, work)
