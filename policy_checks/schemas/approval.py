"""What a reviewer is asked, and the signed answer."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Pseudonym, RunId
from policy_checks.schemas.manifest import Money, Submitter

Gate = Literal["admission"]
Answer = Literal["approve", "reject"]
RejectionReason = Literal["cost", "data", "purpose", "circuit", "claim", "other"]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

VALID_MAX = timedelta(hours=1)


class Question(Document):
    """What one run asks, signed by its tenant's execution key; drawn anew, with another nonce, each time.

    Attributes:
        attempt: 1 for the first asking of the run.
        submitter: as in the manifest; where it is a key, its owner may not answer.
        n_reviewers: how many distinct owners must approve, over all askings.
        cost_eur: what the run is predicted to cost.
        decision: digest of the decision that demands the approval.
        packet: digest of the text that reviewers are shown.
        until: when an answer comes too late.
    """

    v: Literal[1]
    gate: Gate
    tenant: Pseudonym
    manifest: Digest
    run: RunId
    nonce: Nonce
    attempt: Annotated[int, Field(ge=1)]
    submitter: Submitter
    n_reviewers: Annotated[int, Field(ge=1, le=3)]
    cost_eur: Money
    decision: Digest
    packet: Digest
    asked_at: AwareDatetime
    until: AwareDatetime


class Conditions(Document):
    """Under which an approval holds."""

    max_cost_eur: Money | None = None


class Approval(Document):
    """A reviewer's answer over one manifest, run and nonce; whatever is left out of it rejects.

    Attributes:
        iat: when it was signed.
        exp: when it stops counting, at most an hour later.
    """

    v: Literal[1]
    gate: Gate
    manifest: Digest
    run: RunId
    nonce: Nonce
    decision: Answer = "reject"
    reason: RejectionReason | None = None
    conditions: Conditions = Conditions()
    reviewer: KeyId
    iat: AwareDatetime
    exp: AwareDatetime

    @model_validator(mode="after")
    def _short_lived(self) -> "Approval":
        if not timedelta(0) < self.exp - self.iat <= VALID_MAX:
            raise ValueError("exp must follow iat by at most an hour")
        return self
