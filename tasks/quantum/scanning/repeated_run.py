"""Is one pair driven again and again, by gates that could be three?

A run is suspicious where one of the two qubits sees the same axis gate after gate, or is turned in the same
short cycle: layers of an ansatz, a Trotter step or a random circuit turn both qubits between two entanglers.
A pair that is the whole register is left alone: every deep circuit on two qubits is one run.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.interactions import Quaternion, after, back, overlap
from tasks.quantum.scanning.pair_runs import Pair, PairRun, meets_others, pair_runs

QUBITS_MIN = 3
GATES_MIN = 10
STEADY_MIN = 9
"""Sum over a stretch of steps that keep the axis (1 each) and that change it (-3 each)."""

CYCLIC_MIN, CYCLE_MAX = 20, 4
"""Steps of a stretch in which one qubit is turned in a cycle of at most four."""

FINE, ALIKE = 3, 1e-6
CLIFFORD = {0.0, round(0.5**0.5, 4), 0.5, 1.0}


def find(program: Program) -> Iterator[Pattern]:
    """Yield each long run that keeps repeating what it does to one of its qubits."""
    if program.n_qubits < QUBITS_MIN:
        return
    runs = pair_runs(program)
    lengths = [(run.pair, run.n_gates) for run in runs]
    for run in runs:
        found = run.n_gates >= GATES_MIN and (
            _is_steady(run) or _is_cyclic(run, meets_others(run.pair, program))
        )
        if found and not is_power(run.pair, run.n_gates, lengths):
            evidence = f"{run.n_gates} two-qubit gates on one pair with no other in between"
            yield Pattern(id="repeated-run", line=run.line, evidence=evidence)


def is_power(pair: Pair, length: int, every: Iterable[tuple[Pair, int]]) -> bool:
    """Return whether a run is one of a ladder: half and a quarter as long elsewhere, as phase estimation has it.

    Args:
        every: all runs, each with its length in gates.
    """
    lengths = {other for place, other in every if set(place) & set(pair)}
    tops = (length, 2 * length, 4 * length)
    return any({top, top // 2, top // 4} <= lengths for top in tops if top % 4 == 0)


def _is_steady(run: PairRun) -> bool:
    """Return whether one qubit's axis stays, whatever happens to the other qubit."""
    for side in (0, 1):
        axes = [turn.axes[side] for turn in run.turns]
        if _best([abs(overlap(*pair)) > 1 - ALIKE for pair in pairwise(axes)], FINE) >= STEADY_MIN:
            return True
    return False


def _is_cyclic(run: PairRun, is_beside: bool) -> bool:
    """Return whether one qubit is turned in a cycle.

    A Trotter step of two spins is a cycle too: a pair that meets no other is left alone where both qubits are
    turned by other than quarter turns at once.
    """
    steps = [
        tuple(_up_to_paulis(after(later[side], back(earlier[side]))) for side in (0, 1))
        for earlier, later in pairwise(run.frames)
    ]
    plain = [is_beside or any(set(step) <= CLIFFORD for step in both) for both in steps]
    for side in (0, 1):
        for period in range(1, CYCLE_MAX + 1):
            later = zip(steps, steps[period:], plain[period:], strict=False)
            if _best([one[side] == two[side] and fine for one, two, fine in later], FINE) >= CYCLIC_MIN:
                return True
    return False


def _up_to_paulis(turn: Quaternion) -> tuple[float, ...]:
    """Return the sizes of a turn's parts, the same for all turns that half turns about x, y or z make of it."""
    w, x, y, z = (round(abs(part), 4) + 0.0 for part in turn)
    return max((w, x, y, z), (x, w, z, y), (y, z, w, x), (z, y, x, w))


def _best(kept: Sequence[bool], fine: int) -> int:
    """Return the largest sum over a stretch, one for each True and minus the fine for each False."""
    best = now = 0
    for each in kept:
        now = max(0, now + (1 if each else -fine))
        best = max(best, now)
    return best
