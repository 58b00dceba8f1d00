"""Simulate: the magnetisation of a system over time, or of an author's own circuit, each value with its error."""

import numpy as np

from policy_checks.errors import StageError
from policy_checks.schemas.solution import Series
from tasks.quantum import exact
from tasks.quantum.observables import magnetisation
from tasks.stages import progress
from tasks.stages.estimation import Z_95, measured
from tasks.stages.job import Answer, Job, References

FINAL, ENERGY, APART = "final_magnetisation", "energy", "largest_error"


def refer(job: Job) -> References:
    """Return the exact magnetisation at each moment, where the system is small enough; nothing of an own circuit."""
    watched = job.manifest.evolution
    if watched is None or job.n_qubits > exact.QUBITS_MAX:
        return References({})
    try:
        spins = exact.evolved(job.terms, watched.initial, moments(job))
    except StageError:  # Its energies times its time are too large for a series that ends in time.
        return References({})
    curve = tuple(float(each) for each in spins.mean(axis=1))
    return References({"exact": curve[-1]}, curve=curve)


def solve(job: Job, known: References) -> Answer:
    """Return the mean magnetisation at each moment, and the energy at the last one.

    Raises:
        WorkerLost: the circuits gave no usable result in time.
    """
    times, no_angles = moments(job), np.empty((1, 0))
    observables = (magnetisation(job.n_qubits), job.terms)
    mean, error = np.empty((len(times), 2)), np.empty((len(times), 2))
    for number in range(len(times)):
        progress.advance(number, len(times), "moments")
        moment = number + 1 if job.manifest.evolution else None
        found = job.estimator.expectations(job.program(moment), no_angles, observables)
        mean[number], error[number] = found.mean[0], found.error[0]
    quantities = {
        name: measured(float(mean[-1, place]), float(error[-1, place]))
        for place, name in enumerate((FINAL, ENERGY))
    }
    curve = _curve(times, mean[:, 0], error[:, 0])
    if not known.curve:
        return Answer(quantities, (curve,))
    apart = np.abs(mean[:, 0] - known.curve)
    worst = int(apart.argmax())
    quantities[APART] = measured(float(apart[worst]), float(error[worst, 0]))
    return Answer(quantities, (curve, _exact(times, known)))


def fall_back(job: Job, known: References) -> Answer | None:
    """Return the exact evolution, where the system is small enough."""
    if not known.curve:
        return None
    return Answer({FINAL: measured(known.curve[-1])}, (_exact(moments(job), known),))


def moments(job: Job) -> tuple[float, ...]:
    """Return when the system is measured; an own circuit is measured once, at its end."""
    watched = job.manifest.evolution
    if watched is None:
        return (0.0,)
    return tuple(watched.time * number / watched.points for number in range(1, watched.points + 1))


def _curve(
    times: tuple[float, ...], mean: "np.typing.NDArray[np.float64]", error: "np.typing.NDArray[np.float64]"
) -> Series:
    return Series(
        name="magnetisation",
        x=times,
        y=tuple(mean.tolist()),
        low=tuple((mean - Z_95 * error).tolist()),
        high=tuple((mean + Z_95 * error).tolist()),
    )


def _exact(times: tuple[float, ...], known: References) -> Series:
    return Series(name="exact", x=times, y=known.curve)
