"""What a submitter asks for: the author's part in TOML, the machine's part added by signing."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, PlainSerializer, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Name
from policy_checks.schemas.dataset import Dataset, DatasetRequest

Purpose = Literal["qml", "optimisation", "simulation", "hybrid"]
Mode = Literal["dry_run", "production"]
Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=18, decimal_places=6),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
]

Submitter = KeyId | Literal["unauthenticated"]

VALID_FOR_S_MAX = 86_400


class Training(Document):
    """How the two-headed model is fitted."""

    epochs_max: Annotated[int, Field(ge=1, le=1000)] = 60
    patience: Annotated[int, Field(ge=1, le=1000)] = 10
    batch_size: Annotated[int, Field(ge=2, le=4096)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.01
    hidden_units: Annotated[int, Field(ge=2, le=512)] = 16


Ansatz = Literal["angle_ring", "strongly_entangling", "zz_two_local", "qaoa", "trotter"]


class CircuitRequest(Document):
    """A named ansatz and its size. Bounds here only keep numbers sane; policy sets the limits."""

    ansatz: Ansatz
    qubits: Annotated[int, Field(ge=1, le=128)]
    layers: Annotated[int, Field(ge=1, le=1000)]


class Execution(Document):
    """Where circuits run. Without `shots` and `noise` only exact expectations are evaluated."""

    target: Annotated[str, Field(pattern=r"^(aer|ibm:[a-z0-9_]{1,64})$")] = "aer"
    shots: Annotated[int, Field(ge=1, le=10**12)] | None = None
    noise: Literal["depolarising_readout"] | None = None
    mitigation: Literal["none"] = "none"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class RunLimits(Document):
    """What this one run may cost at most; the tenant's and the policy's limits hold besides."""

    quantum_s_max: Annotated[float, Field(gt=0, le=86_400)]
    cost_eur_max: Money


class Claim(Document):
    """Whether results will be published with a claim of quantum superiority (clause R2.2)."""

    level: Literal["none", "parity", "advantage"] = "none"
    text: Annotated[str, Field(max_length=500)] = ""


class ManifestRequest(Document):
    """The author's part: what stands in the TOML file."""

    tenant: Name
    kind: Literal["train"]
    purpose: Purpose
    mode: Mode = "dry_run"
    valid_for_s: Annotated[int, Field(ge=60, le=VALID_FOR_S_MAX)] = VALID_FOR_S_MAX
    dataset: DatasetRequest
    training: Training = Training()
    circuit: CircuitRequest
    execution: Execution = Execution()
    limits: RunLimits
    claim: Claim = Claim()


class Code(Document):
    """Which code was meant: digest of the installed distributions, and the commit or "none"."""

    lock: Digest
    git: Annotated[str, Field(pattern=r"^(none|[0-9a-f]{40}(-dirty)?)$")]


class Manifest(ManifestRequest):
    """What is signed: the author's part and the machine's.

    Attributes:
        submitter: the key that signed it; where the tenant's execution key signed instead, the template's
            submitter, or "unauthenticated" for a run that somebody triggered from a form.
        parent: the signed template that it is an instance of.
    """

    v: Literal[1]
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    submitter: Submitter
    parent: Digest | None = None
    created: AwareDatetime
    not_before: AwareDatetime
    not_after: AwareDatetime
    code: Code
    dataset: Dataset

    @model_validator(mode="after")
    def _window_is_bounded(self) -> "Manifest":
        seconds = (self.not_after - self.not_before).total_seconds()
        if not 0 < seconds <= VALID_FOR_S_MAX:
            raise ValueError(f"not_after must follow not_before by at most {VALID_FOR_S_MAX} s")
        return self

    def covers(self, now: datetime) -> bool:
        """Return whether `now` (aware) lies inside the validity window."""
        return self.not_before <= now <= self.not_after
