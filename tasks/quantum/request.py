"""What may be asked of the simulating process: checked alike on both sides of the pipe."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints, model_validator

from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.schemas.base import Document
from policy_checks.schemas.manifest import SHOTS_MIN
from tasks.quantum.observables import PauliSum
from tasks.quantum.parsing import answer
from tasks.quantum.program import Program
from tasks.quantum.unitary import unitary_part

SimulationMode = Literal["exact", "shots", "noise"]
ErrorCode = Literal["frame-refused", "request-refused", "angles-refused", "simulation-failed"]
Angles = NDArray[np.float64]

ROWS_MAX = 256
PROGRAM_QUBITS_MAX = 26
NOISY_QUBITS_MAX = 6
CELLS_MAX = 60_000
"""Values, or answers, of all rows together: two arrays of so many numbers fit into a frame."""

TERMS_MAX = 16_384
Label = Annotated[str, StringConstraints(pattern=f"^[IXYZ]{{1,{PROGRAM_QUBITS_MAX}}}$")]
Coefficient = Annotated[float, Field(ge=-1e12, le=1e12)]
Term = Annotated[tuple[Label, Coefficient], Field(strict=False)]
Sum = Annotated[tuple[Term, ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True)
class Estimates:
    """Means of observables with their standard errors, both of shape (rows, n_observables)."""

    mean: NDArray[np.float64]
    error: NDArray[np.float64]


class EstimateRequest(Document):
    """One batch of any program: the means of sums of Pauli operators.

    `exact` takes neither shots nor noise; `shots` takes shots; `noise` takes a noise model, and
    shots too if the noisy probabilities shall be sampled. `seed` and `batch` together choose the
    stream of random numbers.

    Attributes:
        program: the circuit as JSON, in the form in which the reading process sends it.
    """

    program: str
    observables: Annotated[tuple[Sum, ...], Field(strict=False, min_length=1)]
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

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.shots is not None and self.shots < SHOTS_MIN:
            raise ValueError(f"{self.shots} shots requested, a mean needs {SHOTS_MIN} or more")
        if sum(len(observable) for observable in self.observables) > TERMS_MAX:
            raise ValueError(f"observables of more than {TERMS_MAX} terms")
        return self

    def refuse_unfit(self, program: Program, values: Angles) -> None:
        """Raise ValueError unless the values and labels are of the sizes that the program needs.

        Args:
            values: of the inputs, float64 of shape (rows, n_inputs) with 1 to 256 rows.
        """
        most = NOISY_QUBITS_MAX if self.mode == "noise" else PROGRAM_QUBITS_MAX
        if program.n_qubits > most:
            raise ValueError(f"{program.n_qubits} qubits requested, {most} can be simulated")
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
    shots: Annotated[int, Field(ge=SHOTS_MIN, le=10**12)]

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
