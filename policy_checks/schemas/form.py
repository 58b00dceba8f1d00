"""What a person fills in to trigger a run from Prefect: a manifest without columns, paths or names of people.

Prefect shows the titles, descriptions and bounds; nothing that it checks is relied on.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from policy_checks.schemas.base import Digest, Document, Name
from policy_checks.schemas.manifest import Mode, Money, Purpose, Training


class CircuitForm(Document):
    """The circuit that is trained and simulated."""

    ansatz: Annotated[
        Literal["angle_ring"],
        Field(title="Ansatz", description="Shape of the circuit: angle-encoded features, then rings of CX."),
    ] = "angle_ring"
    qubits: Annotated[
        int, Field(ge=2, le=12, title="Qubits", description="Width, 2 to 12. Noise is simulated up to 6.")
    ] = 4
    layers: Annotated[
        int, Field(ge=1, le=100, title="Layers", description="Depth in rings, 1 to 100. Cost grows with it.")
    ] = 2


class ExecutionForm(Document):
    """How the trained circuit is evaluated."""

    target: Annotated[
        str,
        Field(
            pattern=r"^(aer|ibm:[a-z0-9_]{1,64})$",
            title="Target",
            description="aer simulates here; ibm:DEVICE is a real device: production only, always reviewed.",
        ),
    ] = "aer"
    shots: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000,
            title="Shots",
            description="Measurements of each circuit, 0 to 1,000,000; 0 evaluates exactly only.",
        ),
    ] = 1024
    noise: Annotated[
        Literal["none", "depolarising_readout"],
        Field(title="Noise", description="Noise model of a second evaluation beside the exact one."),
    ] = "none"
    mitigation: Annotated[
        Literal["none"], Field(title="Mitigation", description="Error mitigation of the noisy evaluation.")
    ] = "none"
    seed: Annotated[
        int,
        Field(ge=0, le=2**31 - 1, title="Seed", description="Of split, initial weights and sampling."),
    ] = 7


class LimitsForm(Document):
    """What this one run may use at most; the policy's limits hold besides."""

    quantum_s_max: Annotated[
        float,
        Field(gt=0, le=86_400, title="Quantum seconds", description="Of simulation, in all; up to 86,400."),
    ] = 60.0
    cost_eur_max: Annotated[
        Money, Field(title="Cost, EUR", description="Predicted cost of the whole run at most.")
    ] = Decimal("1.00")


class RunForm(Document):
    """One custom run: either the digest of a manifest that was signed and submitted, or these fields."""

    dataset: Name | None = None
    purpose: Purpose = "qml"
    mode: Mode = "dry_run"
    training: Training = Training()
    circuit: CircuitForm = CircuitForm()
    execution: ExecutionForm = ExecutionForm()
    limits: LimitsForm = LimitsForm()
    manifest: Digest | None = None
