"""Record metrics and billing."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import Records
from tasks.stages.own_words import own_words
from tasks.stages.workspace import perform


@task(name="record", persist_result=False, cache_policy=NO_CACHE)
@own_words("record")
def record(run: str, manifest: str) -> Records:
    """Return the run's charges."""
    from tasks.stages import recording

    return perform(run, manifest, "record", Records, recording.record)
