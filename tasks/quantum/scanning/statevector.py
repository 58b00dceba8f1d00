"""States of a few wires in numpy: gates on the same pair are multiplied first, then applied in one go."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.quantum.scanning.evaluation import Inputs, angle
from tasks.quantum.scanning.matrices import I2, MANY_QUBITS_MAX, SWAP, Matrix, controlled, kron, matrix
from tasks.quantum.scanning.wires import Gate

SMALL, NEARLY, COLUMNS_MAX = 1e-7, 0.01, 1024
State = NDArray[np.complex128]

PAIR, WIDE_WORK_MAX = 2, 1 << 30
"""Products of two numbers that all matrices of gates on more than a pair may ask for: a second's work."""


@dataclass(slots=True)
class Block:
    """A unitary on some wires, the first the most significant; `line` is where its first gate stands."""

    wires: tuple[int, ...]
    unitary: Matrix
    line: int


def unitary(gate: Gate, inputs: Inputs) -> Matrix:
    """Return the gate's matrix on all its wires, conditions first."""
    params = tuple(angle(param, inputs) for param in gate.params)
    if gate.n_conditions:
        inner = matrix(gate.name, params, len(gate.wires) - gate.n_conditions)
        return controlled(_without_phase(inner), gate.n_conditions)
    return matrix(gate.name, params, len(gate.wires))


def _without_phase(inner: Matrix) -> Matrix:
    """Return the gate with its first entry positive: a classical condition leaves the global phase open."""
    first = inner[0, 0]
    return inner * (first.conjugate() / abs(first)) if abs(first) > SMALL else inner


def too_wide(gates: Iterable[Gate]) -> bool:
    """Whether a gate is wider than what has a matrix here, or all wide ones together ask for too much work."""
    work = 0
    for gate in gates:
        n_wires = len(gate.wires)
        if n_wires > MANY_QUBITS_MAX:
            return True
        work += 1 << 3 * n_wires if n_wires > PAIR else 0
    return work > WIDE_WORK_MAX


def blocks(gates: Iterable[Gate], inputs: Inputs) -> list[Block]:
    """Return the gates with every run on one pair of wires multiplied together, spins at the end."""
    done = list[Block]()
    alone = dict[int, Block]()
    last = dict[int, Block]()
    for gate in gates:
        wires = gate.wires
        if len(wires) == 1:
            _spin(Block(wires, unitary(gate, inputs), gate.line), alone, last)
            continue
        block = Block(wires, _after(unitary(gate, inputs), wires, alone), gate.line)
        open_pair = last.get(wires[0])
        if len(wires) == 2 and open_pair is not None and open_pair is last.get(wires[1]) and len(open_pair.wires) == 2:  # fmt: skip
            same = open_pair.wires == wires
            inner = block.unitary if same else SWAP @ block.unitary @ SWAP
            open_pair.unitary = inner @ open_pair.unitary
            continue
        done.append(block)
        last.update(dict.fromkeys(wires, block))
    return done + list(alone.values())


def _spin(block: Block, alone: dict[int, Block], last: dict[int, Block]) -> None:
    (wire,) = block.wires
    if wire in alone:
        alone[wire].unitary = block.unitary @ alone[wire].unitary
    elif wire in last and len(last[wire].wires) == 2:
        pair = last[wire]
        factors = (block.unitary, I2) if pair.wires[0] == wire else (I2, block.unitary)
        pair.unitary = kron(*factors) @ pair.unitary
    else:
        alone[wire] = block


def _after(whole: Matrix, wires: tuple[int, ...], alone: dict[int, Block]) -> Matrix:
    """Return the gate with the waiting spins of its wires in front of it."""
    if alone.keys().isdisjoint(wires):
        return whole
    front = np.ones((1, 1), dtype=complex)
    for wire in wires:
        spin = alone.pop(wire, None)
        front = kron(front, I2 if spin is None else spin.unitary)
    return whole @ front


