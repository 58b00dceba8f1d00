"""What may be asked of the simulating process: checked alike on both sides of the pipe."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints, model_validator

from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.schemas.base import Document
from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.observables import PauliSum
from tasks.quantum.parsing import answer
from tasks.quantum.program import Program
from tasks.quantum.unitary import unitary_part

SimulationMode = Literal["exact", "shots", "noise"]
ErrorCode = Literal["frame-refused", "request-refused", "angles-refused", "simulation-failed"]
Angles = NDArray[np.float64]

ROWS_MAX = 256
QUBITS_MAX = 12
PROGRAM_QUBITS_MAX = 26
NOISY_QUBITS_MAX = 6
CELLS_MAX = 60_000
"""Values, or answers, of all rows together: two arrays of so many numbers fit into a frame."""

TERMS_MAX = 16_384
ESTIMATE_SHOTS_MIN = 16
"""A mean over fewer shots would be little else than the bits themselves, and those do not leave."""

Label = Annotated[str, StringConstraints(pattern=f"^[IXYZ]{{1,{PROGRAM_QUBITS_MAX}}}$")]
Coefficient = Annotated[float, Field(ge=-1e12, le=1e12)]
Term = Annotated[tuple[Label, Coefficient], Field(strict=False)]
Sum = Annotated[tuple[Term, ...], Field(strict=False, min_length=1)]


class _Asked(Document):
    """How something is simulated, and within what time.

    `exact` takes neither shots nor noise; `shots` takes shots; `noise` takes a noise model, and
    shots too if the noisy probabilities shall be sampled. `seed` and `batch` together choose the
    stream of random numbers.
    """

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
        return self

    def _refuse_width(self, n_qubits: int, n_qubits_max: int) -> None:
        most = NOISY_QUBITS_MAX if self.mode == "noise" else n_qubits_max
        if n_qubits > most:
            raise ValueError(f"{n_qubits} qubits requested, {most} can be simulated")


class SimulationRequest(_Asked):
    """One batch of the ansatz that is trained."""

    circuit: CircuitRequest

    @model_validator(mode="after")
    def _width_fits(self) -> Self:
        self._refuse_width(self.circuit.qubits, QUBITS_MAX)
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


@dataclass(frozen=True)
class Estimates:
    """Means of observables with their standard errors, both of shape (rows, n_observables)."""

    mean: NDArray[np.float64]
    error: NDArray[np.float64]


class EstimateRequest(_Asked):
    """One batch of any program: the means of sums of Pauli operators.

    Attributes:
        program: the circuit as JSON, in the form in which the reading process sends it.
    """

    program: str
    observables: Annotated[tuple[Sum, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.shots is not None and self.shots < ESTIMATE_SHOTS_MIN:
            raise ValueError(f"{self.shots} shots requested, a mean needs {ESTIMATE_SHOTS_MIN} or more")
        if sum(len(observable) for observable in self.observables) > TERMS_MAX:
            raise ValueError(f"observables of more than {TERMS_MAX} terms")
        return self

    def refuse_unfit(self, program: Program, values: Angles) -> None:
        """Raise ValueError unless the values and labels are of the sizes that the program needs.

        Args:
            values: of the inputs, float64 of shape (rows, n_inputs) with 1 to 256 rows.
        """
        self._refuse_width(program.n_qubits, PROGRAM_QUBITS_MAX)
        n_inputs, n_sums = len(program.inputs), len(self.observables)
        if values.dtype != np.float64 or values.ndim != 2 or values.shape[1] != n_inputs:
            raise ValueError(f"{values.dtype} of shape {values.shape} found, float64 x {n_inputs} needed")
        if not 1 <= len(values) <= ROWS_MAX or len(values) * max(n_inputs, n_sums) > CELLS_MAX:
            raise ValueError(f"1 to {ROWS_MAX} rows and {CELLS_MAX} cells can be asked for at once")
        if {len(label) for each in self.observables for label, _ in each} != {program.n_qubits}:
            raise ValueError(f"labels of {program.n_qubits} letters needed")


class WordRequest(EstimateRequest):
    """One circuit, read in the computational basis: the best word that is drawn, by a sum of Z's.

    Attributes:
        observables: one sum, of I and Z only.
        largest: whether more is better.
    """

    largest: bool
    shots: Annotated[int, Field(ge=ESTIMATE_SHOTS_MIN, le=10**12)]

    @model_validator(mode="after")
    def _is_of_words(self) -> Self:
        if len(self.observables) != 1 or any(set(label) - {"I", "Z"} for label, _ in self.observables[0]):
            raise ValueError("words have values under one sum of I and Z")
        return self


@lru_cache(maxsize=8)
def text_of(program: Program) -> str:
    """Return a program as it is sent.

    Raises:
        StageError: it is more than gates ("quantum-program-dynamic").
    """
    unitary_part(program)
    return answer.encode(program).decode("ascii")


@lru_cache(maxsize=8)
def program_of(text: str) -> Program:
    """Return a program as it was sent, every value of it looked at.

    Raises:
        ValueError: no honest caller sends this.
    """
    found = answer.decode(text.encode(), n_lines=TEXT_BYTES_MAX, n_qubits_max=PROGRAM_QUBITS_MAX)
    if not isinstance(found, Program):
        raise ValueError("a refusal found, a program needed")
    return found


def bounds(observables: tuple[PauliSum, ...]) -> NDArray[np.float64]:
    """Return the largest value that each observable can have."""
    return np.array([sum(abs(weight) for _, weight in each) for each in observables])
