"""Close a run: sign its receipt, let its folder appear, and show the log's checkpoint where Prefect keeps it."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.receipt import Receipt
from tasks import artifact
from tasks.stages.own_words import own_words

ARTIFACT = "audit-checkpoint"


@task(name="complete", persist_result=False, cache_policy=NO_CACHE)
@own_words("complete")
def complete(run: str, manifest: str) -> Receipt:
    """Return the signed receipt's content."""
    from tasks.stages import lifecycle, witnessing

    receipt = lifecycle.complete(run, manifest)
    note = witnessing.newest_note()
    artifact.show(ARTIFACT, f"```text\n{note}```\n")
    return receipt
