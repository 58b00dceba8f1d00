"""What a reviewer is asked, and the signed answer."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, RunId
from policy_checks.schemas.manifest import Money

Gate = Literal["admission"]
Answer = Literal["approve", "reject"]
RejectionReason = Literal["cost", "data", "purpose", "circuit", "claim", "other"]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

VALID_MAX = timedelta(hours=1)


class Question(Document):
    """What one suspended run asks; drawn anew, with another nonce, each time that it asks.

    Attributes:
        submitter: the key that signed the manifest; its owner may not answer.
        n_reviewers: how many distinct owners must approve.
        cost_eur: what the run is predicted to cost.
        until: when an answer comes too late.
    """

    v: Literal[1]
    gate: Gate
    manifest: Digest
    run: RunId
    nonce: Nonce
    submitter: KeyId
    n_reviewers: Annotated[int, Field(ge=1, le=3)]
    cost_eur: Money
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
