"""A template's run at its hour: the same governed body as every run, from what a submitter signed beforehand."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow, runtime
from prefect.client.schemas.objects import State

from flows.hybrid_run import governed, refused
from tasks.stages.own_words import own_words
from tasks.submit import submit_template


def _name() -> str:
    return f"nightly-{str(runtime.flow_run.id)[:8]}"


@flow(name="nightly", flow_run_name=_name, persist_result=False, validate_parameters=False)
def nightly(form: dict[str, Any] | None = None) -> State:
    """Run one instance of a registered template; the same template at the same moment runs once.

    Args:
        form: {"template": NAME}, as it came from Prefect; nothing in it is believed.
    """
    run = str(runtime.flow_run.id)
    with own_words("nightly"):
        submitted = submit_template(run, _template(form), _scheduled_at())
        if submitted.manifest is None:
            return refused("Denied", submitted.findings)
        return governed(run, submitted.manifest)


def _template(form: dict[str, Any] | None) -> str:
    return str((form or {}).get("template", ""))


def _scheduled_at() -> datetime:
    moment: datetime | None = runtime.flow_run.scheduled_start_time
    return moment or datetime.now(UTC)
