"""Rotate the execution keys that are due."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.stages.own_words import own_words


@task(name="rotate", persist_result=False, cache_policy=NO_CACHE)
@own_words("rotate")
def rotate() -> int | None:
    """Return the new key ring's version, or None if no key was due."""
    from tasks.stages import rotation

    return rotation.rotate_due()
