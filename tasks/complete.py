"""Close a run: sign its receipt, let its folder appear, and show the log's checkpoint where Prefect keeps it."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.receipt import Receipt

ARTIFACT = "audit-checkpoint"


@task(name="complete", persist_result=False, cache_policy=NO_CACHE)
def complete(run: str, manifest: str) -> Receipt:
    """Return the signed receipt's content."""
    from tasks.stages import lifecycle, witnessing

    receipt = lifecycle.complete(run, manifest)
    note = witnessing.newest_note()
    create_markdown_artifact(f"```text\n{note}```\n", key=ARTIFACT)
    return receipt
