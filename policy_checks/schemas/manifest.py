"""What a submitter asks for: the author's part in TOML, the machine's part added by signing."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Discriminator, Field, PlainSerializer, Tag, model_validator

from policy_checks.schemas.base import Digest, Document, KeyId, Name
from policy_checks.schemas.dataset import Dataset, DatasetRequest
from policy_checks.schemas.problem import Evolution, Optimiser, Problem

Purpose = Literal["qml", "optimisation", "simulation", "hybrid"]
Kind = Literal["train", "optimise", "simulate", "variational"]
Mode = Literal["dry_run", "production"]
Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=18, decimal_places=6),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
]

Submitter = KeyId | Literal["unauthenticated"]

VALID_FOR_S_MAX = 86_400
NAMED, OWN = "a named circuit", "an own circuit"


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


class OwnCircuitRequest(Document):
    """A circuit of the author's own: OpenQASM 2 or 3 in a file under one of the tenant's registered roots.

    Attributes:
        qubits: how many it declares.
    """

    openqasm: Annotated[str, Field(min_length=1, max_length=1024)]
    sha256: Digest | None = None
    qubits: Annotated[int, Field(ge=1, le=128)]


class OwnCircuit(OwnCircuitRequest):
    """The same with its digest: what was signed is what will be read."""

    sha256: Digest


def _tag(circuit: Any) -> str:
    own = "openqasm" in circuit if isinstance(circuit, dict) else hasattr(circuit, "openqasm")
    return OWN if own else NAMED


AnyCircuitRequest = Annotated[
    Annotated[CircuitRequest, Tag(NAMED)] | Annotated[OwnCircuitRequest, Tag(OWN)], Discriminator(_tag)
]
Circuit = Annotated[
    Annotated[CircuitRequest, Tag(NAMED)] | Annotated[OwnCircuit, Tag(OWN)], Discriminator(_tag)
]


SHOTS_MIN = 16
"""A mean over fewer shots would be little else than the bits themselves, and those do not leave (R2.1)."""


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


SECTIONS: dict[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "train": (frozenset({"dataset"}), frozenset({"dataset", "training"})),
    "optimise": (frozenset({"problem"}), frozenset({"problem", "optimiser"})),
    "simulate": (frozenset({"problem"}), frozenset({"problem", "evolution"})),
    "variational": (frozenset({"problem"}), frozenset({"problem", "optimiser"})),
}
"""Kind of job -> the sections that it needs, and those that it may have; all other sections are every kind's."""


class ManifestRequest(Document):
    """The author's part: what stands in the TOML file. Which sections it has depends on its kind.

    Attributes:
        dataset: of kind "train" only; `table` gives it where it must be there.
        training: None where the kind trains nothing, or where the defaults are meant.
    """

    tenant: Name
    kind: Kind
    purpose: Purpose
    mode: Mode = "dry_run"
    valid_for_s: Annotated[int, Field(ge=60, le=VALID_FOR_S_MAX)] = VALID_FOR_S_MAX
    dataset: DatasetRequest | None = None
    training: Training | None = None
    problem: Problem | None = None
    evolution: Evolution | None = None
    optimiser: Optimiser | None = None
    circuit: AnyCircuitRequest
    execution: Execution = Execution()
    limits: RunLimits
    claim: Claim = Claim()

    @model_validator(mode="after")
    def _sections_fit_the_kind(self) -> Self:
        needed, allowed = SECTIONS[self.kind]
        every = frozenset().union(*(may for _, may in SECTIONS.values()))
        found = {name for name in every if getattr(self, name) is not None}
        if missing := sorted(needed - found):
            raise ValueError(f"a job of kind {self.kind} needs {', '.join(missing)}")
        if foreign := sorted(found - allowed):
            raise ValueError(f"a job of kind {self.kind} has no {', '.join(foreign)}")
        if self.problem is not None and self.problem.n_qubits != self.circuit.qubits:
            raise ValueError(
                f"circuit.qubits is {self.circuit.qubits}, but the problem has {self.problem.n_qubits} qubits"
            )
        watched = isinstance(self.circuit, CircuitRequest) and self.circuit.ansatz == "trotter"
        if watched != (self.evolution is not None):
            raise ValueError('circuit.ansatz = "trotter" and an evolution belong together')
        return self

    @property
    def fitting(self) -> Training:
        """How the model is fitted, the defaults where nothing is said."""
        return self.training or Training()

    @property
    def search(self) -> Optimiser:
        """How free angles are searched, the defaults where nothing is said."""
        return self.optimiser or Optimiser()

    @property
    def hamiltonian(self) -> Problem:
        """The problem of a job that has one.

        Raises:
            AssertionError: its kind has none.
        """
        if self.problem is None:
            raise AssertionError(f"a job of kind {self.kind} has no problem")
        return self.problem


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
    dataset: Dataset | None = None
    circuit: Circuit

    @property
    def ansatz(self) -> CircuitRequest:
        """The named circuit of a job that has one.

        Raises:
            AssertionError: the circuit is the author's own.
        """
        if not isinstance(self.circuit, CircuitRequest):
            raise AssertionError("the circuit is the author's own")
        return self.circuit

    @property
    def table(self) -> Dataset:
        """The table of a job that has one.

        Raises:
            AssertionError: its kind has none.
        """
        if self.dataset is None:
            raise AssertionError(f"a job of kind {self.kind} has no table")
        return self.dataset

    @model_validator(mode="after")
    def _window_is_bounded(self) -> "Manifest":
        seconds = (self.not_after - self.not_before).total_seconds()
        if not 0 < seconds <= VALID_FOR_S_MAX:
            raise ValueError(f"not_after must follow not_before by at most {VALID_FOR_S_MAX} s")
        return self

    def covers(self, now: datetime) -> bool:
        """Return whether `now` (aware) lies inside the validity window."""
        return self.not_before <= now <= self.not_after
