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
from policy_checks.integrity import keyring, signature, strict_json
from policy_checks.integrity.keyring import SKEW, Keys
from policy_checks.integrity.manifest import UNAUTHENTICATED
from policy_checks.integrity.signature import Lattice
from policy_checks.schemas.approval import Approval, Question
from policy_checks.schemas.decision import Decision, Finding, deny
from policy_checks.schemas.manifest import Manifest

RULE = "approval"
TOKEN_CHARACTERS_MAX = 16_384
Outcome = Literal["approved", "rejected", "open"]


@dataclass(frozen=True)
class Presented:
    """A token offered as the answer to a question, and the log position and moment of its coming in."""

    question: Question
    token: str
    seq: int
    at: datetime


@dataclass(frozen=True)
class Judgement:
    """What the tokens come to.

    Attributes:
        owners: who approved, each once; only their valid tokens count.
        findings: why each other token does not count.
    """

    outcome: Outcome
    owners: tuple[str, ...]
    findings: tuple[Finding, ...]


def encode(envelope: bytes) -> str:
    """Return an approval's envelope as the text that travels through forms: base64url without padding."""
    return base64.urlsafe_b64encode(envelope).decode("ascii").rstrip("=")


def n_reviewers(manifest: Manifest, decision: Decision) -> int:
    """Return how many distinct people must approve a run that needs approval.

    Two, where a finding is grave. And Prefect knows no user: where nobody signed the request, a second
    reviewer is the second pair of eyes.
    """
    grave = any(each.effect == "review" and each.severity == "high" for each in decision.findings)
    unsigned = manifest.mode == "production" and manifest.submitter == UNAUTHENTICATED
    return 2 if grave or unsigned else 1


def judge(
    presented: Sequence[Presented], keys: Keys, *, n_reviewers: int, lattice: Lattice = signature.openssl
) -> Judgement:
    """Return what the tokens of one run come to; one valid rejection ends the matter.

    Args:
        keys: every key of the ring, also those of submitters.
        n_reviewers: how many distinct owners must approve.
    """
    owners, spent, findings = set[str](), set[str](), list[Finding]()
    for one in presented:
        try:
            answer = answered(one, keys, lattice)
            if answer.decision == "approve" and answer.nonce in spent:
                raise refused("its question was answered before")
        except AtomqError as error:
            findings.append(deny(RULE, "P3.2", error.message, error.remedy))
            continue
        owner = keys[answer.reviewer].owner
        if answer.decision == "reject":
            findings.append(rejected(f"{owner} rejected the run ({answer.reason or 'other'})"))
            return Judgement("rejected", (), tuple(findings))
        spent.add(answer.nonce)
        owners.add(owner)
    enough = n_reviewers > 0 and len(owners) >= n_reviewers
    return Judgement("approved" if enough else "open", tuple(sorted(owners)), tuple(findings))


def rejected(why: str, remedy: str = "change it and submit it again") -> Finding:
    """Return the finding that says why people did not let a run go on."""
    return deny(RULE, "P3.2", why, remedy)


def answered(one: Presented, keys: Keys, lattice: Lattice = signature.openssl) -> Approval:
    """Return the answer that a token gives to its question.

    Raises:
        IntegrityError: it does not count, and why.
    """
    answer, question = open_token(one.token, keys, now=one.at, seq=one.seq, lattice=lattice), one.question
    for name in ("gate", "manifest", "run", "nonce"):
        if getattr(answer, name) != getattr(question, name):
            raise refused(f"its {name} is not the one that is asked about")
    if answer.iat > question.until:
        raise refused("it was signed after the deadline")
    if question.submitter != UNAUTHENTICATED:
        submitter = keys.get(question.submitter)
        if submitter is None or submitter.owner == keys[answer.reviewer].owner:
            raise refused("nobody approves a run of their own")
    limit = answer.conditions.max_cost_eur
    if limit is not None and question.cost_eur > limit:
        raise refused(f"it allows up to {limit} EUR, and {question.cost_eur} EUR are predicted")
    return answer


def open_token(
    token: str, keys: Keys, *, now: datetime, seq: int, lattice: Lattice = signature.openssl
) -> Approval:
    """Return the answer that a reviewer's token holds.

    Raises:
        IntegrityError: not a token, not signed by a reviewer's key that counts at this position, or too late.
    """
    payload, keyid = keyring.open_signed("approval", decode(token), keys, role="reviewer", lattice=lattice)
    try:
        strict_json.loads(payload)
        answer = Approval.model_validate_json(payload)
    except ValidationError:
        raise refused("it does not fit the schema of an approval") from None
    if answer.reviewer != keyid:
        raise refused("it names another reviewer than its signer")
    keyring.require_counts(keys, keyid, seq=seq, at=now)
    if not answer.iat - SKEW <= now <= answer.exp:
        raise refused(f"it counts from {answer.iat:%H:%M} to {answer.exp:%H:%M} UTC, and it is {now:%H:%M}")
    return answer


def decode(token: str) -> bytes:
    """Return the envelope that a token's text holds.

    Raises:
        IntegrityError: not canonical base64url of a reasonable length.
    """
    text = token.strip()
    if not text or len(text) > TOKEN_CHARACTERS_MAX:
        raise refused(f"it has {len(text)} characters, 1 to {TOKEN_CHARACTERS_MAX} are allowed")
    try:
        envelope = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise refused("it is not base64url") from None
    if encode(envelope) != text:
        raise refused("it is not canonical base64url")
    return envelope


def refused(what: str) -> IntegrityError:
    """Return the error that says why an approval does not count."""
    return IntegrityError(
        "approval-invalid", f"The approval is refused: {what}.", "Let a reviewer answer the question anew."
    )
