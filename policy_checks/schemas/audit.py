"""One line of the audit log, and the fields that each type of entry may carry: never free text."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Pseudonym, RunId

EntryType = Literal[
    "keyring.created", "keyring.rotated",
    "run.admitted", "run.denied", "run.completed", "run.failed", "run.degraded",
    "stage.started", "stage.completed", "incident.referee",
]  # fmt: skip

_RUN = frozenset({"decision", "effect", "n_findings", "policy", "tenants", "tariff", "envelope"})
FIELDS: dict[EntryType, frozenset[str]] = {
    "keyring.created": frozenset({"ring", "version", "profile"}),
    "keyring.rotated": frozenset({"ring", "version", "profile"}),
    "run.admitted": _RUN,
    "run.denied": _RUN,
    "run.completed": frozenset({"receipt", "degraded"}),
    "run.failed": frozenset({"stage", "code"}),
    "run.degraded": frozenset({"reason"}),
    "stage.started": frozenset({"stage"}),
    "stage.completed": frozenset({"stage", "digest"}),
    "incident.referee": frozenset({"template", "n_rows"}),
}
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9:_.-]{1,80}$")]
GENESIS = "sha256:" + "0" * 64


class AuditEntry(Document):
    """What happened, to which run, in which order; `prev` is the digest of the line before."""

    v: Literal[1]
    seq: Annotated[int, Field(ge=0)]
    prev: Digest
    event: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    ts: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")]
    type: EntryType
    tenant: Pseudonym | None
    actor: KeyId | Literal["atomq"]
    run: RunId | None
    manifest: Digest | None
    data: dict[str, Word | int]

    @model_validator(mode="after")
    def _only_allowed_fields(self) -> "AuditEntry":
        if set(self.data) != FIELDS[self.type]:
            raise ValueError(f"an entry of type {self.type} carries exactly {sorted(FIELDS[self.type])}")
        return self
