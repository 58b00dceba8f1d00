"""What the judge says: an effect and every finding behind it."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from policy_checks.schemas.base import Digest, Document
from policy_checks.schemas.manifest import Kind, Mode, Money

Effect = Literal["allow", "review", "deny"]
FindingEffect = Literal["note", "review", "deny"]
Severity = Literal["info", "low", "medium", "high", "critical"]


class Finding(Document):
    """One thing that a rule found, and what would make it go away."""

    rule: str
    clause: str
    effect: FindingEffect
    severity: Severity
    message: str
    remedy: str


class Estimate(Document):
    """What a run is predicted to need; never a charge.

    `batch_s` is the slowest quantum operation on one batch, `quantum_s` the whole job's; `storage_bytes` is
    what the run leaves in the state folder.
    """

    ccu: Annotated[float, Field(ge=0)]
    batch_s: Annotated[float, Field(ge=0)]
    quantum_s: Annotated[float, Field(ge=0)]
    peak_bytes: Annotated[int, Field(ge=0)]
    cost_eur: Money
    neural_s: Annotated[float, Field(ge=0)] = 0.0
    storage_bytes: Annotated[int, Field(ge=0)] = 0


class Decision(Document):
    """The verdict on one manifest, naming the documents that it was judged by."""

    v: Literal[1] = 1
    manifest: Digest
    kind: Kind = "train"
    mode: Mode
    effect: Effect
    findings: tuple[Finding, ...]
    estimate: Estimate
    policy: Digest
    tenants: Digest
    tariff: Digest
    decided_at: AwareDatetime


def note(rule: str, clause: str, message: str, remedy: str) -> Finding:
    """Return something worth knowing that stops nothing."""
    return Finding(rule=rule, clause=clause, effect="note", severity="info", message=message, remedy=remedy)


def review(rule: str, clause: str, message: str, remedy: str) -> Finding:
    """Return something that a person must allow."""
    return Finding(
        rule=rule, clause=clause, effect="review", severity="medium", message=message, remedy=remedy
    )


def deny(rule: str, clause: str, message: str, remedy: str) -> Finding:
    """Return something that nobody may allow."""
    return Finding(rule=rule, clause=clause, effect="deny", severity="high", message=message, remedy=remedy)
