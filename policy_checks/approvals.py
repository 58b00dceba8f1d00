"""Do these tokens answer this question, and is it allowed by enough people?

Prefect carries answers and proves nothing: whoever reaches its API can resume a run, with any text. What
counts is a reviewer's signature over the very manifest, run and nonce.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.integrity import keyring, strict_json
from policy_checks.integrity.keyring import SKEW, Keys
from policy_checks.schemas.approval import Approval, Question
from policy_checks.schemas.decision import Finding, deny

RULE = "approval"
TOKEN_CHARACTERS_MAX = 16_384
Outcome = Literal["approved", "rejected", "open"]


@dataclass(frozen=True)
class Judgement:
    """What the tokens come to.

    Attributes:
        owners: who approved, each once; only their valid tokens count.
        findings: why each other token does not count, or what keeps the run from going on.
    """

    outcome: Outcome
    owners: tuple[str, ...]
    findings: tuple[Finding, ...]


def encode(envelope: bytes) -> str:
    """Return an approval's envelope as the text that travels through forms: base64url without padding."""
    return base64.urlsafe_b64encode(envelope).decode("ascii").rstrip("=")


def judge(
    question: Question, tokens: Sequence[str], keys: Keys, *, now: datetime, seq: int, spent: frozenset[str]
) -> Judgement:
    """Return what the tokens come to; one valid rejection ends the matter.

    Args:
        keys: every key of the ring, also those of submitters.
        seq: the log position that the judgement will have.
        spent: nonces that the log knows as answered.
    """
    approved, findings = dict[str, Approval](), list[Finding]()
    for token in tokens:
        try:
            answer = open_token(token, keys, now=now, seq=seq)
            _require_answers(answer, question, keys, spent)
        except AtomqError as error:
            findings.append(deny(RULE, "P3.2", error.message, error.remedy))
            continue
        owner = keys[answer.reviewer].owner
        if answer.decision == "reject":
            why = deny(
                RULE,
                "P3.2",
                f"{owner} rejected the run ({answer.reason or 'other'})",
                "change it and submit again",
            )
            return Judgement("rejected", (), (*findings, why))
        approved.setdefault(owner, answer)
    findings += _unmet(question, approved)
    enough = len(approved) >= question.n_reviewers and not _unmet(question, approved)
    return Judgement("approved" if enough else "open", tuple(sorted(approved)), tuple(findings))


def open_token(token: str, keys: Keys, *, now: datetime, seq: int) -> Approval:
    """Return the answer that a reviewer's token holds.

    Raises:
        IntegrityError: not a token, not signed by a reviewer's key that counts at this position, or too late.
    """
    payload, keyid = keyring.open_signed("approval", _decode(token), keys, role="reviewer")
    try:
        strict_json.loads(payload)
        answer = Approval.model_validate_json(payload)
    except ValidationError:
        raise _refused("it does not fit the schema of an approval") from None
    if answer.reviewer != keyid:
        raise _refused("it names another reviewer than its signer")
    keyring.require_counts(keys, keyid, seq=seq, at=now)
    if not answer.iat - SKEW <= now <= answer.exp:
        raise _refused(f"it counts from {answer.iat:%H:%M} to {answer.exp:%H:%M} UTC, and it is {now:%H:%M}")
    return answer


def _require_answers(answer: Approval, question: Question, keys: Keys, spent: frozenset[str]) -> None:
    for name in ("gate", "manifest", "run", "nonce"):
        if getattr(answer, name) != getattr(question, name):
            raise _refused(f"its {name} is not the one that was asked about")
    if answer.nonce in spent:
        raise _refused("its question was answered before")
    if answer.iat > question.until:
        raise _refused("it was signed after the deadline")
    submitter = keys.get(question.submitter)
    if submitter is None or submitter.owner == keys[answer.reviewer].owner:
        raise _refused("nobody approves a run of their own")


def _unmet(question: Question, approved: dict[str, Approval]) -> list[Finding]:
    limits = [a.conditions.max_cost_eur for a in approved.values() if a.conditions.max_cost_eur is not None]
    if limits and question.cost_eur > min(limits):
        told = f"approved up to {min(limits)} EUR, {question.cost_eur} EUR predicted"
        return [deny(RULE, "P3.2", told, "make the run cheaper, or ask for a higher limit")]
    return []


def _decode(token: str) -> bytes:
    text = token.strip()
    if not text or len(text) > TOKEN_CHARACTERS_MAX:
        raise _refused(f"it has {len(text)} characters, 1 to {TOKEN_CHARACTERS_MAX} are allowed")
    try:
        envelope = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused("it is not base64url") from None
    if encode(envelope) != text:
        raise _refused("it is not canonical base64url")
    return envelope


def _refused(what: str) -> IntegrityError:
    return IntegrityError(
        "approval-invalid", f"The approval is refused: {what}.", "Let a reviewer answer the question anew."
    )
