"""What a simulation costs on one machine, as it was measured there."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from policy_checks.schemas.base import Digest, Document

Seconds = Annotated[float, Field(ge=0, le=1e3)]
Words = Annotated[str, StringConstraints(max_length=128)]


class CostModel(Document):
    """Seconds of processor time of each part of a simulation, on one core, and how far they are to be trusted.

    Attributes:
        call_s: a request, whatever it asks.
        build_s: a gate that is built the first time, in each measured basis.
        noisy_build_s: the same with its noise.
        basis_s: a measured basis.
        circuit_s: a bound circuit, before its first gate.
        gate_s: a gate, whatever the size of the state.
        amplitude_s: a gate on one amplitude of a state that the processor's cache holds.
        far_amplitude_s: the same on a larger state.
        noisy_amplitude_s: a gate and its noise on one element of a density matrix.
        label_s: a term of an observable.
        mean_s: the exact mean of a term in a row, whatever the size of the state.
        term_s: the same, an amplitude.
        probability_s: a sampled distribution, an outcome that it could have.
        outcome_s: an outcome that it has, at most one a shot.
        sign_s: a term on such an outcome.
        spread: the interval is from 1 / spread of the prediction to spread times it.
    """

    call_s: Seconds
    build_s: Seconds
    noisy_build_s: Seconds
    basis_s: Seconds
    circuit_s: Seconds
    gate_s: Seconds
    amplitude_s: Seconds
    far_amplitude_s: Seconds
    noisy_amplitude_s: Seconds
    label_s: Seconds
    mean_s: Seconds
    term_s: Seconds
    probability_s: Seconds
    outcome_s: Seconds
    sign_s: Seconds
    spread: Annotated[float, Field(ge=1, le=100)]


class Calibration(Document):
    """A cost model with what it was measured on.

    Attributes:
        host: digest of the machine's own identity; its name is nowhere.
        cpu: the processor's model, as it names itself.
        versions: of what simulates.
        n_measured: circuits that were measured.
    """

    model: CostModel
    measured_at: AwareDatetime
    host: Digest
    cpu: Words
    versions: dict[Words, Words]
    n_measured: Annotated[int, Field(ge=1)]
