"""Was a finished run that needed approval approved, by enough people, in time, and looked at once more?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from policy_checks import approvals, standing
from policy_checks.approvals import Presented
from policy_checks.errors import IntegrityError
from policy_checks.integrity import keyring, strict_json
from policy_checks.integrity.log_evidence import Entry, moment
from policy_checks.integrity.signature import Lattice
from policy_checks.integrity.verification import STOP
from policy_checks.schemas.approval import Question
from policy_checks.schemas.base import Pseudonym
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.keyring import Key
from policy_checks.schemas.manifest import Manifest

STANDING = "standing.json"
Fields = dict[str, Any]
Read = Callable[[str], bytes]


def require_approved(
    entries: Sequence[Entry],
    read: Read,
    manifest: Manifest,
    decision: Decision,
    tenant: Pseudonym,
    keys: Mapping[str, Key],
    lattice: Lattice,
) -> None:
    """Return if what the log says of a run's approval, and the tokens that the run left, let it be completed.

    Args:
        entries: the run's entries about approval and clearance, in order.
        read: gives a file of the run.

    Raises:
        IntegrityError: it was not approved, or not cleared, or not as the log says.
    """
    if decision.effect != "review" and manifest.mode != "production":
        return
    said = [(entry, entry.fields()) for entry in entries]
    kinds = [fields["type"] for _, fields in said]
    if "run.cleared" not in kinds:
        raise _stop("run-uncleared", "It was completed, but nothing cleared it before.")
    if "approval.rejected" in kinds:
        raise _stop("run-rejected", "It was completed, but a reviewer rejected it.")
    if decision.effect != "review":
        return
    if "standing.used" in kinds:
        _require_covered(said, read, manifest, decision, keys, lattice)
        return
    asked = {question.nonce: question for question in _questions(said, read, tenant, keys, lattice)}
    presented = [
        _presented(entry, fields, asked, read) for entry, fields in said if fields["type"] == "approval.given"
    ]
    needed = approvals.n_reviewers(manifest, decision)
    judged = approvals.judge(presented, keys, n_reviewers=needed, lattice=lattice)
    if judged.outcome != "approved":
        raise _stop("run-unapproved", f"It was completed with {len(judged.owners)} of {needed} approvals.")


def _questions(
    said: Sequence[tuple[Entry, Fields]],
    read: Read,
    tenant: Pseudonym,
    keys: Mapping[str, Key],
    lattice: Lattice,
) -> Iterator[Question]:
    for entry, fields in said:
        if fields["type"] != "approval.asked":
            continue
        data = fields["data"]
        payload, keyid = keyring.open_signed(
            "question",
            read(f"question-{data['attempt']}.json"),
            keys,
            role="exec",
            tenant=tenant,
            lattice=lattice,
        )
        if strict_json.digest(payload) != data["question"]:
            raise _stop("question-swapped", f"A question is not the one that entry {entry.seq} records.")
        keyring.require_counts(keys, keyid, seq=entry.seq, at=moment(fields))
        question = Question.model_validate_json(payload)
        if (question.manifest, question.run) != (fields["manifest"], fields["run"]):
            raise _stop("question-swapped", f"The question of entry {entry.seq} is about another run.")
        yield question


def _presented(entry: Entry, fields: Fields, asked: Mapping[str, Question], read: Read) -> Presented:
    data = fields["data"]
    question = asked.get(data["nonce"])
    if question is None:
        raise _stop("approval-unasked", f"Entry {entry.seq} answers a question that nobody asked.")
    envelope = read(f"approval-{question.attempt}.json")
    if strict_json.digest(envelope) != data["token"]:
        raise _stop("approval-swapped", f"A token is not the one that entry {entry.seq} records.")
    return Presented(question, approvals.encode(envelope), entry.seq, moment(fields))


def _require_covered(
    said: Sequence[tuple[Entry, Fields]],
    read: Read,
    manifest: Manifest,
    decision: Decision,
    keys: Mapping[str, Key],
    lattice: Lattice,
) -> None:
    entry, fields = next(one for one in said if one[1]["type"] == "standing.used")
    approval, digest = standing.open_standing(read(STANDING), keys, lattice)
    if digest != fields["data"]["standing"]:
        raise _stop(
            "approval-swapped", f"The standing approval is not the one that entry {entry.seq} records."
        )
    cost, n_used = decision.estimate.cost_eur, int(fields["data"]["use"]) - 1
    for finding in standing.covers(
        approval, manifest, cost_eur=cost, n_used=n_used, keys=keys, now=moment(fields), seq=entry.seq
    ):
        raise _stop("run-unapproved", f"It was completed, though {finding.message}.")


def _stop(code: str, message: str) -> IntegrityError:
    return IntegrityError(code, message, STOP)
