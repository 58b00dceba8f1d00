"""What of a program has an expectation: its gates, if nothing depends on a measurement on the way."""

from typing import NoReturn

from policy_checks.errors import StageError
from tasks.quantum.program import Instruction, Program

IDLE = frozenset({"barrier", "delay"})


def unitary_part(program: Program) -> tuple[Instruction, ...]:
    """Return the gates alone: measurements at the end, barriers, delays and resets at the start are left out.

    Raises:
        StageError: an operation depends on a measured bit, or a gate follows a measurement or a reset in
            the middle ("quantum-program-dynamic"): such a circuit has no one state to take means of.
    """
    touched, measured, gates = set[int](), set[int](), list[Instruction]()
    for step in program.instructions:
        qubits = {*step.qubits}
        if step.conditional:
            _refuse(step, "depends on a measured bit")
        if step.name == "measure":
            measured |= qubits
        elif step.name == "reset":
            if qubits & (touched | measured):
                _refuse(step, "resets a qubit that was used")
        elif step.name not in IDLE:
            if qubits & measured:
                _refuse(step, "acts on a qubit that was measured")
            touched |= qubits
            gates.append(step)
    return tuple(gates)


def _refuse(step: Instruction, what: str) -> NoReturn:
    where = f"line {step.line}: " if step.line else ""
    raise StageError(
        "quantum-program-dynamic",
        f"Expectations need a circuit of gates that is measured at its end; {where}an operation {what}.",
        "Leave it out, or measure at the end only.",
    )
