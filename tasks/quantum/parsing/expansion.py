"""Gates of the author's own: counted when they are defined, long before one is expanded."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks.quantum.parsing.expressions import Expression, Value, bound, evaluate
from tasks.quantum.parsing.gates import ALLOWED, FORMS
from tasks.quantum.parsing.limits import DEPTH_MAX, OPERATIONS_MAX
from tasks.quantum.parsing.modifiers import PHASE, UNMODIFIED, Modified, Operation, modified
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.syntax import Act, Call, Define, Modifier, Operand


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a gate's body: a standard gate, a barrier or a gate of the author's own."""

    gate: "str | OwnGate"
    params: tuple[Expression, ...]
    qubits: tuple[int, ...]
    how: Modified
    line: int

    @property
    def is_shown_expanded(self) -> bool:
        """Return whether no single name says what it does: modifiers, or a gate that hides a standard one."""
        return self.how != UNMODIFIED or (isinstance(self.gate, OwnGate) and self.gate.name in ALLOWED)

    @property
    def n_shown(self) -> int:
        """Return how many operations show it, at most."""
        return weight(self.gate, self.how) if self.is_shown_expanded else 1


@dataclass(frozen=True, slots=True, eq=False)
class OwnGate:
    """A gate of the author's own; `n_operations` is what one call of it expands to, at most.

    The count is exact unless a gate does nothing: each call counts as one at least, so that
    the count bounds the work as well as the result.
    """

    name: str
    params: tuple[str, ...]
    n_qubits: int
    steps: tuple[Step, ...]
    line: int
    n_operations: int
    depth: int


Gates = Mapping[str, "str | OwnGate"]


def weight(gate: "str | OwnGate", how: Modified) -> int:
    """Return how many operations a call expands to, without expanding it."""
    once = 1 if isinstance(gate, str) else gate.n_operations
    return max(1, abs(how.power) * once + 2 * how.n_negative)


def own_gate(found: Define, known: Gates, constants: Mapping[str, Value]) -> OwnGate:
    """Return a gate with its body resolved and counted; how far it expands is judged where all is counted.

    Raises:
        CircuitRefused: a gate that is not known above it, a wrong form, or too much nesting.
    """
    for names in (found.params, found.qubits):
        if len(set(names)) != len(names):
            raise CircuitRefused("circuit-name-twice", found.line, found.name)
    outside = {name: value for name, value in constants.items() if name not in found.params}
    places = {name: number for number, name in enumerate(found.qubits)}
    steps = tuple(_step(each, known, places, outside) for each in found.body)
    n_operations = sum(weight(step.gate, step.how) for step in steps)
    depth = 1 + max((step.gate.depth for step in steps if isinstance(step.gate, OwnGate)), default=0)
    if depth > DEPTH_MAX:
        deep = CircuitRefused("circuit-too-deep", found.line)
        raise too_far(n_operations, found.line) if n_operations > OPERATIONS_MAX else deep
    return OwnGate(
        found.name, found.params, len(found.qubits), steps, found.line, max(1, n_operations), depth
    )


def resolve(
    found: Call, known: Gates, numbers: Mapping[str, Value], n_operands: int
) -> "tuple[str | OwnGate, Modified]":
    """Return the gate that a call names and how it is changed.

    Raises:
        CircuitRefused: unknown, or with another number of parameters or qubits than it takes.
    """
    gate = known.get(found.name)
    if gate is None:
        raise CircuitRefused("circuit-gate-unknown", found.line, found.name)
    how = _how(found.modifiers, numbers, found.line)
    n_params, n_qubits = _form(gate)
    if len(found.params) != n_params or n_operands != n_qubits + len(how.controls):
        raise CircuitRefused("circuit-gate-form", found.line, found.name)
    return gate, how


