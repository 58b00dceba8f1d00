"""Is there two-qubit work whose outcome nobody reads?

A circuit may read few of its qubits, and then many gates lie outside the light cone of what is read. Dead is
what no chain of gates connects to a measurement, and what comes after the last measurement of its qubits.
"""

from collections.abc import Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Instruction, Program

GATES_MIN = 8


def find(program: Program) -> Iterator[Pattern]:
    """Yield the gates on wires that never meet a measured one, and the gates after the last measurement."""
    measures = any(each.name == "measure" for each in program.instructions)
    for why, dead in (
        ("never meet a measured one", _unread(program)),
        ("were all read before", _late(program)),
    ):
        if measures and len(dead) >= GATES_MIN:
            evidence = f"{len(dead)} gates on two or more qubits that {why}"
            yield Pattern(id="dead-gates", line=dead[0].line, evidence=evidence)


def _is_joint(each: Instruction) -> bool:
    return len(each.qubits) > 1 and each.name not in ("barrier", "delay", "measure", "reset")


def _unread(program: Program) -> list[Instruction]:
    """Return the gates in groups of wires without a measurement; a reset begins a new wire."""
    wire, parents = list(range(program.n_qubits)), list(range(program.n_qubits))
    read: list[int] = []
    joint: list[tuple[int, Instruction]] = []
    for each in program.instructions:
        if each.name == "measure":
            read += [wire[qubit] for qubit in each.qubits]
        elif each.name == "reset":
            for qubit in each.qubits:
                wire[qubit] = len(parents)
                parents.append(len(parents))
        elif _is_joint(each):
            first, *others = (wire[qubit] for qubit in each.qubits)
            joint.append((first, each))
            for other in others:
                parents[_root(parents, other)] = _root(parents, first)
    known = {_root(parents, one) for one in read}
    return [each for first, each in joint if _root(parents, first) not in known]


def _root(parents: list[int], one: int) -> int:
    while parents[one] != one:
        parents[one] = one = parents[parents[one]]
    return one


def _late(program: Program) -> list[Instruction]:
    """Return the gates on qubits all of which were read before, and none of whose outcomes is read after."""
    known, late = set[int](), list[Instruction]()
    read = {qubit for each in program.instructions if each.name == "measure" for qubit in each.qubits}
    for each in reversed(program.instructions):
        qubits = set(each.qubits)
        if each.name == "measure":
            known |= qubits
        elif each.name == "reset":
            known -= qubits
        elif _is_joint(each) and qubits & known:
            known |= qubits
        elif _is_joint(each) and qubits <= read:
            late.append(each)
    return late[::-1]
