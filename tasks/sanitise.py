"""Sanitise the table, then hold it against the privacy gate."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import SanitisedTable
from tasks.stages.own_words import own_words
from tasks.stages.workspace import Workspace, perform


@task(name="sanitise", persist_result=False, cache_policy=NO_CACHE)
@own_words("sanitise")
def sanitise(run: str, manifest: str) -> SanitisedTable:
    """Return a reference to the table that passed the gate, or the findings that refuse it."""

    def work(workspace: Workspace) -> SanitisedTable:
        # Slow to import, and a run that comes back has done this stage already.
        from tasks.stages import sanitisation

        return sanitisation.sanitise(workspace)

    return perform(run, manifest, "sanitise", SanitisedTable, work)
