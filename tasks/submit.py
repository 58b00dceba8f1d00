"""Turn what Prefect was asked for into a signed manifest of the tenant that this worker serves."""

from datetime import datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from policy_checks.schemas.artifacts import Submitted
from tasks.stages.own_words import own_words


@task(name="submit-form", persist_result=False, cache_policy=NO_CACHE)
@own_words("submit-form")
def submit_form(run: str, form: dict[str, Any]) -> Submitted:
    """Return the stored manifest that a form asks for, or why there is none."""
    from tasks.stages import desk

    return desk.from_form(run, form)


@task(name="submit-template", persist_result=False, cache_policy=NO_CACHE)
@own_words("submit-template")
def submit_template(run: str, name: str, scheduled_at: datetime) -> Submitted:
    """Return the stored instance of a template for its moment, or why there is none."""
    from tasks.stages import desk

    return desk.from_template(run, name, scheduled_at)
