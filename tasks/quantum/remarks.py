"""What is odd in a program and stops nothing: each remark with the line that it speaks of."""

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.quantum.inspect import NOT_GATES
from tasks.quantum.program import Instruction, Program


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that an author may not have meant; `line` is 0 where it is the whole circuit."""

    line: int
    message: str
    remedy: str


def remarks(program: Program) -> Iterator[Remark]:
    """Give what an author may not have meant."""
    yield from _measurements(program)
    yield from _idle_qubits(program)
    yield from _inputs(program)


def _measurements(program: Program) -> Iterator[Remark]:
    measured, touched, told = set[int](), set[int](), set[tuple[str, int]]()
    for step in program.instructions:
        odd = _oddity(step, measured, touched)
        if odd and (odd[0], step.line) not in told:
            told.add((odd[0], step.line))
            yield Remark(step.line, *odd)
        _follow(step, measured, touched)
    if not any(step.name == "measure" for step in program.instructions):
        yield Remark(0, "nothing is measured", "Add a measurement, unless an observable is asked for.")


def _oddity(step: Instruction, measured: set[int], touched: set[int]) -> tuple[str, str] | None:
    if step.name == "measure" and step.qubits[0] not in touched:
        return "a qubit is measured before any gate acts on it", "Measure it later, or leave it out."
    if step.name not in NOT_GATES and measured & {*step.qubits}:
        return "a gate acts on a qubit that was measured and not reset", "Reset the qubit first."
    return None


def _follow(step: Instruction, measured: set[int], touched: set[int]) -> None:
    if step.name == "measure":
        measured |= {*step.qubits}
    elif step.name == "reset":
        measured -= {*step.qubits}
    if step.name not in {"barrier", "delay"}:
        touched |= {*step.qubits}


def _idle_qubits(program: Program) -> Iterator[Remark]:
    used = {qubit for step in program.instructions if step.name != "barrier" for qubit in step.qubits}
    idle = program.n_qubits - len(used)
    if idle:
        yield Remark(
            0, f"{idle} of {program.n_qubits} qubits are declared and never used", "Declare fewer qubits."
        )


def _inputs(program: Program) -> Iterator[Remark]:
    if program.inputs:
        found = f"{len(program.inputs)} free inputs wait for values"
        yield Remark(0, found, "Bind them before it is run, or have them trained.")
