"""Was a run's manifest its submitter's, and was the run approved? A part of second_opinion.py."""

from decimal import Decimal
from typing import Any

from second_opinion_signatures import Json, counts, digest, executing, key_id, moment, opened, parse, require

FROM_TEMPLATE = (
    "tenant",
    "kind",
    "purpose",
    "mode",
    "training",
    "circuit",
    "execution",
    "limits",
    "claim",
    "submitter",
)
FROM_QUESTION = ("gate", "manifest", "run", "nonce")


def read_manifest(files: dict[str, bytes], keys: dict[str, Json], admitted: Json) -> tuple[Json, bytes]:
    """Return a manifest that its submitter signed, or the tenant's execution key openly in their place."""
    people = [[key] for key in keys.values() if key["role"] == "submitter"]
    machines = [[key] for key in keys.values() if executing(key, admitted["tenant"])]
    payload, (signer,) = opened("manifest", files["manifest.json"], [*people, *machines], admitted)
    manifest = parse(payload)
    named, parent = manifest["submitter"], manifest.get("parent")
    bound = keys[named]["tenant"] if named in keys else None
    require(bound in (None, admitted["tenant"]), "manifest-of-another-tenants-submitter")
    if signer["role"] == "submitter":
        require((named, parent) == (key_id(signer), None), "manifest-in-another-name")
    elif parent is None:
        require(named == "unauthenticated", "manifest-in-another-name")
    else:
        signed, (submitter,) = opened("template", files["template.json"], people, admitted)
        template, made = parse(signed), moment(manifest["created"])
        same = all(template[field] == manifest[field] for field in FROM_TEMPLATE)
        valid = moment(template["created"]) <= made <= moment(template["not_after"])
        mine = (digest(signed), template["submitter"]) == (parent, key_id(submitter))
        require(same and valid and mine, "manifest-not-of-its-template")
    return manifest, payload


def require_approved(
    files: dict[str, bytes], keys: dict[str, Json], manifest: Json, entries: list[Json]
) -> None:
    """Return if enough people approved the run, before it was cleared, and nobody rejected it."""
    of = {kind: [e for e in entries if e["type"] == kind] for kind in {e["type"] for e in entries}}
    (admitted,), production = of["run.admitted"], manifest["mode"] == "production"
    if admitted["data"]["effect"] != "review" and not production:
        return
    require("run.cleared" in of and "approval.rejected" not in of, "run-not-cleared")
    if admitted["data"]["effect"] != "review":
        return
    decision = parse(files["admit.json"])
    if "standing.used" in of:
        _require_covered(files, keys, manifest, decision, of["standing.used"][0])
        return
    nobody = manifest["submitter"] == "unauthenticated"
    owners = {_approver(files, keys, manifest, decision, e, of) for e in of.get("approval.given", [])}
    require(len(owners) >= (2 if production and nobody else 1), "run-not-approved")


def _approver(
    files: dict[str, bytes], keys: dict[str, Json], manifest: Json, decision: Json, given: Json, of: Json
) -> Any:
    (asked,) = (e for e in of["approval.asked"] if e["data"]["nonce"] == given["data"]["nonce"])
    number, at = asked["data"]["attempt"], moment(given["ts"])
    machines = [[key] for key in keys.values() if executing(key, asked["tenant"])]
    reviewers = [[key] for key in keys.values() if key["role"] == "reviewer"]
    said, _ = opened("question", files[f"question-{number}.json"], machines, asked)
    token, (key,) = opened("approval", files[f"approval-{number}.json"], reviewers, given)
    question, answer = parse(said), parse(token)
    logged = digest(said), digest(files[f"approval-{number}.json"])
    require(logged == (asked["data"]["question"], given["data"]["token"]), "approval-not-as-logged")
    same = all(question[field] == answer[field] for field in FROM_QUESTION)
    same &= (question["manifest"], question["run"]) == (given["manifest"], given["run"])
    require(same and answer["decision"] == "approve", "approval-of-something-else")
    limit, cost = answer["conditions"]["max_cost_eur"], decision["estimate"]["cost_eur"]
    in_time = at <= moment(answer["exp"]) and moment(answer["iat"]) <= moment(question["until"])
    fair = limit is None or Decimal(cost) <= Decimal(limit)
    others = manifest["submitter"] not in keys or keys[manifest["submitter"]]["owner"] != key["owner"]
    require(in_time and fair and others and answer["reviewer"] == key_id(key), "approval-does-not-count")
    return key["owner"]


def _require_covered(
    files: dict[str, bytes], keys: dict[str, Json], manifest: Json, decision: Json, used: Json
) -> None:
    reviewers = [[key] for key in keys.values() if key["role"] == "reviewer"]
    payload, (key,) = opened("standing-approval", files["standing.json"], reviewers)
    standing, at = parse(payload), moment(used["ts"])
    bound = (digest(payload), standing["template"], standing["code"], standing["reviewer"])
    mine = (used["data"]["standing"], manifest["parent"], manifest["code"]["lock"], key_id(key))
    within = used["data"]["use"] <= standing["max_runs"] and at <= moment(standing["exp"])
    cheap = Decimal(decision["estimate"]["cost_eur"]) <= Decimal(standing["max_cost_eur"])
    others = keys[manifest["submitter"]]["owner"] != key["owner"] and manifest["execution"]["target"] == "aer"
    require(bound == mine and within and cheap and others, "standing-approval-does-not-cover")
    require(counts(key, used["seq"], at), "standing-approval-does-not-cover")
