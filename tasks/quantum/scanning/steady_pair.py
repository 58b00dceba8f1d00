"""Is one pair driven by the same gate again and again, with gates on other pairs in between?

Breaking a run up does not hide it: where nothing turns either qubit to another axis, reads or resets it, a gate
repeated on a pair adds nothing that one gate could not do. A circuit that computes turns a qubit now and then,
and so does a gate on another pair about another axis; error correction reads its ancillas in each cycle.
"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.interactions import Vector, Z, overlap
from tasks.quantum.scanning.pair_runs import Drive, Pair, drives
from tasks.quantum.scanning.repeated_run import is_power

QUBITS_MIN = 3
REPEATS_MIN = 12
ALIKE = 1e-6


def find(program: Program) -> Iterator[Pattern]:
    """Yield once, with the first line: the pairs that gates about unchanged axes drive time after time."""
    if program.n_qubits < QUBITS_MIN:
        return
    longest = _longest(program)
    lengths = [(pair, length) for pair, (length, _) in longest.items()]
    driven = [
        pair for pair, length in lengths if length > REPEATS_MIN and not is_power(pair, length, lengths)
    ]
    if driven:
        evidence = f"pairs driven more than {REPEATS_MIN} times about unchanged axes: {len(driven)}"
        yield Pattern(id="repeated-run", line=min(longest[pair][1] for pair in driven), evidence=evidence)


def _longest(program: Program) -> dict[Pair, tuple[int, int]]:
    """Return the most gates about unchanged axes on each pair, and the line of the first of them."""
    axes, stay = [Z] * program.n_qubits, [0] * program.n_qubits
    last: dict[Pair, tuple[tuple[int, int], int, int]] = {}
    longest: dict[Pair, tuple[int, int]] = {}
    for each in drives(program):
        if not isinstance(each, Drive):
            for qubit in each:
                stay[qubit] += 1
            continue
        for turn in each.turns:
            for qubit, axis in zip(each.pair, turn.axes, strict=True):
                _follow(axes, stay, qubit, axis)
        stays, length, line = last.get(each.pair, ((-1, -1), 0, 0))
        now = stay[each.pair[0]], stay[each.pair[1]]
        length, line = (length + 1, line) if stays == now else (1, each.line)
        last[each.pair] = now, length, line
        longest[each.pair] = max(longest.get(each.pair, (0, 0)), (length, line))
    return longest


def _follow(axes: list[Vector], stay: list[int], qubit: int, axis: Vector) -> None:
    """Count one more stay of a qubit, if this axis is another than its last."""
    if abs(overlap(axes[qubit], axis)) < 1 - ALIKE:
        axes[qubit] = axis
        stay[qubit] += 1
