"""Free angles that make a value small, searched by a method that asks for values only."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

import numpy as np
from numpy.typing import NDArray

Angles = NDArray[np.float64]
SPREAD, FIRST_STEP, LAST_STEP = 0.5, 0.4, 0.05
"""Radians: how far beginnings lie from zero, and how far the first questions reach, at first and after returns."""
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Found:
    """The best angles that were met, in radians, their value, and the best value so far at each question."""

    angles: Angles
    value: float
    history: tuple[float, ...]


def minimise(
    value: Callable[[Angles], float], n_angles: int, *, evaluations_max: int, starts: int, seed: int
) -> Found:
    """Return the best of several searches by COBYLA from seeded random beginnings.

    Where a search comes to rest before its questions are used up, it begins again from the best angles of
    this start with smaller steps: a value with noise lets it rest too early.

    Args:
        value: asked at most `starts * evaluations_max` times; whatever it raises ends the search.
        n_angles: 0 asks once.

    Source:
        Powell (1994), A direct search optimization method that models the objective and constraint
        functions by linear interpolation.
    """
    random = np.random.default_rng(seed)
    ends: list[_Asked] = []
    for _ in range(starts if n_angles else 1):
        asked = _Asked(value)
        _search(asked, random.normal(0.0, SPREAD, n_angles), evaluations_max)
        ends.append(asked)
    best = min(ends, key=lambda end: end.best)
    values = [each for end in ends for each in end.values]
    return Found(best.angles, best.best, tuple(np.minimum.accumulate(values).tolist()))


@dataclass
class _Asked:
    """The questions of one start, and the best of them."""

    value: Callable[[Angles], float]
    values: list[float] = field(default_factory=list)
    best: float = inf
    angles: Angles = field(default_factory=lambda: np.empty(0))

    def __call__(self, angles: Angles) -> float:
        found = self.value(angles)
        self.values.append(found)
        if found < self.best:
            self.best, self.angles = found, np.array(angles, dtype=np.float64)
        return found


def _search(asked: _Asked, begin: Angles, evaluations_max: int) -> None:
    from scipy.optimize import minimize  # Slow to import, and only some kinds of job search.

    if not len(begin):
        asked(begin)
        return
    step = FIRST_STEP
    needed = len(begin) + 2  # COBYLA's first simplex and one step.
    while (left := evaluations_max - len(asked.values)) >= min(needed, evaluations_max):
        options = {"maxiter": left, "rhobeg": step, "tol": TOLERANCE}
        minimize(asked, asked.angles if asked.values else begin, method="COBYLA", options=options)
        step = max(step / 2, LAST_STEP)
