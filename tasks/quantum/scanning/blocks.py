"""Stretches of a circuit that stay on three qubits, or two, collected in one pass."""

from dataclasses import dataclass, field

from tasks.quantum.program import Instruction, Program

WIDEST = 3
WEIGHTS = {2: 1, 3: 6}
"""Number of a gate's qubits -> the two-qubit gates that it stands for."""


@dataclass(slots=True)
class Block:
    """Gates on at most three qubits, none of which meets another qubit meanwhile."""

    qubits: set[int]
    gates: list[Instruction] = field(default_factory=list)
    weight: int = 0


def blocks(program: Program, weight_min: int) -> list[Block]:
    """Return the blocks that stand for at least so many two-qubit gates.

    A gate that would make a block too wide closes the blocks of its qubits and begins a new one, so that a
    long stretch is found whatever came before it, short of its first few gates.
    """
    now = {qubit: Block({qubit}) for qubit in range(program.n_qubits)}
    closed: list[Block] = []
    for each in program.instructions:
        if each.name in ("barrier", "delay"):
            continue
        if each.name in ("measure", "reset") or len(each.qubits) > WIDEST:
            for qubit in each.qubits:
                _close(now[qubit], now, closed)
            continue
        block = _joined(each, now, closed)
        block.gates.append(each)
        block.weight += WEIGHTS.get(len(each.qubits), 0)
    every = [*closed, *{id(block): block for block in now.values()}.values()]
    return [block for block in every if block.weight >= weight_min]


def _close(block: Block, now: dict[int, Block], closed: list[Block]) -> None:
    closed.append(block)
    for qubit in block.qubits:
        now[qubit] = Block({qubit})


def _joined(each: Instruction, now: dict[int, Block], closed: list[Block]) -> Block:
    """Return the block that the gate belongs to, after joining those of its qubits."""
    first, *others = {id(now[qubit]): now[qubit] for qubit in each.qubits}.values()
    if not others:
        return first
    if len(first.qubits) + sum(len(other.qubits) for other in others) > WIDEST:
        for block in (first, *others):
            _close(block, now, closed)
        first, *others = (now[qubit] for qubit in each.qubits)
    for other in others:
        first.qubits |= other.qubits
        first.gates += other.gates
        first.weight += other.weight
    for qubit in first.qubits:
        now[qubit] = first
    return first
