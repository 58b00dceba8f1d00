"""What happens to each qubit, in order of time; barriers are no event."""

from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning.angles import angles
from tasks.quantum.scanning.interactions import Quaternion, single

Story = list[Instruction]
ALIKE = 1e-9


def stories(program: Program) -> list[Story]:
    """Return each qubit's operations."""
    found: list[Story] = [[] for _ in range(program.n_qubits)]
    for each in program.instructions:
        if each.name != "barrier":
            for qubit in each.qubits:
                found[qubit].append(each)
    return found


def is_gate(each: Instruction) -> bool:
    """Return whether an operation is neither measurement, reset nor delay."""
    return each.name not in ("measure", "reset", "delay")


def turn(each: Instruction) -> Quaternion:
    """Return what a gate does to the one qubit that it acts on."""
    return single(each.name, angles(each.params))


def is_still(found: Quaternion) -> bool:
    """Return whether a turn does nothing."""
    return abs(abs(found[0]) - 1) < ALIKE


def is_phase(found: Quaternion) -> bool:
    """Return whether a turn leaves |0> and |1> where they are."""
    return found[1] ** 2 + found[2] ** 2 < ALIKE
