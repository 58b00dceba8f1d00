"""What may be asked of the simulating process: checked alike on both sides of the pipe."""

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from policy_checks.schemas.base import Document
from policy_checks.schemas.manifest import CircuitRequest

SimulationMode = Literal["exact", "shots", "noise"]
ErrorCode = Literal["frame-refused", "request-refused", "angles-refused", "simulation-failed"]
Angles = NDArray[np.float64]

ROWS_MAX = 256
QUBITS_MAX = 12
NOISY_QUBITS_MAX = 6


class SimulationRequest(Document):
    """One batch of circuits: which ansatz, simulated how, within what time.

    `exact` takes neither shots nor noise; `shots` takes shots; `noise` takes a noise model, and
    shots too if the noisy probabilities shall be sampled. `seed` and `batch` together choose the
    stream of random numbers.
    """

    circuit: CircuitRequest
    mode: SimulationMode
    shots: Annotated[int, Field(ge=1, le=10**12)] | None
    noise: Literal["depolarising_readout"] | None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)]
    batch: Annotated[int, Field(ge=0, le=2**31 - 1)]
    deadline_s: Annotated[float, Field(gt=0, le=86_400)]

    @model_validator(mode="after")
    def _mode_fits(self) -> Self:
        if (self.mode == "noise") != (self.noise is not None):
            raise ValueError("mode 'noise' and a noise model belong together")
        if (self.mode == "exact" and self.shots is not None) or (self.mode == "shots" and self.shots is None):
            raise ValueError("mode 'shots' needs shots, mode 'exact' has none")
        n_qubits_max = NOISY_QUBITS_MAX if self.mode == "noise" else QUBITS_MAX
        if self.circuit.qubits > n_qubits_max:
            raise ValueError(f"{self.circuit.qubits} qubits requested, {n_qubits_max} can be simulated")
        return self

    def refuse_unfit(self, weights: Angles, angles: Angles) -> None:
        """Raise ValueError unless both arrays are float64 of the shapes that the circuit needs.

        Args:
            weights: radians, shape (n_layers, n_qubits, 2).
            angles: radians, shape (rows, n_qubits) with 1 to 256 rows.
        """
        n_qubits, n_layers = self.circuit.qubits, self.circuit.layers
        if weights.dtype != np.float64 or angles.dtype != np.float64:
            raise ValueError(f"weights {weights.dtype} and angles {angles.dtype} found, float64 needed")
        if weights.shape != (n_layers, n_qubits, 2):
            raise ValueError(f"weights of shape {weights.shape} found, {(n_layers, n_qubits, 2)} needed")
        if angles.ndim != 2 or angles.shape[1] != n_qubits or not 1 <= len(angles) <= ROWS_MAX:
            raise ValueError(f"angles of shape {angles.shape} found, 1 to {ROWS_MAX} x {n_qubits} needed")
