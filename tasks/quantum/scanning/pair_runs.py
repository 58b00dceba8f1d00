"""Stretches of two-qubit gates on one pair that no other gate interrupts, as turns about axes.

Single-qubit gates are folded into the axes: each is given as it was seen at the start of the circuit, so that
a change of basis, inserted identities and barriers leave the axes as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tasks.quantum.parsing.gates import MANY_CONTROLLED
from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning.angles import angles
from tasks.quantum.scanning.interactions import STILL, Quaternion, Turn, after, double, seen_from, single

INTERRUPTING = ("measure", "reset")
SILENT = ("barrier", "delay")
GATES_MIN = 4
Pair = tuple[int, int]


@dataclass(slots=True)
class PairRun:
    """Two-qubit gates on one pair, one after the other.

    Attributes:
        turns: of the lower-numbered and the other qubit, in order of time, each seen from the start.
        frames: what single-qubit gates had done to either qubit when each turn began.
        n_gates: two-qubit gates as written; one gate may be several turns.
    """

    pair: Pair
    line: int
    turns: list[Turn] = field(default_factory=list)
    frames: list[tuple[Quaternion, Quaternion]] = field(default_factory=list)
    n_gates: int = 0


@dataclass(frozen=True, slots=True)
class Drive:
    """One two-qubit gate: its turns of the lower-numbered and the other qubit, seen from the start of the circuit."""

    pair: Pair
    line: int
    turns: tuple[Turn, ...]
    frames: tuple[tuple[Quaternion, Quaternion], ...]


@lru_cache(maxsize=1)
def drives(program: Program) -> tuple[Drive | tuple[int, ...], ...]:
    """Return the two-qubit gates in order, and the qubits of what interrupts: measurements, resets, wider gates.

    The last answer is kept, for several detectors ask for the same.
    """
    return tuple(_drives(program))


def _drives(program: Program) -> Iterator[Drive | tuple[int, ...]]:
    frames: list[Quaternion] = [STILL] * program.n_qubits
    for each in program.instructions:
        if each.name in SILENT:
            continue
        if each.name in INTERRUPTING or len(each.qubits) > 2 or each.name in MANY_CONTROLLED:
            yield each.qubits
        elif len(each.qubits) == 1:
            (qubit,) = each.qubits
            frames[qubit] = after(single(each.name, angles(each.params)), frames[qubit])
        else:
            yield _drive(each, frames)


def _drive(each: Instruction, frames: list[Quaternion]) -> Drive:
    first, second = each.qubits
    low, high = (first, second) if first < second else (second, first)
    seen, at = [], []
    for alone, other, turns in double(each.name, angles(each.params)):
        frames[first] = after(alone, frames[first])
        frames[second] = after(other, frames[second])
        for turn in turns:
            a, b = (turn.a, turn.b) if first == low else (turn.b, turn.a)
            seen.append(Turn(seen_from(frames[low], a), seen_from(frames[high], b), turn.angle))
            at.append((frames[low], frames[high]))
    return Drive((low, high), each.line, tuple(seen), tuple(at))


def pair_runs(program: Program) -> list[PairRun]:
    """Return the runs of at least four gates, in order of their beginning."""
    now: dict[int, PairRun] = {}
    found: list[PairRun] = []
    for each in drives(program):
        if isinstance(each, Drive):
            run = _run(each, now, found)
            run.turns += each.turns
            run.frames += each.frames
            run.n_gates += 1
        else:
            for qubit in each:
                now.pop(qubit, None)
    return [run for run in found if run.n_gates >= GATES_MIN]


def _run(each: Drive, now: dict[int, PairRun], found: list[PairRun]) -> PairRun:
    """Return the run that the gate goes on with, or a new one."""
    low, high = each.pair
    run = now.get(low)
    if run is None or run is not now.get(high):
        run = now[low] = now[high] = PairRun(each.pair, each.line)
        found.append(run)
    return run


def meets_others(pair: Pair, program: Program) -> bool:
    """Return whether a gate acts on one qubit of the pair together with a third."""
    both = set(pair)
    return any(
        len(each.qubits) > 1 and both & set(each.qubits) and not set(each.qubits) <= both
        for each in program.instructions
        if each.name != "barrier"
    )
