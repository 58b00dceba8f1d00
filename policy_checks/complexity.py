"""How heavy is this circuit, before anything is expanded or run?

Seconds come from a cost model: a shipped default, measured on one core, until `atomq calibrate` has
measured the machine at hand.
"""

import math
from dataclasses import dataclass

from policy_checks.schemas.calibration import CostModel
from policy_checks.schemas.circuit import CircuitProfile

SHIPPED = CostModel(
    call_s=1.9e-3, build_s=28e-6, noisy_build_s=55e-6, basis_s=0.3e-3, circuit_s=113e-6, gate_s=1.43e-6,
    amplitude_s=1.96e-9, far_amplitude_s=1.96e-9, noisy_amplitude_s=6 * 1.96e-9,
    label_s=9e-6, mean_s=0.5e-6, term_s=3.4e-9, probability_s=30e-9, outcome_s=30e-9, sign_s=2e-9, spread=3.0,
)  # fmt: skip
"""A density-matrix gate touches the matrix from both sides and adds a channel: about six passes over it."""

CACHED_QUBITS = 16
"""A state of 2**16 amplitudes is one mebibyte, which the second cache of a present core still holds."""

BYTES_PER_AMPLITUDE = 24
"""The state, 16, beside its distribution, 8; when the state is gone, counts and shares take its place."""

BYTES_PER_GATE = 40 * 1024
"""A gate in every form that it takes on its way, 256 angles included, in every circuit that is kept."""

BYTES_OF_A_REQUEST = 96 * 1024**2
"""What does not grow with the circuit: values, answers, and pieces of distributions at work."""

DEFINED_IN = {
    "ch": 7, "iswap": 6, "dcx": 2, "xx_plus_yy": 14, "xx_minus_yy": 14, "rccx": 9, "rcccx": 18, "c3sqrtx": 27,
}  # fmt: skip
"""Gates that the simulator has not -> the gates that it has, in which they are defined."""

NOISY_DEFINED_IN = {
    **DEFINED_IN, "csx": 7, "cp": 5, "crx": 6, "cry": 4, "crz": 4, "cu1": 5, "cu3": 6, "cu": 7,
}  # fmt: skip
"""The same for density matrices, on two qubits; wider gates come down to what the profile says."""

WIDE = frozenset({"rccx", "rcccx", "c3sqrtx"})
NOT_SIMULATED = frozenset({"measure", "reset", "barrier", "delay"})
TRAIN_ROW_S, TRAIN_GATE_S, TRAIN_AMPLITUDE_S = 5e-5, 0.7e-6, 2.2e-9
"""Seconds of a row, of a gate in it, and of that gate on an amplitude, there and back: one core, 4 to 12 qubits."""

DEVICE_JOB_S = 2.0
DEVICE_SHOT_S = 250e-6
"""What a device of the mid-2020s takes for a job and, its pause before each shot included, for a shot."""


