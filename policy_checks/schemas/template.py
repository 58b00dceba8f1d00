"""What schedules run from: a signed template over a registered dataset, and a reviewer's standing approval."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Name, Pseudonym
from policy_checks.schemas.dataset import Declaration
from policy_checks.schemas.manifest import (
    CircuitRequest,
    Claim,
    Code,
    Execution,
    Mode,
    Money,
    Purpose,
    RunLimits,
    Training,
)

TEMPLATE_VALID_MAX = timedelta(days=90)
STANDING_VALID_MAX = timedelta(days=31)


class DatasetRecord(Declaration):
    """A table that a tenant has registered, as it was then and declared as in a manifest.

    Attributes:
        path: relative to one of the tenant's roots, or absolute.
    """

    v: Literal[1]
    tenant: Pseudonym
    name: Name
    path: Annotated[str, Field(min_length=1, max_length=1024)]
    sha256: Digest
    n_rows: Annotated[int, Field(ge=1)]
    registered_at: AwareDatetime


class TemplateRequest(Document):
    """The author's part of a template: a manifest whose dataset is named, not described."""

    name: Name
    tenant: Name
    kind: Literal["train"]
    purpose: Purpose
    mode: Mode = "dry_run"
    dataset: Name
    valid_for_days: Annotated[int, Field(ge=1, le=90)] = 90
    training: Training | None = None
    circuit: CircuitRequest
    execution: Execution = Execution()
    limits: RunLimits
    claim: Claim = Claim()


class Template(TemplateRequest):
    """What a submitter signs; each scheduled instance names it as its parent."""

    v: Literal[1]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    submitter: KeyId
    created: AwareDatetime
    not_after: AwareDatetime
    code: Code

    @model_validator(mode="after")
    def _window_is_bounded(self) -> "Template":
        if not timedelta(0) < self.not_after - self.created <= TEMPLATE_VALID_MAX:
            raise ValueError("not_after must follow created by at most 90 days")
        return self


class StandingApproval(Document):
    """A reviewer's approval, beforehand, of every instance of one template; never for a remote target.

    Attributes:
        columns: digest of the declared columns that instances may have.
        code: digest of the installed distributions that may run them.
        max_cost_eur: predicted cost of one instance at most.
        max_runs: instances at most.
    """

    v: Literal[1]
    template: Digest
    columns: Digest
    code: Digest
    max_cost_eur: Money
    max_runs: Annotated[int, Field(ge=1, le=1000)]
    reviewer: KeyId
    iat: AwareDatetime
    exp: AwareDatetime

    @model_validator(mode="after")
    def _window_is_bounded(self) -> "StandingApproval":
        if not timedelta(0) < self.exp - self.iat <= STANDING_VALID_MAX:
            raise ValueError("exp must follow iat by at most 31 days")
        return self
