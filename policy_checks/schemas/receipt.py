"""What a finished run can prove: the digests of everything that went in and came out."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from policy_checks.schemas.base import Digest, Document, Pseudonym, RunId
from policy_checks.schemas.keyring import Profile
from policy_checks.schemas.manifest import Mode
from policy_checks.schemas.records import DegradedReason

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class LogHead(Document):
    """How long the log was and what its tree's root was; `size` counts entries, `root` is hexadecimal."""

    origin: Annotated[str, Field(pattern=r"^atomq/[0-9a-f]{16}$")]
    size: Annotated[int, Field(ge=0)]
    root: Hash


class Receipt(Document):
    """Signed by the tenant's execution key; `artifacts` maps file names to digests.

    Attributes:
        ring: identity of the key ring in force when the receipt was signed.
        dataset: None where the kind of job has no table.
        log: the log before the entry that completes the run, so that each receipt is a witness of it.
        profile: development says that one machine holds every key.
    """

    v: Literal[1]
    run: RunId
    tenant: Pseudonym
    manifest: Digest
    envelope: Digest
    decision: Digest
    policy: Digest
    tenants: Digest
    tariff: Digest
    ring: Digest
    log: LogHead
    dataset: Digest | None
    mode: Mode
    profile: Profile
    degraded: DegradedReason | None
    artifacts: dict[str, Digest]
    started_at: AwareDatetime
    completed_at: AwareDatetime


class InclusionProof(Document):
    """Lies beside a receipt, detached: the entry that completes the run is in the log under this checkpoint.

    Attributes:
        body: the entry's line as it was stored.
        path: sibling hashes from the leaf up, hexadecimal.
        checkpoint: the signed note (C2SP tlog-checkpoint).
    """

    v: Literal[1]
    seq: Annotated[int, Field(ge=0)]
    body: Annotated[str, Field(max_length=4096)]
    path: Annotated[tuple[Hash, ...], Field(max_length=64)]
    checkpoint: Annotated[str, Field(max_length=65536)]
