"""What else the API lets a stranger write about a run: its state, its inputs, its parameters, its artifacts."""

import json
import time
from collections.abc import Iterator
from random import Random
from typing import Any

from tasks.adapters import settings
from tasks.stages import inbox
from tests.redteam.attack import Attack
from tests.redteam.siege import Siege, Target, signed

FORCED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("RUNNING", {}), ("COMPLETED", {}), ("COMPLETED", {"name": "Recorded", "message": "approved"}), ("PENDING", {}),
    ("RUNNING", {"name": "Retrying"}), ("FAILED", {}), ("CANCELLED", {"name": "Denied"}), ("CRASHED", {}),
    ("PAUSED", {"state_details": {"pause_reschedule": True, "pause_key": "approval-1"}}),
    ("PAUSED", {"name": "Suspended", "state_details": {"pause_reschedule": True}}),
    ("COMPLETED", {"data": {"type": "reference", "storage_key": "/etc/passwd"}}),
    ("SCHEDULED", {"name": "AwaitingRetry"}), ("SCHEDULED", {"name": "Resuming"}), ("CANCELLING", {}),
)  # fmt: skip
WAKING_S = 20


def forced(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Force a state, then let a worker take the run up from there."""
    while True:
        kind, more = rng.choice(FORCED)
        siege.force(target.run, kind, **more)
        if rng.random() < 0.3:
            bulk = {"flow_runs": {"id": {"any_": [target.run]}}, "state": {"type": kind}, "force": True}
            siege.api("POST", "/flow_runs/bulk_set_state", bulk)
        yield None if kind != "SCHEDULED" else _settled(siege, target)
        if kind != "SCHEDULED":
            siege.revive(target.run)
            yield target.run


def posted(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Lay an answer where Prefect keeps answers, for this question and those to come, then wake the run."""
    path = f"/flow_runs/{target.run}/input"
    while True:
        question = siege.question(target.run)
        for ahead in rng.sample(range(4), 3):
            base = rng.choice(["suspended", "paused"]) + f"-approval-{question.attempt + ahead}"
            token = signed(question, siege.person("stranger"))
            value = rng.choice([
                json.dumps({"decision": "approve", "token": token}), json.dumps({"decision": "approve"}), "null",
                '{"__class__": "flows.approval.Answer"}', "\0", json.dumps([token]), "gASVHgAAAAAAAACMBXBvc2l4",
            ])  # fmt: skip
            for part in ("response", rng.choice(["schema", "description"])):
                siege.api("DELETE", f"{path}/{base}-{part}")
                siege.api("POST", path, {"key": f"{base}-{part}", "value": value, "sender": None})
                yield None
        siege.revive(target.run)
        yield target.run


def pause_keys(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Let Prefect believe that the run has been through its questions already."""
    while True:
        attempt = siege.question(target.run).attempt
        keys = [f"approval-{attempt + n}" for n in range(rng.randrange(1, 6))]
        policy = {"pause_keys": keys, "resuming": rng.random() < 0.5}
        changed = {"empirical_policy": policy, "parameters": target.parameters}
        siege.api("PATCH", f"/flow_runs/{target.run}", changed)
        siege.revive(target.run)
        yield target.run


def parameters(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Change what a run asked for while it waits, then wake it."""
    others: list[dict[str, Any]] = [
        {"form": target.parameters}, {"manifest": "sha256:" + "0" * 64}, {}, {"dataset": "their-own"},
        {"manifest": None, "form": {}}, target.parameters | {"mode": "dry_run"}, target.parameters | {"approved": True},
        {"__prefect_kind": "jinja", "template": "{{ 1 }}"}, {"mode": {"$ref": {"block_document_id": "x"}}},
        rng.choice(siege.targets).parameters | {"limits": {"cost_eur_max": "0.50"}},
    ]  # fmt: skip
    while True:
        with siege.parameters(target, rng.choice(others)) as changed:
            if changed.status < 300:
                siege.revive(target.run)
        yield target.run if changed.status < 300 else None
        siege.revive(target.run)


def while_awake(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Order the run again while its process is at work, so that two would execute it."""
    while True:
        siege.force(target.run, "SCHEDULED")
        deadline = time.monotonic() + WAKING_S
        while siege.state(target.run)["state_type"] != "RUNNING" and time.monotonic() < deadline:
            time.sleep(0.05)
        siege.force(target.run, "SCHEDULED")
        _settled(siege, target)
        siege.revive(target.run)
        yield target.run


def after_rejection(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Have a person reject the run, then order it again in every way, with good tokens of before too."""
    question = siege.question(target.run)
    before = signed(question, siege.person("alice"))
    siege.answer(
        target.run, signed(question, siege.person("bob"), decision="reject", reason="data"), "reject"
    )
    while True:
        kind, more = rng.choice(FORCED)
        siege.force(target.run, kind, **more)
        base = f"suspended-approval-{question.attempt}-response"
        answer = json.dumps({"decision": "approve", "token": before})
        siege.api("POST", f"/flow_runs/{target.run}/input", {"key": base, "value": answer})
        siege.revive(target.run)
        yield target.run


def deleted(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Delete the run in Prefect, and order its manifest or form anew: people are asked anew."""
    while True:
        run = siege.submit(target.parameters)
        siege.settled(run)
        siege.api("DELETE", f"/flow_runs/{run}")
        again = siege.api("POST", "/flow_runs/", {"id": run, "flow_id": siege.deployment()["flow_id"]})
        assert again.status >= 300 or again.json["id"] != run, "a run was made under another's id"
        yield None


def artifacts(siege: Siege, target: Target, rng: Random) -> Iterator[str | None]:
    """Lay a forged question beside the real one, for a reviewer to sign."""
    genuine = _bundle(siege, target)
    other = _bundle(siege, siege.other(target, rng))
    asked = siege.question(target.run).attempt
    while True:
        name = rng.choice([*genuine, "more"])
        forged: dict[str, Any] = genuine | {
            name: rng.choice([other.get(name), None, "", "AAAA", 2, ["AAAA"]])
        }
        text = rng.choice(
            [f"```json\n{json.dumps(forged)}\n```", json.dumps(forged), "```json\n" + "[" * 5000 + "\n```"]
        )
        if rng.random() < 0.3:
            text = (
                f"```json\n{json.dumps(genuine | {'packet': genuine['packet'] + ' It costs nothing.'})}\n```"
            )
        body = {"key": inbox.ARTIFACT, "type": "markdown", "data": text, "flow_run_id": target.run}
        made = siege.api("POST", "/artifacts/", body).json["id"]
        shown = inbox.asked_by(siege.home, siege.stack.server, target.run, settings.now()).waiting
        for one in shown:
            # The run may have asked anew meanwhile: what an earlier attack did to it makes `atomq up` wake it.
            known = {question.attempt: question for question in siege.questions(target.run)}
            found = one.request.question
            assert found == known.get(found.attempt), "a reviewer was shown a forged question"
            assert found.attempt >= asked, "a reviewer was shown a question of before"
        siege.api("DELETE", f"/artifacts/{made}")
        yield None


def _bundle(siege: Siege, target: Target) -> dict[str, Any]:
    (found,) = inbox.asked_by(siege.home, siege.stack.server, target.run, settings.now()).waiting
    del found
    asked = {
        "artifacts": {"key": {"any_": [inbox.ARTIFACT]}, "flow_run_id": {"any_": [target.run]}},
        "sort": "CREATED_DESC",
        "limit": 1,
    }
    (artifact,) = siege.api("POST", "/artifacts/filter", asked).json
    text = artifact["data"].removeprefix("```json\n").rstrip().removesuffix("\n```")
    bundle: dict[str, Any] = json.loads(text)
    return bundle


def _settled(siege: Siege, target: Target) -> str:
    siege.settled(target.run)
    return target.run


ATTACKS = (
    Attack("forced states", "P3.2", forced, 4, 8, short=2),
    Attack("posted run input", "P3.2", posted, 7, 6, short=7),
    Attack("pause keys forged", "P3.2", pause_keys, 2, 4),
    Attack("PATCHed parameters", "P2.1", parameters, 2, 5, short=1),
    Attack("ordered again while it is at work", "P5.1", while_awake, 1, 4),
    Attack("deleted and made again", "P3.2", deleted, 1, 3),
    Attack("forged questions for a reviewer", "P3.2", artifacts, 15, 12, short=20),
)
FINAL = (Attack("rerun of a rejected run", "P3.2", after_rejection, 4, 2),)
