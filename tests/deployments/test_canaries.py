"""People in forms and answers: Prefect keeps what was typed where it was typed, and nothing of ours repeats it."""

from pathlib import Path

import pytest

from tasks.adapters.ring_store import KeyStore
from tasks.stages import trust
from tests.canaries.clinic import searchable
from tests.canaries.identities import Canary, canaries
from tests.canaries.scan import Scanner, written
from tests.desk import begin
from tests.stack import Stack

FROM_OUTSIDE = {"flow_run": ("parameters",), "flow_run_input": ("value",)}
PLANTED = searchable(canaries(80, 77))
ASKING = {"dataset": "breast-cancer", "training": {"epochs_max": 2}, "execution": {"shots": 30_000}}


def forms(canary: Canary) -> list[dict[str, object]]:
    text = canary.sentence
    return [
        {"dataset": text},
        {text: 1},
        {"purpose": text},
        {"claim": {"text": text}, "dataset": "breast-cancer"},
    ]


def submit(stack: Stack, flow: str, parameters: dict[str, object]) -> str:
    """Make a run of the first tenant's; Prefect's own check of a form is the sender's to leave out."""
    (tenant,) = trust.pseudonyms(KeyStore(stack.home), ["sample-clinic"])
    asked = {"parameters": parameters, "enforce_parameter_schema": False}
    made = stack.api("POST", f"/deployments/{stack.deployment(flow, tenant)['id']}/create_flow_run", asked)
    assert made.status == 201, made
    return str(made.json["id"])


@pytest.fixture(scope="module")
def left(tmp_path_factory) -> Path:
    """What a deployment leaves after people were typed into its forms and answers."""
    state = begin(tmp_path_factory.mktemp("typed"))
    with Stack(state.home) as stack:
        typed = [("hybrid-run", form) for form in forms(PLANTED[0])]
        typed.append(("nightly", {"template": PLANTED[4].sentence}))
        runs = [submit(stack, flow, form) for flow, form in typed]
        asking = submit(stack, "hybrid-run", ASKING)
        stack.wait(asking, "Suspended")
        for given in (
            {"decision": "approve", "token": PLANTED[5].sentence},
            {"decision": PLANTED[6].sentence},
        ):
            stack.api("POST", f"/flow_runs/{asking}/resume", {"run_input": given})
            stack.wait(asking, "Suspended")
        assert {stack.wait(run)["state_name"] for run in runs} == {"Denied"}
    return state.home


def test_nobody_who_was_typed_is_found_in_anything_that_was_written(left):
    scanner = Scanner(core for canary in PLANTED for core in canary.cores)
    found = [
        leak for where, content in written(left, FROM_OUTSIDE) for leak in scanner.search(content, where)
    ]
    assert found == []


def test_prefect_keeps_what_was_typed_so_the_search_would_have_found_it(left):
    scanner = Scanner(core for canary in PLANTED for core in canary.cores)
    found = [leak.where for where, content in written(left) for leak in scanner.search(content, where)]
    assert any("flow_run" in where for where in found)
