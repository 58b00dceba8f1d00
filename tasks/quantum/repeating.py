"""A circuit that is one block again and again: its gates on demand, its sizes without writing them out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tasks.quantum.program import Instruction

WALKED_MAX = 50_000
"""Gates that a depth is followed through one by one before it is computed as a matrix power."""

Wires = tuple[int, ...]
Levels = list[Any]
"""How deep each wire is: a number, or a vector of them."""


@dataclass(frozen=True, slots=True)
class Repeating:
    """Gates before the blocks, of block k, and after the blocks; nothing is measured or reset.

    Attributes:
        n_data: free inputs x0, x1 ... that rows of data are put into.
        n_weights: free inputs w0, w1 ... that are trained or optimised.
        period: blocks k and k + period differ in parameters only.
    """

    n_qubits: int
    n_data: int
    n_weights: int
    before: tuple[Instruction, ...]
    block: Callable[[int], Iterable[Instruction]]
    n_blocks: int
    after: tuple[Instruction, ...] = ()
    period: int = 1

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the names of all free inputs, data first."""
        return (*(f"x{i}" for i in range(self.n_data)), *(f"w{i}" for i in range(self.n_weights)))

    def instructions(self) -> Iterator[Instruction]:
        """Give every gate in order."""
        yield from self.before
        for k in range(self.n_blocks):
            yield from self.block(k)
        yield from self.after


@dataclass(frozen=True, slots=True)
class Sizes:
    """What there is in a circuit without wide gates; depths are those of `QuantumCircuit.depth`."""

    gates: tuple[tuple[str, int], ...]
    n_1q: int
    n_2q: int
    depth: int
    depth_2q: int


def sizes(circuit: Repeating) -> Sizes:
    """Return the sizes of a circuit in time and memory that do not grow with its blocks."""
    rounds, rest = divmod(circuit.n_blocks, circuit.period)
    blocks = [tuple(circuit.block(k)) for k in range(circuit.period if rounds else rest)]
    one_round = [step for block in blocks for step in block] if rounds else []
    tail = [*(step for block in blocks[:rest] for step in block), *circuit.after]
    counts = _counted([*circuit.before, *tail])
    for form, number in _counted(one_round).items():
        counts[form] += rounds * number

    def depth(width_min: int) -> int:
        before, repeated, after = (
            [step.qubits for step in part if len(step.qubits) >= width_min]
            for part in (circuit.before, one_round, tail)
        )
        levels = _followed([0] * circuit.n_qubits, before)
        return int(max(_followed(_repeated(levels, repeated, rounds), after)))

    return Sizes(
        gates=tuple(sorted((name, number) for (name, _), number in counts.items())),
        n_1q=sum(number for (_, width), number in counts.items() if width == 1),
        n_2q=sum(number for (_, width), number in counts.items() if width == 2),
        depth=depth(1),
        depth_2q=depth(2),
    )


def _counted(steps: Iterable[Instruction]) -> Counter[tuple[str, int]]:
    return Counter((step.name, len(step.qubits)) for step in steps)


def _followed(levels: Levels, gates: Iterable[Wires], longer: Callable[..., Any] = max) -> Levels:
    """Return the levels after these gates."""
    levels = levels.copy()
    for wires in gates:
        if len(wires) == 1:
            levels[wires[0]] = levels[wires[0]] + 1
        else:
            first, second = wires
            levels[first] = levels[second] = longer(levels[first], levels[second]) + 1
    return levels


def _repeated(levels: Levels, gates: list[Wires], rounds: int) -> Levels:
    """Return the levels after so many rounds of the same gates.

    Once a round raises all wires alike, each later one does so too.
    """
    for done in range(1, rounds + 1):
        start, levels = levels, _followed(levels, gates)
        rise = levels[0] - start[0]
        if all(level - was == rise for level, was in zip(levels, start, strict=True)):
            return [level + (rounds - done) * rise for level in levels]
        if done * len(gates) > WALKED_MAX:
            return _leapt(levels, gates, rounds - done)
    return levels


def _leapt(levels: Levels, gates: list[Wires], rounds: int) -> Levels:
    """Return the same with the round as a matrix over (max, +), squared as often as `rounds` has bits.

    Source: Baccelli, Cohen, Olsder and Quadrat, "Synchronization and Linearity" (1992), section 1.2.
    """
    import numpy as np

    wires = _followed(list(np.where(np.eye(len(levels)), 0.0, -np.inf)), gates, np.maximum)
    matrix, level = np.array(wires), np.array(levels, dtype=np.float64)
    while rounds:
        if rounds & 1:
            level = (matrix + level).max(axis=1)
        rounds >>= 1
        if rounds:
            matrix = np.array([(row[:, None] + matrix).max(axis=0) for row in matrix])
    return [int(value) for value in level]
