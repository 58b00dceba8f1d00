"""Verify everything that was recorded."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.integrity.verification import Verification
from tasks.stages.own_words import own_words


@task(name="verify-audit", persist_result=False, cache_policy=NO_CACHE)
@own_words("verify-audit")
def verify_audit() -> Verification:
    """Return what the verification of the state folder found."""
    from tasks.adapters import settings
    from tasks.stages import history

    return history.verify(settings.load().home)
