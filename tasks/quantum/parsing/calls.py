"""Statements to calls: registers, loops and whole-register statements resolved, gates still closed.

Everything is counted here, gates with what they will expand to; nothing of it has been expanded yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.quantum.parsing.expansion import OwnGate, own_gate, resolve, too_far, weight
from tasks.quantum.parsing.expressions import CONSTANTS, Value, evaluate
from tasks.quantum.parsing.gates import BUILT_IN, LIBRARIES
from tasks.quantum.parsing.limits import OPERATIONS_MAX
from tasks.quantum.parsing.modifiers import UNMODIFIED, Modified
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.registers import Registers, bounds, whole, whole_range
from tasks.quantum.parsing.syntax import (
    Act,
    Alias,
    Block,
    Call,
    Choose,
    Declare,
    Define,
    Include,
    Range,
    Repeat,
)  # fmt: skip
from tasks.quantum.program import Language


@dataclass(frozen=True, slots=True)
class Applied:
    """One call of a gate, or another operation, on numbered qubits.

    Attributes:
        clbits: the bit that a measurement writes, if any.
        reads: the bits on which it depends; None where it is unconditional.
    """

    gate: str | OwnGate
    how: Modified
    params: tuple[Value, ...]
    qubits: tuple[int, ...]
    clbits: tuple[int, ...]
    reads: tuple[int, ...] | None
    line: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known inside a block: numbers by name, and the bits on which it depends."""

    values: Mapping[str, Value]
    reads: tuple[int, ...] | None = None


