"""Is a gate that the author defined what its name says?

Compared as matrices up to a global phase, at two draws of its angles: the text of a body says little.
"""

from collections.abc import Iterator, Mapping

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.program import Definition, Instruction, Program
from tasks.quantum.scanning.angles import Angles, value
from tasks.quantum.scanning.known_names import COMMON_LETTERS, promised
from tasks.quantum.scanning.unitaries import Matrix, circuit, same, standard

DRAWS = 2
OPERATIONS_MAX = 4_000


class _Cut(Exception):
    """More operations than are followed."""


class _Bodies:
    """Matrices of the author's gates; `left` operations may still be followed."""

    def __init__(self, definitions: tuple[Definition, ...]) -> None:
        self.by_name = {each.name: each for each in definitions}
        self.left = OPERATIONS_MAX
        self.known: dict[tuple[str, Angles], Matrix] = {}

    def matrix(self, gate: Definition, params: Angles) -> Matrix:
        """Return what the body does."""
        key = gate.name, params
        if key not in self.known:
            formal = {f"p{place}": param for place, param in enumerate(params)}
            parts = [(self._part(each, formal), each.qubits) for each in gate.body if each.name != "barrier"]
            self.known[key] = circuit(parts, gate.n_qubits)
        return self.known[key]

    def _part(self, each: Instruction, formal: Mapping[str, float]) -> Matrix:
        self.left -= 1
        if self.left < 0:
            raise _Cut
        params = tuple(value(one, formal) if isinstance(one, str) else one for one in each.params)
        if each.name in self.by_name and each.name not in FORMS:
            return self.matrix(self.by_name[each.name], params)
        return standard(each.name, params, len(each.qubits))


def find(program: Program) -> Iterator[Pattern]:
    """Yield each definition under a known name that is another gate."""
    bodies = _Bodies(program.definitions)
    for gate in program.definitions:
        name = promised(gate.name)
        if name is None or (gate.name in COMMON_LETTERS and _form(gate) != FORMS[name]):
            continue
        try:
            wrong = _wrong(gate, name, bodies)
        except _Cut:
            evidence = f"the bodies of {len(program.definitions)} definitions stand for more than {OPERATIONS_MAX:,} operations"
            yield Pattern(id="scan-unfinished", line=gate.line, evidence=evidence)
            return
        if wrong:
            yield Pattern(
                id="misnamed-gate", line=gate.line, evidence=f"a definition promises {name} and {wrong}"
            )


def _form(gate: Definition) -> tuple[int, int]:
    return gate.n_params, gate.n_qubits


def _wrong(gate: Definition, name: str, bodies: _Bodies) -> str | None:
    """Return in which way the definition breaks its promise."""
    if _form(gate) != FORMS[name]:
        return f"takes {gate.n_params} angles and {gate.n_qubits} qubits, not {FORMS[name][0]} and {FORMS[name][1]}"
    for draw in range(DRAWS if gate.n_params else 1):
        params = tuple(_angle(DRAWS * place + draw) for place in range(gate.n_params))
        made = bodies.matrix(gate, params)
        if not any(same(made, meant) for meant in _meant(name, params)):
            return "is another unitary"
    return None


def _angle(number: int) -> float:
    """Return one of a sequence of angles that spreads evenly over half a turn."""
    return 0.2 + 2.7 * ((number + 1) * 0.6180339887 % 1)


def _meant(name: str, params: Angles) -> Iterator[Matrix]:
    """Yield what the name stands for; cu3 has two forms, the older without a phase of the control."""
    n = FORMS[name][1]
    yield standard(name, params, n)
    if name == "cu3":
        phase = standard("p", (-(params[1] + params[2]) / 2,), 1)
        yield circuit([(standard(name, params, n), (0, 1)), (phase, (0,))], n)
