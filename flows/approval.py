"""Who is asked, and how the answer travels: a suspended run where one is deployed, else a pause.

Prefect's Resume carries an answer and proves nothing: whoever reaches its API can resume with any input,
with none, or force the state. So whatever comes back is handed on as text, and counts only if it holds a
reviewer's signature.
"""

from contextvars import ContextVar
from typing import Literal

import httpx
from prefect import runtime
from prefect.exceptions import Pause, PrefectHTTPStatusError
from prefect.flow_runs import pause_flow_run, suspend_flow_run
from prefect.input import RunInput
from pydantic import Field, JsonValue

from policy_checks.schemas.artifacts import Asking
from tasks.approve import answer, ask, left_unanswered

WAITS: ContextVar[bool] = ContextVar("waits", default=False)
"""Whether an undeployed run pauses for an answer instead of ending."""

ONE_LINE: dict[str, JsonValue] = {"format": "password"}
"""Prefect's page widens any other text field to the length of its content: a token would be 60,000 pixels wide."""

TIMEOUT_AFTER_S = 7 * 86_400
POLL_S = 2
NOTHING = ("reject", "")


class Answer(RunInput):
    """What Prefect's Resume asks for."""

    decision: Literal["reject", "approve"] = Field(
        "reject", title="Decision", description="What the token was signed for: choose the same here."
    )
    token: str = Field(
        "",
        title="Token",
        description="A reviewer's signed answer; the packet says how to get one.",
        max_length=16_384,
        json_schema_extra=ONE_LINE,
    )


def can_ask() -> bool:
    """Return whether this run can wait for people: it is deployed, or somebody waits for it."""
    return bool(runtime.deployment.id) or WAITS.get()


def obtain(run: str, manifest: str) -> Asking:
    """Ask until the approval is given, rejected, or expired."""
    durable = bool(runtime.deployment.id)
    while True:
        asking = ask(run, manifest, durable)
        if asking.outcome != "open":
            return asking
        try:
            decision, token = _answer(asking, durable)
        except Pause:
            if asking.again:
                left_unanswered(run, manifest, asking.attempt)
            raise
        answer(run, manifest, asking.attempt, decision, token)


def _answer(asking: Asking, durable: bool) -> tuple[str, str]:
    """Return whatever came back; a suspended run leaves this process here and comes back in another."""
    form = Answer.with_initial_data(description=asking.packet)
    key = f"approval-{asking.attempt}"
    try:
        if durable:
            given = suspend_flow_run(wait_for_input=form, key=key, timeout=asking.wait_s + TIMEOUT_AFTER_S)
        else:
            given = pause_flow_run(wait_for_input=form, key=key, timeout=asking.wait_s, poll_interval=POLL_S)
    except httpx.TransportError:
        raise  # Nobody has answered: the server is gone.
    except PrefectHTTPStatusError as error:
        if error.response.is_server_error:
            raise
        return NOTHING
    except RuntimeError:
        if not durable:
            return NOTHING
        # Its state was forced while this process ran, so nobody can be asked, and asking again would go on for
        # ever. Whoever orders the run again finds the same question.
        raise Pause("The question could not be put.") from None
    except Exception:
        # No input, one that does not fit the form, a deadline: all of it is no answer.
        return NOTHING
    return str(given.decision), str(given.token)
