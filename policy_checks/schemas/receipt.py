"""What a finished run can prove: the digests of everything that went in and came out."""

from typing import Literal

from pydantic import AwareDatetime

from policy_checks.schemas.base import Digest, Document, Pseudonym, RunId
from policy_checks.schemas.keyring import Profile
from policy_checks.schemas.manifest import Mode


class Receipt(Document):
    """Signed by the tenant's execution key; `artifacts` maps file names to digests."""

    v: Literal[1]
    run: RunId
    tenant: Pseudonym
    manifest: Digest
    envelope: Digest
    decision: Digest
    policy: Digest
    tenants: Digest
    tariff: Digest
    dataset: Digest
    mode: Mode
    profile: Profile
    degraded: Literal["budget", "simulator", "referee"] | None
    artifacts: dict[str, Digest]
    started_at: AwareDatetime
    completed_at: AwareDatetime