def expanded(
    gate: "str | OwnGate", how: Modified, params: tuple[Value, ...], line: int, memory: "Memory"
) -> list[Operation]:
    """Return the standard gates that one call stands for, its controls and qubits numbered from 0.

    Args:
        memory: what was expanded before; it saves time, nothing else.
    """
    n_controls = len(how.controls)
    if isinstance(gate, str):
        body = [Operation(gate, params, tuple(range(n_controls, n_controls + _form(gate)[1])))]
    else:
        body = _moved(memory.body(gate, params), range(n_controls, n_controls + gate.n_qubits))
    if how == UNMODIFIED:
        return body
    return modified(body, how, tuple(range(n_controls)), line)


@dataclass(slots=True)
class Memory:
    """Bodies that were expanded before, for the same gate and parameters."""

    bodies: dict[tuple[OwnGate, tuple[Value, ...]], list[Operation]] = field(default_factory=dict)

    def body(self, gate: OwnGate, params: tuple[Value, ...]) -> list[Operation]:
        """Return the standard gates of a gate's body."""
        known = self.bodies.get((gate, params))
        if known is None:
            known = self.bodies[gate, params] = []
            numbers = dict(zip(gate.params, params, strict=True))
            for step in gate.steps:
                known += step_operations(step, numbers, self)
        return known


def step_operations(step: Step, numbers: Mapping[str, Value], memory: Memory) -> list[Operation]:
    """Return the standard gates of one line of a body, on the body's qubits."""
    if step.gate == "barrier":
        return [Operation("barrier", (), step.qubits)]
    name = step.gate if isinstance(step.gate, str) else step.gate.name
    params = tuple(evaluate(param, numbers, name) for param in step.params)
    return _moved(expanded(step.gate, step.how, params, step.line, memory), step.qubits)


def too_far(n_operations: int, line: int) -> CircuitRefused:
    """Return the refusal of a text that expands beyond the limit."""
    found = str(n_operations) if n_operations < 10**9 else f"{float(min(n_operations, 10**300)):.2g}"
    return CircuitRefused("circuit-expands-too-far", line, found)


def _moved(body: list[Operation], qubits: "tuple[int, ...] | range") -> list[Operation]:
    return [
        Operation(name, params, tuple(qubits[place] for place in places)) for name, params, places in body
    ]


def _step(
    found: "Call | Act", known: Gates, places: Mapping[str, int], constants: Mapping[str, Value]
) -> Step:
    qubits = tuple(_place(operand, places) for operand in found.operands)
    if len(set(qubits)) != len(qubits):
        raise CircuitRefused("circuit-qubit-twice", found.line, found.name)
    if isinstance(found, Act):
        return Step("barrier", (), qubits or tuple(places.values()), UNMODIFIED, found.line)
    gate, how = resolve(found, known, constants, len(qubits))
    return Step(gate, tuple(bound(param, constants) for param in found.params), qubits, how, found.line)


def _place(operand: Operand, places: Mapping[str, int]) -> int:
    if operand.index is not None or operand.name not in places:
        raise CircuitRefused("circuit-name-unknown", operand.line, operand.name)
    return places[operand.name]


def _form(gate: "str | OwnGate") -> tuple[int, int]:
    if isinstance(gate, OwnGate):
        return len(gate.params), gate.n_qubits
    return (1, 0) if gate == PHASE else FORMS[gate]


def _how(modifiers: tuple[Modifier, ...], numbers: Mapping[str, Value], line: int) -> Modified:
    power, controls = 1, tuple[bool, ...]()
    for each in modifiers:
        amount = 1 if each.amount is None else evaluate(each.amount, numbers, each.name)
        if not isinstance(amount, int):
            raise CircuitRefused("circuit-modifier", line, each.name)
        if each.name in {"inv", "pow"}:
            power *= -1 if each.name == "inv" else amount
        elif 0 < amount <= DEPTH_MAX:
            controls += (each.name == "ctrl",) * amount
        else:
            raise CircuitRefused("circuit-modifier", line, each.name)
    return Modified(power, controls)
