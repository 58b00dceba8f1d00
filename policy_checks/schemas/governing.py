"""The documents that govern every run: policy limits, tenants, tariff. Each has a version and a digest."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from policy_checks.integrity import strict_json
from policy_checks.schemas.base import Document, Name
from policy_checks.schemas.manifest import Mode, Money, Purpose

Service = Literal["neural_training", "neural_inference", "quantum_simulation", "quantum_hardware"]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
GIB = 1 << 30
DAY_S = 86_400


class CircuitLimits(Document):
    """What the trained layer and the noise simulator are built for, and bounds on every tenant's tiers.

    Where a bound is named, no tenant's tier is wider: `_automatic_max` bounds what nobody is asked for,
    `_max` what people may allow.
    """

    qubits_max: Annotated[int, Field(ge=2, le=12)]
    noise_qubits_max: Annotated[int, Field(ge=1, le=6)]
    gates_2q_automatic_max: Count | None = None
    gates_2q_max: Count | None = None
    shots_automatic_max: Count | None = None
    shots_max: Count | None = None
    quantum_s_automatic_max: Positive | None = None
    quantum_s_max: Positive | None = None
    peak_bytes_max: Count | None = None


class Budgets(Document):
    """Clause P6: seconds for one batch of `batch_rows` rows, simulated on this machine.

    Attributes:
        remote_wait_s: how long a run waits for a remote device's whole answer, its queue included.
    """

    batch_rows: Annotated[int, Field(ge=1, le=256)]
    neural_s: Positive
    quantum_s: Positive
    hybrid_s: Positive
    reserve_s: Positive
    remote_wait_s: Positive


class ApprovalLimits(Document):
    """How a run asks people.

    Attributes:
        askings_max: how often one run asks before it gives up.
        open_s_max: how long a question waits at most; never beyond the manifest's own window.
    """

    askings_max: Annotated[int, Field(ge=1, le=1000)]
    open_s_max: Annotated[int, Field(ge=1, le=7 * 86_400)]


class Governed(Document):
    """What every governing document carries.

    `version` rises by one with each adoption; signing sets the window, so that a draft has none.
    """

    version: Count
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of what its author said.

        What is left out stays out: otherwise a field that is added here later would change the identity of
        every document that was signed before.
        """
        window = {"valid_from": None, "valid_until": None}
        return strict_json.dumps(window | self.model_dump(mode="json", exclude_unset=True))


class Policy(Governed):
    """The organisation policy's figures and its own dates."""

    document: Literal["policy"]
    policy_version: str
    last_updated: date
    next_review: date
    limits: CircuitLimits
    budgets: Budgets
    approvals: ApprovalLimits
    referee_error_max: Positive


class Tier(Document):
    """What a job may need to be of this tier; None where only the seconds bound it.

    Attributes:
        shots_max: for each circuit.
        quantum_s_max: predicted for the whole job.
        peak_bytes_max: predicted for one state.
    """

    qubits_max: Count
    quantum_s_max: Positive
    peak_bytes_max: Count
    gates_2q_max: Count | None = None
    shots_max: Count | None = None


class Tiers(Document):
    """How many people must agree to a job: nobody up to t0, one up to t1, two up to t2; beyond, nobody may.

    Each tier allows at least what the one below it allows.
    """

    t0: Tier = Tier(qubits_max=12, gates_2q_max=500, shots_max=20_000, quantum_s_max=60.0, peak_bytes_max=GIB)
    t1: Tier = Tier(qubits_max=20, quantum_s_max=600.0, peak_bytes_max=8 * GIB)
    t2: Tier = Tier(qubits_max=26, quantum_s_max=3_600.0, peak_bytes_max=16 * GIB)

    @model_validator(mode="after")
    def _rise(self) -> "Tiers":
        for name in Tier.model_fields:
            bounds = [getattr(tier, name) or float("inf") for tier in (self.t0, self.t1, self.t2)]
            if bounds != sorted(bounds):
                raise ValueError(f"{name} must not fall from one tier to the next")
        return self


class Quotas(Document):
    """What all of a tenant's runs together may use in any window of so many seconds.

    Attributes:
        ccu_max: complexity units, see `policy_checks.complexity.ccu`.
        storage_bytes_max: what the runs of a window leave in the state folder.
    """

    window_s: Annotated[int, Field(ge=60, le=31 * DAY_S)] = DAY_S
    ccu_max: Positive = 1e10
    quantum_s_max: Positive = 14_400.0
    neural_s_max: Positive = 28_800.0
    runs_max: Annotated[int, Field(ge=1, le=10_000)] = 1_000
    storage_bytes_max: Count = 10 * GIB


class Tenant(Document):
    """What one tenant may ask for, and where its tables lie.

    Relative dataset roots start at the project's folder. `runs_max` of its runs execute at the same time.
    """

    name: Name
    dataset_roots: Annotated[tuple[str, ...], Field(min_length=1)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    runs_max: Annotated[int, Field(ge=1, le=64)]
    tiers: Tiers = Tiers()
    quotas: Quotas = Quotas()


class Tenants(Governed):
    """Everyone whose work may run here."""

    document: Literal["tenants"]
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)]

    def find(self, name: str) -> Tenant | None:
        """Return the tenant of that name, or None."""
        return next((tenant for tenant in self.tenants if tenant.name == name), None)


class Tariff(Governed):
    """Price of one second of each service."""

    document: Literal["tariff"]
    currency: Literal["EUR"]
    per_second: dict[Service, Money]

    def price(self, service: Service) -> Decimal:
        """Return the price of a second.

        Raises:
            KeyError: the tariff does not price this service.
        """
        return self.per_second[service]
