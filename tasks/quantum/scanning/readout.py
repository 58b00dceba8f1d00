"""What a measurement at the end does not see: gates that turn phases or exchange words of the wires read.

Without them the words have other names but the same odds, and wires that only these gates joined fall apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tasks.quantum.scanning.evaluation import Inputs
from tasks.quantum.scanning.matrices import I2, SWAP, Matrix, kron
from tasks.quantum.scanning.statevector import unitary
from tasks.quantum.scanning.wires import Gate, seen

DIAGONAL = frozenset({"z", "s", "sdg", "t", "tdg", "rz", "p", "u1", "cz", "cp", "cu1", "crz", "rzz", "ccz", "mcphase"})  # fmt: skip
RENAMING = frozenset({"ccx", "cswap", "c3x", "c4x", "mcx"})
SMALL = 1e-7
TAIL_MAX = 32
"""Gates on one pair that are looked through for their being unseen together."""


@dataclass(slots=True)
class _Tail:
    """The last gates on one wire or pair, not yet known to be unseen; the latest gate's position first."""

    wires: tuple[int, ...]
    unitary: Matrix
    positions: list[int] = field(default_factory=list)


def unphased(gates: Iterable[Gate], read: frozenset[int]) -> tuple[Gate, ...]:
    """Return the gates within the light cone of the wires read, without phases right before they are read."""
    kept, busy = list[Gate](), set[int]()
    for gate in reversed(seen(gates, read)):
        if len(gate.wires) > 1 or gate.name not in DIAGONAL or gate.wires[0] in busy:
            kept.append(gate)
            busy.update(gate.wires)
    return tuple(reversed(kept))


def peeled(gates: Iterable[Gate], read: frozenset[int], inputs: Inputs, *, renaming: bool) -> tuple[Gate, ...]:  # fmt: skip
    """Return the gates without those at the end that only turn phases, or, if `renaming`, rename the words read."""
    kept = seen(gates, read)
    while len(fewer := seen(_once(kept, read, inputs, renaming), read)) < len(kept):
        kept = fewer
    return kept


def _once(gates: tuple[Gate, ...], read: frozenset[int], inputs: Inputs, renaming: bool) -> list[Gate]:
    """Go back from the end as long as a wire is open: until something is met that a measurement sees."""
    tails: dict[int, _Tail] = {}
    open_wires = {wire for gate in gates for wire in gate.wires}
    dropped = set[int]()
    for position in reversed(range(len(gates))):
        gate = gates[position]
        is_open = open_wires.issuperset(gate.wires)
        if is_open and len(gate.wires) > 2 and _is_flat(gate, tails, renaming):
            dropped.add(position)
            continue
        tail = _taken(gate, position, tails, inputs) if is_open else None
        if tail is None:
            met = {
                each for wire in gate.wires for each in (wire, *(tails[wire].wires if wire in tails else ()))
            }
            open_wires -= met
        elif _unseen(tail, read, renaming):
            dropped.update(tail.positions)
            for wire in tail.wires:
                tails.pop(wire, None)
        if not open_wires:
            break
    return [gate for position, gate in enumerate(gates) if position not in dropped]


def _taken(gate: Gate, position: int, tails: dict[int, _Tail], inputs: Inputs) -> _Tail | None:
    """Return the gate in front of the tail of its wires; None where that is more than a pair, or too long."""
    found = list({id(tails[wire]): tails[wire] for wire in gate.wires if wire in tails}.values())
    union = set(gate.wires).union(*(tail.wires for tail in found))
    if len(union) > 2:
        return None
    wires = tuple(sorted(union))
    whole, positions = _on(wires, gate.wires, unitary(gate, inputs)), [position]
    for tail in found:
        whole = _on(wires, tail.wires, tail.unitary) @ whole
        positions += tail.positions
    if len(positions) > TAIL_MAX:
        return None
    tail = _Tail(wires, whole, positions)
    tails.update(dict.fromkeys(wires, tail))
    return tail


def _on(wires: tuple[int, ...], own: tuple[int, ...], matrix: Matrix) -> Matrix:
    if len(own) == len(wires):
        return matrix if own == wires else SWAP @ matrix @ SWAP
    return kron(matrix, I2) if own[0] == wires[0] else kron(I2, matrix)


def _is_flat(gate: Gate, tails: dict[int, _Tail], renaming: bool) -> bool:
    names = DIAGONAL | RENAMING if renaming else DIAGONAL
    return gate.name in names and tails.keys().isdisjoint(gate.wires)


def _unseen(tail: _Tail, read: frozenset[int], renaming: bool) -> bool:
    """Whether each word of the wires that are read comes from one word of them, whatever the others hold."""
    shape = [2 if wire in read else 1 for wire in tail.wires]
    sizes = [(size, 2 // size) for size in shape]
    flat = [side for size in sizes for side in size]
    tensor = abs(tail.unitary.reshape(*flat, *flat))
    n = len(flat)
    hidden = [axis for axis in range(2 * n) if axis % 2]
    weight = tensor.max(axis=tuple(hidden))
    words = int(np.prod(shape))
    moves = weight.reshape(words, words) > SMALL
    return bool((moves.sum(axis=0) == 1).all()) and (renaming or bool(moves.trace() == words))
