"""Does what was submitted or compiled do what was approved? (arXiv 2306.16701, 2402.01552)

Equal is what no measurement tells apart: the odds of all classical bits from |0...0>, and, where both circuits
read the same qubits, from a product state as well, for every drawn assignment of the free inputs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.evaluation import Inputs
from tasks.quantum.scanning.statevector import State, blocks, cost, evolved, odds, too_wide, zero
from tasks.quantum.scanning.tableau import stabilised
from tasks.quantum.scanning.wires import Gate, Wiring, components, seen, wiring

APART = 1e-4
"""Total variation distance of two distributions that no rounding of angles explains."""

AMPLITUDES_MAX = 1 << 24
"""Amplitudes times blocks that one pair of circuits may cost."""

WIRES_MAX, GATES_MAX = 20, 10_000
TABLEAU_WIRES_MAX = 256
CONES_MAX = 8
"""Bits of a pair of circuits too large for everything else that are compared one by one."""

Bits = tuple[int, ...]


@dataclass(slots=True)
class _Side:
    """One of the two circuits, or the part of it that some of its bits depend on."""

    gates: tuple[Gate, ...]
    reads: dict[int, int]

    def part(self, bits: Bits) -> "_Side":
        reads = {bit: self.reads[bit] for bit in bits}
        return _Side(seen(self.gates, reads.values()), reads)

    @property
    def wires(self) -> set[int]:
        return {wire for gate in self.gates for wire in gate.wires}.union(self.reads.values())


@dataclass(slots=True)
class _Budget:
    left: int = AMPLITUDES_MAX

    def takes(self, touched: int) -> bool:
        fits = touched <= self.left
        self.left -= touched if fits else 0
        return fits


def differs(program: Program, approved: Program) -> Pattern | None:
    """Return a pattern where the two circuits differ, or where they are too large to tell."""
    found, whole = wiring(program), wiring(approved)
    if bool(found.reads) != bool(whole.reads) or found.reads.keys() != whole.reads.keys():
        return Pattern(id="trojan", evidence="other classical bits are read than in the approved circuit")
    is_silent = not found.reads
    if is_silent and program.n_qubits != approved.n_qubits:
        return Pattern(id="trojan", evidence="it has another number of qubits than the approved circuit")
    one, other = _side(program, found), _side(approved, whole)
    if one.reads == other.reads and one.gates == other.gates:
        return None
    stirred = one.reads == other.reads and found.n_wires == whole.n_wires == program.n_qubits
    if is_silent and not stirred:
        return Pattern(
            id="scan-unfinished", evidence="circuits with resets and no measurement are not compared"
        )
    distance = _distance(one, other, _draws(program, approved), stirred, is_silent)
    if distance is None:
        return Pattern(id="scan-unfinished", evidence="too large to be compared with the approved circuit")
    if distance < APART:
        return None
    told = f"outcomes are {distance:.4f} apart from those of the approved circuit (total variation)"
    return Pattern(id="trojan", line=_first_change(one.gates, other.gates), evidence=told)


def _side(program: Program, found: Wiring) -> _Side:
    """Return the circuit within the light cone of its bits; without any, of every qubit as it is at the end."""
    last = {qubit: wire for wire, qubit in enumerate(found.origins)}
    reads = found.reads or last
    return _Side(seen(found.gates, reads.values()), reads)


def _draws(program: Program, approved: Program) -> list[Inputs]:
    names = sorted({*program.inputs, *approved.inputs})
    draw = np.random.default_rng(11)
    times = 2 if names else 1
    return [dict(zip(names, map(float, draw.uniform(0.2, 3, len(names))), strict=True)) for _ in range(times)]


def _distance(
    one: _Side, other: _Side, draws: Sequence[Inputs], stirred: bool, is_silent: bool
) -> float | None:
    """Return the largest distance found; None where none was found and something was left out."""
    budget, worst, unfinished = _Budget(), 0.0, False
    for bits in [tuple(one.reads)] if is_silent else _groups(one, other):
        pair = one.part(bits), other.part(bits)
        for inputs in () if unfinished else draws:
            apart = _apart(*pair, inputs, budget, stirred, is_silent)
            if apart is None:
                apart, unfinished = (0.0 if is_silent else _cones(*pair, inputs, budget)), True
            worst = max(worst, apart)
            if worst > APART:
                return worst
    return None if unfinished else worst


def _groups(one: _Side, other: _Side) -> list[Bits]:
    """Return the bits in groups that neither circuit joins."""
    joined = [
        Gate("group", tuple(bit for bit, wire in side.reads.items() if wire in group), (), 0)
        for side in (one, other)
        for group in map(set, components(side.gates, side.wires))
    ]
    return [tuple(group) for group in components([g for g in joined if g.wires], one.reads)]


def _apart(
    one: _Side, other: _Side, inputs: Inputs, budget: _Budget, stirred: bool, is_silent: bool
) -> float | None:
    if one.gates == other.gates and one.reads == other.reads:
        return 0.0
    wires = sorted(one.wires | other.wires) if stirred else []
    widest = max(len(wires), len(one.wires), len(other.wires))
    n_gates = len(one.gates) + len(other.gates)
    if widest <= WIRES_MAX and n_gates <= GATES_MAX and not too_wide(one.gates + other.gates):
        chains = [(side, blocks(side.gates, inputs)) for side in (one, other)]
        touched = sum(cost(chain, widest) for _, chain in chains)
        starts = 2 if stirred and budget.takes(2 * touched) else 1
        if starts == 2 or budget.takes(touched):
            orders = [wires or sorted(side.wires) for side, _ in chains]
            results = [
                (evolved(_starts(len(order), starts), chain, order), order, side)
                for (side, chain), order in zip(chains, orders, strict=True)
            ]
            return _unlike(results) if is_silent else _uneven(results)
    return None if is_silent or widest > TABLEAU_WIRES_MAX else _by_parities(one, other, inputs)


def _starts(n: int, n_starts: int) -> State:
    """Return |0...0> as a column, and beside it, for a second start, one odd spin on all wires.

    The same on all, since a compiler may begin with the qubits in another order.
    """
    if n_starts == 1:
        return zero(n)[:, None]
    spin = np.array([np.cos(0.61), np.exp(0.83j) * np.sin(0.61)])
    return np.stack([zero(n), reduce(np.kron, [spin] * n)], axis=1)


Result = tuple[State, list[int], _Side]


def _uneven(results: Sequence[Result]) -> float:
    """Return the total variation distance of the two outcome distributions, the larger of all starts."""
    bits = list(results[0][2].reads)
    worst = 0.0
    for column in range(results[0][0].shape[1]):
        one, other = (
            odds(state[:, column], order, [side.reads[bit] for bit in bits]) for state, order, side in results
        )
        worst = max(worst, float(abs(one - other).sum() / 2))
    return worst


def _unlike(results: Sequence[Result]) -> float:
    """Return how far the final states are apart, as the most that any measurement sees."""
    one, other = (state for state, _, _ in results)
    overlaps = abs((one.conj() * other).sum(axis=0)) ** 2
    return float(np.sqrt(max(0.0, 1 - overlaps.min()))) if overlaps.min() < 1 - APART**2 else 0.0


def _by_parities(one: _Side, other: _Side, inputs: Inputs) -> float | None:
    """Return 0 for stabiliser states of the same odds, 1/2 or more for others, None where one is no such state."""
    found = []
    for side in (one, other):
        state = stabilised(side.gates, sorted(side.wires), inputs, None)
        if state is None:
            return None
        found.append(state.parities([side.reads[bit] for bit in one.reads]))
    return 0.0 if found[0] == found[1] else 0.5


def _cones(one: _Side, other: _Side, inputs: Inputs, budget: _Budget) -> float:
    """Return the largest distance of single bits whose light cones are small enough."""
    worst = 0.0
    for bit in list(one.reads)[:CONES_MAX]:
        worst = max(worst, _apart(one.part((bit,)), other.part((bit,)), inputs, budget, False, False) or 0.0)
    return worst


def _first_change(found: Sequence[Gate], approved: Sequence[Gate]) -> int:
    """Return the line of the first gate that is another, where most of the circuit is still as it was."""

    def told(gates: Iterable[Gate]) -> list[object]:
        return [(gate.name, gate.wires, gate.params, gate.n_conditions) for gate in gates]

    one, other = told(found), told(approved)
    before = _common(one, other)
    after = _common(one[before:][::-1], other[before:][::-1])
    if 2 * (before + after) < len(one) or not found:
        return 0
    return found[min(before, len(found) - 1)].line


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    same = (a == b for a, b in zip(one, other, strict=False))
    return next((place for place, is_same in enumerate(same) if not is_same), min(len(one), len(other)))
