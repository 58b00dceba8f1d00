"""Do the gates on one pair undo each other, again and again at the same place?

A mirror circuit undoes each gate once, each at a place of its own; folding for zero-noise extrapolation comes
back once (three-fold) to four times (nine-fold). Five returns to one place are more than both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import pi

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.interactions import (
    STILL,
    Quaternion,
    Turn,
    Vector,
    after,
    back,
    overlap,
    rounded,
    seen_from,
    turned,
)
from tasks.quantum.scanning.pair_runs import PairRun, meets_others, pair_runs
from tasks.quantum.scanning.repeated_run import is_power

RETURNS_MIN = 5
ALONE_RETURNS_MIN, SHORT_MAX = 7, 40
"""Of a pair that meets no other in more gates than this: long random circuits on two qubits come back by luck."""

EXCURSION_MAX = 8
"""Turns from one return to the next: a random circuit comes back too, but later and later."""

COMMUTING_MAX = 3
ALIKE = 1e-6


@dataclass(slots=True)
class _View:
    """Turns that share one qubit's axis: what they do to the other qubit where it points up, and down."""

    axis: Vector
    up: Quaternion = STILL
    down: Quaternion = STILL

    def takes(self, turn: Turn, side: int) -> None:
        """Add a turn about the same axis of this side."""
        sign = 1.0 if overlap(self.axis, turn.axes[side]) > 0 else -1.0
        other = turn.axes[1 - side]
        self.up = after(turned(other, sign * turn.angle), self.up)
        self.down = after(turned(other, -sign * turn.angle), self.down)

    @property
    def place(self) -> Quaternion:
        """Return where the pair is, turns of each qubit alone left out."""
        return rounded(after(back(self.down), self.up))


@dataclass(slots=True)
class _Standing:
    """Turns about one axis of one side, not undone yet.

    Attributes:
        views: side -> the turns, for each side whose axis all of them share.
        visits: where the pair has been with only these turns on top -> how often in succession, and when last.
    """

    views: dict[int, _View]
    visits: dict[object, tuple[int, int]] = field(default_factory=dict)

    def visited(self, place: object, number: int) -> int:
        """Return how often the pair came back to a place in quick succession, with this time."""
        times, last = self.visits.get(place, (0, number))
        if number > last:
            times = times + 1 if number - last <= EXCURSION_MAX else 1
        self.visits[place] = times, number
        return times


def find(program: Program) -> Iterator[Pattern]:
    """Yield each run that comes back to one place too often."""
    runs = pair_runs(program)
    lengths = [(run.pair, run.n_gates) for run in runs]
    for run in runs:
        n_returns = returns(run)
        if n_returns < RETURNS_MIN or is_power(run.pair, run.n_gates, lengths):
            continue
        is_short = run.n_gates <= SHORT_MAX
        if is_short or n_returns >= ALONE_RETURNS_MIN or meets_others(run.pair, program):
            evidence = (
                f"{run.n_gates} two-qubit gates on one pair, undone {n_returns} times at the same place"
            )
            yield Pattern(id="cancelled-run", line=run.line, evidence=evidence)


def returns(run: PairRun) -> int:
    """Return how often the run comes back to one place in quick succession, by taking away what is undone."""
    ground = _Standing({})
    standing, best = [ground], 0
    left = [STILL, STILL]
    for number, seen in enumerate(run.turns, 1):
        turn = Turn(seen_from(left[0], seen.a), seen_from(left[1], seen.b), seen.angle)
        place = _partner(standing, turn)
        if place is None:
            standing[-1].visited(_where(standing[-1]), number - 1)
            standing.append(_Standing({side: _View(turn.axes[side]) for side in (0, 1)}))
            place = len(standing) - 1
        undone = _taken(standing[place], turn)
        if undone is not None:
            left = [after(before, now) for before, now in zip(left, undone, strict=True)]
            del standing[place]
        best = max(best, standing[-1].visited(_where(standing[-1]), number))
    return best


def _where(standing: _Standing) -> object:
    side = min(standing.views, default=None)
    return side if side is None else (side, standing.views[side].place)


def _partner(standing: list[_Standing], turn: Turn) -> int | None:
    """Return the place of turns about the same axis that nothing since keeps apart."""
    top = len(standing) - 1
    for place in range(top, max(0, top - COMMUTING_MAX), -1):
        overlaps = [abs(overlap(view.axis, turn.axes[side])) for side, view in standing[place].views.items()]
        is_single = len(overlaps) == 2
        if (is_single or place == top) and any(each > 1 - ALIKE for each in overlaps):
            return place
        if not is_single or max(overlaps) > ALIKE:
            return None
    return None


def _taken(standing: _Standing, turn: Turn) -> tuple[Quaternion, Quaternion] | None:
    """Add a turn; return what is left on either qubit where the turns together undo each other."""
    kept = {
        side: view
        for side, view in standing.views.items()
        if abs(overlap(view.axis, turn.axes[side])) > 1 - ALIKE
    }
    standing.views = kept
    for side, view in kept.items():
        view.takes(turn, side)
    for side, view in kept.items():
        agreement = sum(a * b for a, b in zip(view.up, view.down, strict=True))
        if abs(agreement) > 1 - ALIKE:
            mine = STILL if agreement > 0 else turned(view.axis, pi)
            return (mine, view.up) if side == 0 else (view.up, mine)
    return None