class Calls:
    """Takes the statements of a circuit in order and keeps what they ask for."""

    def __init__(self, language: Language, n_qubits_max: int) -> None:
        self._language = language
        self._gates: dict[str, str | OwnGate] = dict(BUILT_IN[language])
        self.n_operations = 0
        self._n_steps = self._n_shown = 0
        self._values: dict[str, Value] = {}
        self.registers = Registers(n_qubits_max, allows_negative=language == "openqasm3")
        self.inputs: list[str] = []
        self.own_gates: list[OwnGate] = []
        self.applied: list[Applied] = []

    def begin(self, block: Block) -> None:
        """Take the statements that stand outside any block."""
        self.take(block, Scope(self._values))

    def take(self, block: Block, scope: Scope) -> None:
        """Keep what the statements of a block ask for.

        Raises:
            CircuitRefused: a name, index or form that does not fit, or a count above the limit.
        """
        for found in block:
            match found:
                case Call():
                    self._call(found, scope)
                case Act():
                    self._act(found, scope)
                case Choose():
                    self._choose(found, scope)
                case Repeat():
                    self._repeat(found, scope)
                case _:
                    self._declare(found)

    def _declare(self, found: Declare | Alias | Include | Define) -> None:
        match found:
            case Include():
                self._gates |= LIBRARIES[self._language]
            case Define():
                numbers = {name: value for name, value in self._values.items() if not isinstance(value, str)}
                gate = own_gate(found, self._gates, numbers)
                self._n_shown += sum(step.n_shown for step in gate.steps)
                if self._n_shown > OPERATIONS_MAX:
                    raise too_far(self._n_shown, found.line)
                self._gates[found.name] = gate
                self.own_gates.append(gate)
            case Alias():
                qubits = [
                    qubit for each in found.operands for qubit in self.registers.qubits(each, self._values)
                ]
                self._new(found.name, found.line)
                self.registers.add_alias(found.name, distinct(qubits, found.name, found.line))
            case Declare():
                self._new(found.name, found.line)
                self._declare_value(found)

    def _declare_value(self, found: Declare) -> None:
        if found.kind == "input":
            self.inputs.append(found.name)
            self._values[found.name] = found.name
        elif found.kind == "const" and found.value:
            self._values[found.name] = evaluate(found.value, self._values, found.name)
        else:
            size = whole(found.value, self._values) if found.value else 1
            if size < 1:
                raise CircuitRefused("circuit-register-empty", found.line, found.name)
            add = self.registers.add_qubits if found.kind == "qubit" else self.registers.add_bits
            add(found.name, size, found.line)

    def _new(self, name: str, line: int) -> None:
        if name in self.registers.names or name in self._values or name in CONSTANTS:
            raise CircuitRefused("circuit-name-twice", line, name)

    def _call(self, found: Call, scope: Scope) -> None:
        gate, how = resolve(found, self._gates, scope.values, len(found.operands))
        params = tuple(evaluate(param, scope.values, found.name) for param in found.params)
        rows = aligned([self.registers.qubits(each, scope.values) for each in found.operands], found.line)
        self._spend(len(rows) * weight(gate, how), found.line)
        for row in rows:
            qubits = distinct(row, found.name, found.line)
            self.applied.append(Applied(gate, how, params, qubits, (), scope.reads, found.line))

    def _act(self, found: Act, scope: Scope) -> None:
        groups = [self.registers.qubits(each, scope.values) for each in found.operands]
        params = (evaluate(found.duration, {}, found.name),) if found.duration else ()
        rows: Sequence[tuple[int, ...]]
        if found.name == "barrier":
            rows = [tuple(dict.fromkeys(qubit for group in groups for qubit in group))]
            rows = rows if groups else [self.registers.all_qubits()]
        else:
            rows = [(qubit,) for group in groups for qubit in group]
        bits = [bit for each in found.targets for bit in self.registers.bits(each, scope.values)]
        if found.targets and len(bits) != len(rows):
            raise CircuitRefused("circuit-width-differs", found.line, "measure")
        self._spend(len(rows), found.line)
        for number, row in enumerate(rows):
            clbits = (bits[number],) if bits else ()
            self.applied.append(Applied(found.name, UNMODIFIED, params, row, clbits, scope.reads, found.line))

    def _choose(self, found: Choose, scope: Scope) -> None:
        reads = [bit for each in found.reads for bit in self.registers.bits(each, scope.values)]
        if not reads:
            raise CircuitRefused("circuit-not-allowed", found.line, "if")
        inner = replace(scope, reads=tuple(dict.fromkeys((*(scope.reads or ()), *reads))))
        self.take(found.then, inner)
        self.take(found.otherwise, inner)

    def _repeat(self, found: Repeat, scope: Scope) -> None:
        if isinstance(found.values, Range):
            if not (found.values.first and found.values.last):
                raise CircuitRefused("circuit-not-constant", found.line, "an open range")
            numbers: Sequence[int] = whole_range(*bounds(found.values, scope.values, default_last=0))
        else:
            numbers = [whole(each, scope.values) for each in found.values]
        if len(numbers) > OPERATIONS_MAX:
            raise too_far(len(numbers), found.line)
        for number in numbers:
            self._n_steps += 1
            if self._n_steps > OPERATIONS_MAX:
                raise too_far(self._n_steps, found.line)
            self.take(found.body, replace(scope, values={**scope.values, found.variable: number}))

    def _spend(self, n_operations: int, line: int) -> None:
        """Count operations; called before there is any memory for them."""
        self.n_operations += n_operations
        if self.n_operations > OPERATIONS_MAX:
            raise too_far(self.n_operations, line)


def calls_of(language: Language, found: Block, n_qubits_max: int) -> Calls:
    """Return what the statements of a circuit ask for, all of it counted.

    Raises:
        CircuitRefused: something does not fit, it expands too far, or there is no qubit.
    """
    calls = Calls(language, n_qubits_max)
    calls.begin(found)
    for gate in calls.own_gates:  # Also those that nobody calls: what is kept of a definition is judged too.
        if gate.n_operations > OPERATIONS_MAX:
            raise too_far(gate.n_operations, gate.line)
    if not calls.registers.n_qubits:
        raise CircuitRefused("circuit-empty")
    return calls


def aligned(groups: list[tuple[int, ...]], line: int) -> list[tuple[int, ...]]:
    """Return a row of qubits for each repetition of a statement over whole registers."""
    sizes = {len(group) for group in groups if len(group) != 1}
    if len(sizes) > 1:
        raise CircuitRefused("circuit-width-differs", line, "gate")
    size = max(sizes, default=1)
    return [
        tuple(group[0] if len(group) == 1 else group[number] for group in groups) for number in range(size)
    ]


def distinct(qubits: Sequence[int], name: str, line: int) -> tuple[int, ...]:
    """Return qubits, none of which may come twice."""
    if len(set(qubits)) != len(qubits):
        raise CircuitRefused("circuit-qubit-twice", line, name)
    return tuple(qubits)
