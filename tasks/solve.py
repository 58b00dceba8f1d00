"""Solve a job without a table: optimise, simulate, or search a ground state."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.solution import Solution
from tasks.stages.own_words import own_words
from tasks.stages.workspace import Workspace, perform


@task(name="solve", persist_result=False, cache_policy=NO_CACHE)
@own_words("solve")
def solve(run: str, manifest: str) -> Solution:
    """Return the answer, beside what classical methods say, and the reason if it was degraded."""

    def work(workspace: Workspace) -> Solution:
        # Slow to import, and a run that comes back has done this stage already.
        from tasks.stages import solving

        return solving.solve(workspace)

    return perform(run, manifest, "solve", Solution, work)
