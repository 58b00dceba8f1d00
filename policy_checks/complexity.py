"""How heavy is this circuit, before anything is expanded or run?

The cost model is a shipped default, measured on one core; a calibration on the machine at hand
replaces it later.
"""

import math

from policy_checks.schemas.circuit import CircuitProfile

CALL_S = 113e-6
GATE_S = 1.43e-6
AMPLITUDE_S = 1.96e-9
BYTES_PER_AMPLITUDE = 16
STATE_COPIES = 1.5
TRAIN_ROW_S = 5e-5
TRAIN_AMPLITUDE_S = 2e-7
DEVICE_JOB_S = 2.0
DEVICE_SHOT_S = 250e-6
"""What a device of the mid-2020s takes for a job and, its pause before each shot included, for a shot."""

DENSITY_FACTOR = 6.0
"""A density-matrix gate touches the matrix from both sides and adds a channel: measured as about six passes over a vector of its size."""


def ccu(profile: CircuitProfile, *, n_circuits: int, shots: int | None) -> float:
    """Return complexity units: circuits x (5 + shots x (N1 + 10 N2 + 5 Nm) / 5000).

    Exact evaluation counts as 2**n shots, since that many amplitudes are computed.
    """
    effective = max(shots or 1, 1 << profile.n_qubits)
    weight = profile.n_1q + 10 * profile.n_2q + 5 * profile.n_measure
    return n_circuits * (5 + effective * weight / 5000)


def predicted_s(profile: CircuitProfile, *, n_circuits: int, noisy: bool = False) -> float:
    """Return predicted CPU seconds on one core for statevector (or density-matrix) simulation."""
    amplitudes = math.ldexp(1.0, 2 * profile.n_qubits if noisy else profile.n_qubits)
    touch = AMPLITUDE_S * amplitudes * (DENSITY_FACTOR if noisy else 1.0)
    return n_circuits * (CALL_S + profile.n_gates * (GATE_S + touch))


def predicted_device_s(*, n_circuits: int, shots: int) -> float:
    """Return a rough estimate of the seconds that a remote device is used for one job; its queue is not."""
    return DEVICE_JOB_S + DEVICE_SHOT_S * shots * n_circuits


def predicted_bytes(profile: CircuitProfile, *, noisy: bool = False) -> int:
    """Return an upper bound of the bytes that one state needs at the peak."""
    amplitudes = 1 << (2 * profile.n_qubits if noisy else profile.n_qubits)
    return int(STATE_COPIES * BYTES_PER_AMPLITUDE) * amplitudes


def predicted_training_s(profile: CircuitProfile, *, n_rows: int, epochs: int) -> float:
    """Return a rough upper estimate of training seconds: every epoch touches 60 % of the rows once."""
    return epochs * 0.6 * n_rows * (TRAIN_ROW_S + TRAIN_AMPLITUDE_S * math.ldexp(1.0, profile.n_qubits))
