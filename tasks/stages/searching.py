"""Search a circuit's free angles for the best expected value of a job's problem."""

from dataclasses import dataclass

import numpy as np

from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.solution import Series
from tasks.quantum import search
from tasks.quantum.program import Program
from tasks.quantum.search import Angles
from tasks.stages import progress
from tasks.stages.estimation import measured
from tasks.stages.job import Job


@dataclass(frozen=True)
class Searched:
    """The best angles, shape (1, inputs), the expected value at them, and how it was found."""

    program: Program
    angles: Angles
    expected: Measured
    series: Series


def searched(job: Job, *, largest: bool) -> Searched:
    """Return the angles at which the expected value is the smallest, or the largest, that was met.

    The value is asked anew at the end: of many sampled values the best one is too good by chance.

    Raises:
        WorkerLost: the circuits gave no usable result in time.
    """
    program, wanted, sign = job.program(), job.manifest.search, -1.0 if largest else 1.0
    free, n_asked = _free(job, program), 0

    def value(weights: Angles) -> float:
        nonlocal n_asked
        progress.advance(n_asked, wanted.starts * wanted.evaluations_max, "searching angles")
        n_asked += 1
        row = _row(free, weights)
        found = job.estimator.expectations(program, row, (job.terms,), same_draws=True)
        return sign * float(found.mean[0, 0])

    found = search.minimise(
        value,
        int(free.sum()),
        evaluations_max=wanted.evaluations_max,
        starts=wanted.starts,
        seed=job.manifest.execution.seed,
    )
    angles = _row(free, found.angles)
    last = job.estimator.expectations(program, angles, (job.terms,))
    return Searched(
        program,
        angles,
        measured(float(last.mean[0, 0]), float(last.error[0, 0])),
        Series(
            name="search",
            x=tuple(float(number) for number in range(1, len(found.history) + 1)),
            y=tuple(sign * each for each in found.history),
        ),
    )


def _free(job: Job, program: Program) -> "np.typing.NDArray[np.bool_]":
    """Return which inputs are searched: all of an own circuit; of a named one the weights, as there is no data."""
    named = program.language == "ansatz"
    return np.array([not (named and name.startswith("x")) for name in program.inputs], dtype=bool)


def _row(free: "np.typing.NDArray[np.bool_]", weights: Angles) -> Angles:
    row = np.zeros((1, len(free)))
    row[0, free] = weights
    return row
