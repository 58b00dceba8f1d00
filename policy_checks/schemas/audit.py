"""One line of the audit log, and the fields that each type of entry may carry: never free text."""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Pseudonym, RunId

EntryType = Literal[
    "keyring.created", "keyring.rotated", "keyring.changed", "document.adopted",
    "run.admitted", "run.denied", "run.completed", "run.failed", "run.degraded",
    "run.submitted", "run.refused", "run.cleared",
    "approval.asked", "approval.given", "approval.refused", "approval.rejected", "approval.expired",
    "approval.unanswered",
    "dataset.registered", "template.registered", "standing.granted", "standing.used", "standing.revoked",
    "breach.declared", "breach.cleared",
    "intent", "completed", "incident.referee", "incident.attack", "attack.scanned",
]  # fmt: skip
Shape = Literal["digest", "word", "count"]

MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{6}Z"
SHAPES: dict[Shape, str] = {
    "digest": "sha256:[0-9a-f]{64}",
    "word": "[a-z0-9:_.-]{1,80}",
    "count": "0|[1-9][0-9]{0,14}",
}
_RING: dict[str, Shape] = {"profile": "word", "ring": "digest", "version": "count"}
_RUN: dict[str, Shape] = {
    "decision": "digest",
    "effect": "word",
    "envelope": "digest",
    "n_findings": "count",
    "policy": "digest",
    "tariff": "digest",
    "tenants": "digest",
}
_ANSWER: dict[str, Shape] = {"nonce": "word", "token": "digest"}
FIELDS: dict[EntryType, dict[str, Shape]] = {
    "keyring.created": _RING,
    "keyring.rotated": _RING,
    "keyring.changed": _RING,
    "document.adopted": {"digest": "digest", "document": "word", "version": "count"},
    "run.admitted": _RUN,
    "run.denied": _RUN,
    "run.completed": {"degraded": "word", "receipt": "digest"},
    "run.failed": {"code": "word", "stage": "word"},
    "run.degraded": {"reason": "word"},
    "run.submitted": {"envelope": "digest", "request": "digest", "source": "word"},
    "run.refused": {"code": "word"},
    "run.cleared": {"n_owners": "count", "ring": "digest", "size": "count"},
    "approval.asked": {"attempt": "count", "nonce": "word", "question": "digest"},
    "approval.given": _ANSWER,
    "approval.refused": {"code": "word", "nonce": "word"},
    "approval.rejected": _ANSWER | {"reason": "word"},
    "approval.expired": {"code": "word"},
    "approval.unanswered": {"attempt": "count", "nonce": "word"},
    "dataset.registered": {"name": "word", "record": "digest"},
    "template.registered": {"name": "word", "template": "digest"},
    "standing.granted": {"standing": "digest", "template": "digest"},
    "standing.used": {"standing": "digest", "use": "count"},
    "standing.revoked": {"standing": "digest"},
    "breach.declared": {"code": "word"},
    "breach.cleared": {"code": "word"},
    "intent": {"effect": "word"},
    "completed": {"digest": "digest", "effect": "word"},
    "incident.referee": {"n_rows": "count", "template": "digest"},
    "incident.attack": {"at": "count", "pattern": "word", "severity": "word"},
    "attack.scanned": {"n_circuits": "count", "n_incidents": "count", "n_unread": "count", "upto": "count"},
}
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9:_.-]{1,80}$")]
Count = Annotated[int, Field(ge=0, lt=10**15)]
GENESIS = "sha256:" + "0" * 64


class AuditEntry(Document):
    """What happened, to which run, in which order.

    Attributes:
        prev: RFC 6962 leaf hash of the line before (SHA-256 over a zero byte and the line), so that
            one hash of each line serves both the chain and the tree.
        event: unique; a UUID of version 7, or one of version 8 that is derived from what happened, so that
            a retry finds its first entry.
    """

    v: Literal[1]
    seq: Annotated[int, Field(ge=0)]
    prev: Digest
    event: RunId
    ts: Annotated[str, Field(pattern=f"^{MOMENT}$")]
    type: EntryType
    tenant: Pseudonym | None
    actor: KeyId | Literal["atomq"]
    run: RunId | None
    manifest: Digest | None
    data: dict[str, Word | Count]

    @model_validator(mode="after")
    def _only_allowed_fields(self) -> "AuditEntry":
        fields = FIELDS[self.type]
        if set(self.data) != set(fields):
            raise ValueError(f"an entry of type {self.type} carries exactly {sorted(fields)}")
        for name, value in self.data.items():
            shape = fields[name]
            if isinstance(value, int) != (shape == "count") or not re.fullmatch(SHAPES[shape], str(value)):
                raise ValueError(f"{name} of an entry of type {self.type} is a {shape}")
        return self