def parted(found: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks, one for each wire where a pair's gates undo each other up to spins."""
    for block in found:
        if len(block.wires) != 2:
            yield block
            continue
        rows = block.unitary.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
        i, j = divmod(int(abs(rows).argmax()), 4)
        first, second = rows[:, j] / rows[i, j], rows[i]
        if abs(np.outer(first, second) - rows).max() > SMALL:
            yield block
            continue
        for wire, spin in zip(block.wires, (first, second), strict=True):
            matrix_of = spin.reshape(2, 2)
            yield Block((wire,), matrix_of / np.sqrt(abs(np.linalg.det(matrix_of))), block.line)


def cost(found: Iterable[Block], n: int) -> int:
    """Return how many amplitudes of n wires the blocks touch, a block on more than a pair counted as its size asks."""
    return sum(max(1, len(block.unitary) // 4) for block in found) << n


def zero(n: int) -> State:
    """Return |0...0> of n wires."""
    state = np.zeros(1 << n, dtype=complex)
    state[0] = 1
    return state


def evolved(state: State, found: Sequence[Block], order: Sequence[int]) -> State:
    """Return the state after the blocks.

    Args:
        state: 2**n amplitudes; a second axis, if there is one, holds several states.
        order: the n wires, the most significant first.
    """
    tensor, now = state.reshape((2,) * len(order) + (-1,)), list(order)
    for tensor, now in moments(state, found, order):  # noqa: B007
        pass
    place = {wire: axis for axis, wire in enumerate(now)}
    back = tensor.transpose([*(place[wire] for wire in order), len(order)])
    return np.ascontiguousarray(back).reshape(state.shape)


def moments(state: State, found: Iterable[Block], order: Sequence[int]) -> Iterator[tuple[State, list[int]]]:
    """Yield the state after each block as a tensor, its last axis that of several states, and its order of wires."""
    n, now = len(order), list(order)
    tensor = state.reshape((2,) * n + (-1,))
    for block in found:
        places = {wire: axis for axis, wire in enumerate(now)}
        rest = [wire for wire in now if wire not in block.wires]
        moved = tensor.transpose(
            [*(places[wire] for wire in block.wires), *(places[wire] for wire in rest), n]
        )
        tensor = _times(block.unitary, moved.reshape(len(block.unitary), -1)).reshape(moved.shape)
        now = [*block.wires, *rest]
        yield tensor, now


def _times(matrix: Matrix, columns: State) -> State:
    """Return the product, a few columns at a time: one call for all would wake threads, which wait on a busy machine."""
    if columns.shape[1] <= COLUMNS_MAX:
        return matrix @ columns
    out = np.empty_like(columns)
    for start in range(0, columns.shape[1], COLUMNS_MAX):
        np.matmul(matrix, columns[:, start : start + COLUMNS_MAX], out=out[:, start : start + COLUMNS_MAX])
    return out


def odds(state: State, order: Sequence[int], kept: Sequence[int]) -> NDArray[np.float64]:
    """Return the probabilities of the kept wires' words, the first wire the most significant bit."""
    n = len(order)
    tensor = (state.real**2 + state.imag**2).reshape((2,) * n)
    place = {wire: i for i, wire in enumerate(order)}
    chosen = [place[wire] for wire in kept]
    rest = [i for i in range(n) if i not in chosen]
    summed: NDArray[np.float64] = tensor.transpose(chosen + rest).reshape(1 << len(kept), -1).sum(axis=1)
    return summed


def even_at_first(gates: Sequence[Gate], inputs: Inputs) -> set[int]:
    """Return the wires that have even odds at some moment before they meet another wire."""
    spins: dict[int, State] = {}
    met, even = set[int](), set[int]()
    for gate in gates:
        if len(gate.wires) > 1:
            met.update(gate.wires)
        elif gate.wires[0] not in met:
            wire = gate.wires[0]
            spins[wire] = unitary(gate, inputs) @ spins.get(wire, zero(1))
            even |= {wire} if abs(abs(spins[wire][0]) ** 2 - 0.5) < NEARLY else set()
    return even
