"""What a person fills in to trigger a run from Prefect: a manifest without columns, paths or names of people.

Prefect shows the titles, descriptions and bounds; nothing that it checks is relied on.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from policy_checks.schemas.base import Digest, Document, Name
from policy_checks.schemas.manifest import Mode, Money, Purpose


class CircuitForm(Document):
    """The circuit that is trained and simulated."""

    model_config = ConfigDict(title="Circuit")

    ansatz: Annotated[
        Literal["angle_ring", "strongly_entangling", "zz_two_local"],
        Field(
            title="Ansatz",
            description="Shape of the circuit: angle_ring is the fastest, strongly_entangling has the most "
            "weights, zz_two_local multiplies features.",
        ),
    ] = "angle_ring"
    qubits: Annotated[
        int, Field(ge=2, le=12, title="Qubits", description="Width, 2 to 12. Noise is simulated up to 6.")
    ] = 4
    layers: Annotated[
        int, Field(ge=1, le=100, title="Layers", description="Depth in rings, 1 to 100. Cost grows with it.")
    ] = 2


class ExecutionForm(Document):
    """How the trained circuit is evaluated."""

    model_config = ConfigDict(title="Execution")

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
        Field(
            ge=0,
            le=2**31 - 1,
            title="Seed",
            description="0 to 2,147,483,647; of split, first weights and sampling.",
        ),
    ] = 7


class LimitsForm(Document):
    """What this one run may use at most; the policy's limits hold besides."""

    model_config = ConfigDict(title="Limits")

    quantum_s_max: Annotated[
        float,
        Field(
            gt=0,
            le=86_400,
            title="Quantum seconds",
            description="Of simulation, in all; above 0, up to 86,400.",
        ),
    ] = 60.0
    cost_eur_max: Annotated[
        Money,
        Field(title="Cost, EUR", description="Of the whole run, as predicted; 0 or more, such as 1.00."),
    ] = Decimal("1.00")


class TrainingForm(Document):
    """How the two-headed model is fitted."""

    model_config = ConfigDict(title="Training")

    epochs_max: Annotated[
        int,
        Field(
            ge=1, le=1000, title="Epochs", description="Passes over the training rows at most, 1 to 1,000."
        ),
    ] = 60
    patience: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            title="Patience",
            description="Epochs without a better validation loss before it stops, 1 to 1,000.",
        ),
    ] = 10
    batch_size: Annotated[
        int, Field(ge=2, le=4096, title="Batch size", description="Rows of each step, 2 to 4,096.")
    ] = 64
    learning_rate: Annotated[
        float, Field(gt=0, le=1, title="Learning rate", description="Of each step; above 0, up to 1.")
    ] = 0.01
    hidden_units: Annotated[
        int,
        Field(
            ge=2, le=512, title="Hidden units", description="Width of the encoder's hidden layer, 2 to 512."
        ),
    ] = 16


class RunForm(Document):
    """One custom run: either the digest of a manifest that was signed and submitted, or these fields."""

    dataset: Annotated[
        Name | None, Field(title="Dataset", description="A table that is registered for this tenant.")
    ] = None
    purpose: Annotated[Purpose, Field(title="Purpose", description="What it is for.")] = "qml"
    mode: Annotated[
        Mode,
        Field(
            title="Mode",
            description="dry_run simulates here; production counts in the tenant's records and asks reviewers.",
        ),
    ] = "dry_run"
    training: TrainingForm = TrainingForm()
    circuit: CircuitForm = CircuitForm()
    execution: ExecutionForm = ExecutionForm()
    limits: LimitsForm = LimitsForm()
    manifest: Annotated[
        Digest | None,
        Field(
            title="Manifest",
            description="Instead of all that: the digest that atomq submit printed for a signed manifest.",
        ),
    ] = None