@dataclass(frozen=True, slots=True)
class Work:
    """What one request asks of a circuit.

    Attributes:
        n_rows: sets of inputs.
        n_bases: measured bases, each a circuit of its own; none for exact means without noise.
        n_terms: Pauli operators in all observables.
        shots: a row and basis; None where nothing is drawn.
        n_requests: how often the same is asked.
        is_one_circuit: requests after the first find its gates built.
    """

    n_rows: int = 1
    n_bases: int = 0
    n_terms: int = 0
    shots: int | None = None
    noisy: bool = False
    n_requests: int = 1
    is_one_circuit: bool = True


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure is expected, and within which bounds."""

    low: float
    mid: float
    high: float


def ccu(profile: CircuitProfile, *, n_circuits: int, shots: int | None, multiplier: float = 1.0) -> float:
    """Return complexity units: multiplier x circuits x (5 + shots x (N1 + 10 N2 + 5 Nm) / 5000).

    Nm counts measurements and resets. Exact evaluation counts as 2**n shots, since that many amplitudes are
    computed; a circuit that is simulated is evaluated exactly, however few shots are drawn from it.

    Args:
        n_circuits: circuits times sets of parameters.
        multiplier: how many circuits error mitigation runs in place of one.
    """
    effective = max(shots or 1, 1 << profile.n_qubits)
    weight = profile.n_1q + 10 * profile.n_2q + 5 * (profile.n_measure + profile.n_reset)
    return multiplier * n_circuits * (5 + effective * weight / 5000)


def predicted_s(
    profile: CircuitProfile, *, n_circuits: int, noisy: bool = False, model: CostModel = SHIPPED
) -> float:
    """Return predicted CPU seconds on one core of the simulations alone, all of one request."""
    return predicted(profile, Work(n_rows=n_circuits, noisy=noisy), model).mid


def predicted(profile: CircuitProfile, work: Work, model: CostModel = SHIPPED) -> Interval:
    """Return the CPU seconds, on one core, that the simulating process is expected to take."""
    mid = sum(getattr(model, name) * n for name, n in cost_counts(profile, work).items())
    return Interval(mid / model.spread, mid, mid * model.spread)


def cost_counts(profile: CircuitProfile, work: Work) -> dict[str, float]:
    """Return how often each part of a cost model is paid."""
    n_qubits, gates = profile.n_qubits, n_simulated(profile, noisy=work.noisy)
    n_rows, n_bases = work.n_requests * work.n_rows, work.n_requests * work.n_bases
    n_built = gates * max(1, work.n_bases) * (1 if work.is_one_circuit else work.n_requests)
    circuits = n_rows * max(1, work.n_bases)
    states = math.ldexp(circuits, n_qubits)
    turned = states if work.n_bases else 0.0
    outcomes = n_rows * min(work.shots or math.inf, 1 << n_qubits) if work.n_bases else 0.0
    touched = "noisy_amplitude_s" if work.noisy else _amplitude(n_qubits)
    return {
        "call_s": work.n_requests,
        "noisy_build_s" if work.noisy else "build_s": n_built,
        "basis_s": n_bases,
        "circuit_s": circuits,
        "gate_s": circuits * gates,
        touched: states * gates * (1 << n_qubits if work.noisy else 1),
        "label_s": work.n_requests * work.n_terms,
        "mean_s": 0.0 if work.n_bases else circuits * work.n_terms,
        "term_s": 0.0 if work.n_bases else states * work.n_terms,
        "probability_s": turned,
        "outcome_s": outcomes,
        "sign_s": min(outcomes, work.n_requests << n_qubits) * work.n_terms,
    }


def n_simulated(profile: CircuitProfile, *, noisy: bool = False) -> int:
    """Return how many gates the simulator works on: its own as they are, others as they are defined."""
    if not profile.gates:
        return profile.n_gates
    if noisy:
        return profile.n_gates + sum(
            (NOISY_DEFINED_IN.get(name, 1) - 1) * n for name, n in profile.gates if name not in WIDE
        )
    return sum(DEFINED_IN.get(name, 1) * n for name, n in profile.gates if name not in NOT_SIMULATED)


def _amplitude(n_qubits: int) -> str:
    return "amplitude_s" if n_qubits <= CACHED_QUBITS else "far_amplitude_s"


def predicted_device_s(*, n_circuits: int, shots: int) -> float:
    """Return a rough estimate of the seconds that a remote device is used for one job; its queue is not."""
    return DEVICE_JOB_S + DEVICE_SHOT_S * shots * n_circuits


def predicted_bytes(profile: CircuitProfile, *, noisy: bool = False) -> int:
    """Return an upper bound of the bytes that the simulating process grows by, for any request of a circuit."""
    amplitudes = 1 << (2 * profile.n_qubits if noisy else profile.n_qubits)
    gates = n_simulated(profile, noisy=noisy)
    return BYTES_OF_A_REQUEST + BYTES_PER_GATE * gates + BYTES_PER_AMPLITUDE * amplitudes


def predicted_training_s(profile: CircuitProfile, *, n_rows: int, epochs: int) -> float:
    """Return a rough upper estimate of training seconds: every epoch touches 60 % of the rows once."""
    gate_s = TRAIN_GATE_S + math.ldexp(TRAIN_AMPLITUDE_S, profile.n_qubits)
    return epochs * 0.6 * n_rows * (TRAIN_ROW_S + gate_s * profile.n_gates)
