"""A circuit's text to plain values: limits, then counts, then and only then the operations themselves.

One reader for both languages, whose result is what runs: two parsers that read one text differently are
how a circuit says one thing to the judge and another to the simulator.
"""

from collections.abc import Iterator, Mapping

from tasks.quantum.parsing.calls import Applied, calls_of
from tasks.quantum.parsing.expansion import Memory, OwnGate, Step, expanded, step_operations
from tasks.quantum.parsing.expressions import Value, evaluate
from tasks.quantum.parsing.gates import OTHERS
from tasks.quantum.parsing.modifiers import PHASE, Operation
from tasks.quantum.parsing.source import text_of, tokens
from tasks.quantum.parsing.statements import statements
from tasks.quantum.program import Definition, Instruction, Program


def program_of(text: bytes, *, n_qubits_max: int) -> Program:
    """Return the circuit that a text describes, in the process of the caller.

    Raises:
        CircuitRefused: the text is no circuit, or more than is allowed.
    """
    language, found = statements(tokens(text_of(text)))
    calls, memory = calls_of(language, found, n_qubits_max), Memory()
    return Program(
        language=language,
        n_qubits=calls.registers.n_qubits,
        n_clbits=calls.registers.n_clbits,
        inputs=tuple(calls.inputs),
        instructions=tuple(each for call in calls.applied for each in _instructions(call, memory)),
        definitions=tuple(_definition(gate, memory) for gate in calls.own_gates),
    )


def _instructions(call: Applied, memory: Memory) -> Iterator[Instruction]:
    if call.gate in OTHERS:
        body = [Operation(str(call.gate), call.params, tuple(range(len(call.qubits))))]
    else:
        body = expanded(call.gate, call.how, call.params, call.line, memory)
    clbits = (*call.clbits, *(call.reads or ()))
    for name, params, places in body:
        if name != PHASE:
            qubits = tuple(call.qubits[place] for place in places)
            yield Instruction(name, qubits, clbits, _radians(params), call.reads is not None, call.line)


def _definition(gate: OwnGate, memory: Memory) -> Definition:
    formal = {name: f"p{number}" for number, name in enumerate(gate.params)}
    body = tuple(each for step in gate.steps for each in _as_written(step, formal, memory))
    return Definition(gate.name, gate.n_qubits, len(gate.params), body, gate.line)


def _as_written(step: Step, formal: Mapping[str, Value], memory: Memory) -> Iterator[Instruction]:
    """Give a line of a body; one that has modifiers, or a gate that hides a standard one, is expanded."""
    if isinstance(step.gate, OwnGate) and not step.is_shown_expanded:
        params = tuple(evaluate(param, formal, step.gate.name) for param in step.params)
        yield Instruction(step.gate.name, step.qubits, (), _radians(params), False, step.line)
        return
    for name, params, qubits in step_operations(step, formal, memory):
        if name != PHASE:
            yield Instruction(name, qubits, (), _radians(params), False, step.line)


def _radians(params: tuple[Value, ...]) -> tuple[float | str, ...]:
    return tuple(param if isinstance(param, str) else float(param) for param in params)
