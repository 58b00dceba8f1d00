"""The documents that govern every run: policy limits, tenants, tariff. Each has a version and a digest."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from policy_checks.schemas.base import Document, Name
from policy_checks.schemas.manifest import Mode, Money, Purpose

Service = Literal["neural_training", "neural_inference", "quantum_simulation", "quantum_hardware"]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class CircuitLimits(Document):
    """Up to `_automatic_max` nobody is asked; up to `_max` a person may allow it; beyond, nobody may.

    The bounds on qubits are what the simulator and the trained layer are built for.
    """

    qubits_max: Annotated[int, Field(ge=2, le=12)]
    gates_2q_automatic_max: Count
    gates_2q_max: Count
    shots_automatic_max: Count
    shots_max: Count
    quantum_s_automatic_max: Positive
    quantum_s_max: Positive
    peak_bytes_max: Count
    noise_qubits_max: Annotated[int, Field(ge=1, le=6)]


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


class Tenant(Document):
    """What one tenant may ask for, and where its tables lie.

    Relative dataset roots start at the project's folder. `runs_max` of its runs execute at the same time.
    """

    name: Name
    dataset_roots: Annotated[tuple[str, ...], Field(min_length=1)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    runs_max: Annotated[int, Field(ge=1, le=64)]


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
