"""Two random states carried through a block of at most three qubits, and how mixed each of its qubits is.

How mixed a qubit is does not depend on what happens to one qubit alone, so single-qubit gates are folded into
the axes of the others; where the numbers are as they were before, the block is back at that place.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tasks.quantum.program import Instruction
from tasks.quantum.scanning.angles import angles
from tasks.quantum.scanning.blocks import WEIGHTS, WIDEST, Block
from tasks.quantum.scanning.interactions import STILL, Quaternion, Turn, after, double, seen_from, single
from tasks.quantum.scanning.unitaries import PAULIS, Matrix, applied, of_turn, standard

Place = tuple[int, ...]
SIZE = 2**WIDEST
GRAIN = 1e6


def _widened() -> NDArray[np.complex128]:
    """Return the three Pauli matrices on each of the block's qubits: (qubit, axis, row, column)."""
    eye = np.eye(SIZE, dtype=np.complex128)
    return np.array([[applied(pauli, (place,), eye) for pauli in PAULIS] for place in range(WIDEST)])


def places(block: Block) -> Iterator[tuple[int, Place]]:
    """Yield the two-qubit gates so far and how mixed the qubits are, after each gate of several qubits."""
    counts, ends, matrices = _gates(block)
    states = _drawn()
    passed = []
    done = 0
    for end in ends:
        for matrix in matrices[done:end]:
            states = matrix @ states
        passed.append(states)
        done = end
    yield from zip(counts, _mixedness(np.array(passed)), strict=True)


def _gates(block: Block) -> tuple[list[int], list[int], list[Matrix]]:
    """Return for each gate of several qubits the weight so far and where its matrices end, then the matrices."""
    numbers = {qubit: place for place, qubit in enumerate(sorted(block.qubits))}
    frames: list[Quaternion] = [STILL] * WIDEST
    counts, ends, count = list[int](), list[int](), 0
    turns: list[tuple[int, int, Turn]] = []
    whole: dict[int, Matrix] = {}
    for each in block.gates:
        at = [numbers[qubit] for qubit in each.qubits]
        if len(at) == 1:
            frames[at[0]] = after(single(each.name, angles(each.params)), frames[at[0]])
            continue
        if len(at) == 2:
            turns += _seen(each, at, frames)
        else:
            whole[len(turns)] = _seen_whole(each, at, frames)
            turns.append((0, 1, Turn((0.0, 0.0, 1.0), (0.0, 0.0, 1.0), 0.0)))
        count += WEIGHTS[len(at)]
        counts.append(count)
        ends.append(len(turns))
    matrices = list(_matrices(turns))
    for place, matrix in whole.items():
        matrices[place] = matrix
    return counts, ends, matrices


def _seen(each: Instruction, at: list[int], frames: list[Quaternion]) -> list[tuple[int, int, Turn]]:
    first, second = at
    found = []
    for alone, other, turns in double(each.name, angles(each.params)):
        frames[first], frames[second] = after(alone, frames[first]), after(other, frames[second])
        for a, b, angle in turns:
            found.append(
                (first, second, Turn(seen_from(frames[first], a), seen_from(frames[second], b), angle))
            )
    return found


def _seen_whole(each: Instruction, at: list[int], frames: list[Quaternion]) -> Matrix:
    """Return a gate of three qubits, seen from the start."""
    first, second, third = (of_turn(frame) for frame in frames)
    frame = np.asarray(np.kron(np.kron(first, second), third), dtype=np.complex128)
    return frame.conj().T @ applied(standard(each.name, angles(each.params), len(at)), at, frame)


def _matrices(turns: list[tuple[int, int, Turn]]) -> NDArray[np.complex128]:
    if not turns:
        return np.empty((0, SIZE, SIZE), dtype=np.complex128)
    firsts, seconds = [first for first, _, _ in turns], [second for _, second, _ in turns]
    a = np.einsum("tk,tkxy->txy", [turn.a for _, _, turn in turns], WIDENED[firsts])
    b = np.einsum("tk,tkxy->txy", [turn.b for _, _, turn in turns], WIDENED[seconds])
    half = np.array([turn.angle for _, _, turn in turns])[:, None, None] / 2
    return np.asarray(np.cos(half) * np.eye(SIZE) - 1j * np.sin(half) * (a @ b), dtype=np.complex128)


def _drawn() -> Matrix:
    parts = np.random.default_rng(3).normal(size=(2, SIZE, 2))
    length = np.sqrt((parts**2).sum(axis=(0, 1)))
    return np.asarray((parts[0] + 1j * parts[1]) / length, dtype=np.complex128)


def _mixedness(passed: NDArray[np.complex128]) -> list[Place]:
    """Return each qubit's purity in either state, in millionths, shifted so that no usual value is at an edge."""
    found = []
    for place in range(WIDEST):
        split = passed.reshape(len(passed), 2**place, 2, -1, 2).transpose(0, 4, 2, 1, 3)
        rows = split.reshape(len(passed), 2, 2, -1)
        found.append((abs(rows @ rows.conj().transpose(0, 1, 3, 2)) ** 2).sum(axis=(2, 3)))
    rounded = np.round(np.concatenate(found, axis=1) * GRAIN + 0.218).astype(int)
    return [tuple(row) for row in rounded.tolist()]


WIDENED = _widened()
