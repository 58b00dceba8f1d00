"""Does the circuit throw coins? Even odds that no input moves are random numbers, whatever stands around them (R2.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.evaluation import Inputs, drawn
from tasks.quantum.scanning.readout import peeled
from tasks.quantum.scanning.statevector import Block, blocks, cost, evolved, odds, too_wide, zero
from tasks.quantum.scanning.tableau import stabilised
from tasks.quantum.scanning.wires import Gate, Wiring, components, wiring

TRIALS, QUARTER_TRIALS = 3, 5
"""Drawn assignments of the free inputs, and of the angles, under which the odds must stay even."""

AMPLITUDES_MAX = 1 << 21
"""Amplitudes times blocks of one group of wires that are computed exactly; beyond, by drawn quarter turns."""

WIRES_MAX, GATES_MAX = 16, 4_000
TABLEAU_MAX = 1 << 21
"""Gates plus squared wires of one group that are followed as a stabiliser."""

EVEN, NEARLY = 1e-3, 0.02
"""Distance from uniform of several entangled bits, and of a bit by itself."""

BITS_MIN = 4
"""Coins beside other results count from this many on, if they are half of all bits."""


@dataclass
class _Count:
    even: int = 0
    constant: int = 0
    bits: int = 0
    unknown: int = 0
    line: int = 0
    by_itself: int = 0


def find(program: Program) -> Iterator[Pattern]:
    """Yield the shape of a random number generator."""
    whole = wiring(program)
    if not whole.reads:
        return
    counts = _counted(program, whole, renaming=True)
    if counts.even < counts.bits and counts.by_itself >= BITS_MIN:
        counts = _counted(program, whole, renaming=False)
    if _is_generator(counts):
        told = f"{counts.even} of {counts.bits} bits read have even odds" + (
            f" under {TRIALS} drawn assignments of the inputs" if program.inputs else " that no data moves"
        )
        yield Pattern(id="random-numbers", line=counts.line, evidence=told)
    elif counts.unknown and counts.even + counts.unknown == counts.bits:
        yield Pattern(
            id="scan-unfinished",
            evidence=f"odds of {counts.unknown} of {counts.bits} bits read are too large to compute",
        )


def _is_generator(counts: _Count) -> bool:
    """Whether all bits are coins, or many are that meet no other; one coin counts, one even parity does not."""
    if counts.even == counts.bits:
        return counts.bits > 1 or counts.by_itself == 1
    coins = counts.by_itself
    return coins >= BITS_MIN and 2 * coins >= counts.bits and coins > 2 * counts.constant


def _counted(program: Program, whole: Wiring, *, renaming: bool) -> _Count:
    inputs = [drawn(program, seed) for seed in range(TRIALS if program.inputs else 1)]
    gates = whole.gates
    if not too_wide(gates):
        gates = peeled(gates, whole.read, inputs[0], renaming=renaming)
    counts = _Count(bits=len(whole.read))
    of_wire: dict[int, list[Gate]] = {}
    groups = components(gates, whole.read)
    number = {wire: place for place, group in enumerate(groups) for wire in group}
    for gate in gates:
        of_wire.setdefault(number[gate.wires[0]], []).append(gate)
    for place, group in enumerate(groups):
        _weighed(
            counts, of_wire.get(place, []), group, [wire for wire in group if wire in whole.read], inputs
        )
    return counts


def _weighed(
    counts: _Count, gates: list[Gate], group: list[int], read: list[int], inputs: list[Inputs]
) -> None:
    """Add one group of wires to what was counted."""
    if not gates:
        counts.constant += len(read)
        return
    verdict = _even(gates, group, read, inputs)
    if verdict is None:
        counts.unknown += len(read)
    elif verdict:
        counts.even += len(read)
        counts.by_itself += len(group) == 1
        counts.line = counts.line or gates[0].line


def _even(gates: Sequence[Gate], group: list[int], read: list[int], inputs: list[Inputs]) -> bool | None:
    """Whether all words of the wires read are as likely; None where that is too much to find out."""
    if len(group) <= WIRES_MAX and len(gates) <= GATES_MAX and not too_wide(gates):
        chain = blocks(gates, inputs[0])
        if cost(chain, len(group)) <= AMPLITUDES_MAX:
            chains = (chain if each is inputs[0] else blocks(gates, each) for each in inputs)
            return all(_even_after(each, group, read) for each in chains)
    if len(group) ** 2 + len(gates) > TABLEAU_MAX:
        return None
    return _even_at_quarter_turns(gates, group, read, inputs)


def _even_after(chain: Sequence[Block], group: list[int], read: list[int]) -> bool:
    seen = odds(evolved(zero(len(group)), chain, group), group, read)
    apart = float(abs(seen - 1 / len(seen)).sum() / 2)
    return apart < (NEARLY if len(group) == 1 else EVEN)


def _even_at_quarter_turns(
    gates: Sequence[Gate], group: list[int], read: list[int], inputs: list[Inputs]
) -> bool:
    """Whether the odds stay even when every angle that is no quarter turn becomes a drawn one.

    Odds that depend on no angle are even at all of them; odds that do depend are uneven at some.
    """
    for seed in range(QUARTER_TRIALS):
        draw = np.random.default_rng(seed)
        found = stabilised(gates, group, inputs[seed % len(inputs)], draw)
        if found is None or found.certain(read):
            return False
    return True
