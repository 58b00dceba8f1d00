"""What a circuit is, in figures: from one block where it is named, else counted; nothing is built or run."""

from collections import Counter
from collections.abc import Callable

from policy_checks.integrity import strict_json
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.manifest import CircuitRequest
from policy_checks.schemas.problem import Evolution, Problem
from tasks.quantum.ansatz import structure
from tasks.quantum.program import Instruction, Program
from tasks.quantum.repeating import sizes

ANSATZ_VERSION = 1
NOT_GATES = frozenset({"measure", "reset", "barrier", "delay"})

COMES_DOWN_TO = {
    "ccx": (9, 6), "ccz": (11, 6), "cswap": (9, 8), "rccx": (6, 3),
    "rcccx": (12, 6), "c3x": (17, 14), "c3sqrtx": (35, 20), "c4x": (69, 36),
}  # fmt: skip
"""Gates on three and more qubits -> one- and two-qubit gates that Qiskit's decomposition has."""


def profile(
    circuit: CircuitRequest, *, problem: Problem | None = None, evolution: Evolution | None = None
) -> CircuitProfile:
    """Return the sizes of a named circuit without building it, in the same time for any number of layers.

    Every qubit is measured besides; an evolution is that up to its last moment.

    >>> profile(CircuitRequest(ansatz="angle_ring", qubits=4, layers=2)).depth
    13

    Raises:
        ManifestError: a problem or evolution is missing, of another width, not diagonal or too long.
    """
    repeating = structure(circuit, problem=problem, evolution=evolution)
    found = sizes(repeating)
    return CircuitProfile(
        n_qubits=circuit.qubits,
        depth=found.depth,
        depth_2q=found.depth_2q,
        n_1q=found.n_1q,
        n_2q=found.n_2q,
        n_measure=circuit.qubits,
        n_weights=repeating.n_weights,
        n_inputs=repeating.n_data,
        template=_template(circuit, problem, evolution),
        gates=found.gates,
    )


def _template(circuit: CircuitRequest, problem: Problem | None, evolution: Evolution | None) -> str:
    """Return the digest of all that the circuit's gates depend on."""
    named: dict[str, object] = {"version": ANSATZ_VERSION, **circuit.model_dump(mode="json")}
    if problem and circuit.ansatz in {"qaoa", "trotter"}:
        named["problem"] = problem.model_dump(mode="json")
    if evolution and circuit.ansatz == "trotter":
        named["evolution"] = evolution.model_dump(mode="json")
    return strict_json.digest(strict_json.dumps(named))


def profile_of(program: Program) -> CircuitProfile:
    """Return the sizes of a program; its depths are those of `QuantumCircuit.depth`.

    A depth counts everything but barriers, measurements and resets included; the two-qubit depth
    only gates on two or more qubits.
    """
    narrow, two, wide = _by_width(program)
    names = Counter(step.name for step in program.instructions)
    weights = [_weight(step) for step in wide]
    return CircuitProfile(
        n_qubits=program.n_qubits,
        depth=_depth(program, lambda step: step.name != "barrier"),
        depth_2q=_depth(program, lambda step: step.name not in NOT_GATES and len(step.qubits) > 1),
        n_1q=narrow + sum(n_1q for n_1q, _ in weights),
        n_2q=two + sum(n_2q for _, n_2q in weights),
        n_measure=names["measure"],
        n_weights=0,
        n_inputs=len(program.inputs),
        template=_digest(program),
        n_reset=names["reset"],
        n_wide=len(wide),
        gates=tuple(sorted(names.items())),
    )


def _by_width(program: Program) -> tuple[int, int, list[Instruction]]:
    """Return how many gates act on one qubit and on two, and those on more."""
    gates = [step for step in program.instructions if step.name not in NOT_GATES]
    widths = Counter(len(step.qubits) for step in gates)
    return widths[1], widths[2], [step for step in gates if len(step.qubits) > 2]


def _weight(step: Instruction) -> tuple[int, int]:
    """Return the one- and two-qubit gates that a gate on n > 2 qubits comes down to, at most.

    With n - 1 controls and no spare qubit Qiskit needs 6 n**2 - 18 n + 17 and 4 n**2 - 12 n + 10.
    """
    n = len(step.qubits)
    return COMES_DOWN_TO.get(step.name, (6 * n * n - 18 * n + 17, 4 * n * n - 12 * n + 10))


def _depth(program: Program, counts: Callable[[Instruction], bool]) -> int:
    """Return the longest chain; what does not count, such as a barrier, still makes its wires wait."""
    levels = [0] * (program.n_qubits + program.n_clbits)
    for step in program.instructions:
        wires = (*step.qubits, *(program.n_qubits + bit for bit in step.clbits))
        level = max(levels[wire] for wire in wires) + counts(step)
        for wire in wires:
            levels[wire] = level
    return max(levels)


def _digest(program: Program) -> str:
    """Return the digest of what the program does: not of its language, layout or definitions."""
    steps = [
        [step.name, step.qubits, step.clbits, step.params, step.conditional] for step in program.instructions
    ]
    sizes = {"qubits": program.n_qubits, "clbits": program.n_clbits, "inputs": program.inputs}
    return strict_json.digest(strict_json.dumps({"steps": steps, **sizes}))
