"""Close a run: sign its receipt and let its folder appear."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.receipt import Receipt


@task(name="complete", persist_result=False, cache_policy=NO_CACHE)
def complete(run: str, manifest: str) -> Receipt:
    """Return the signed receipt's content."""
    from tasks.stages import lifecycle

    return lifecycle.complete(run, manifest)
