"""What a circuit is, in figures: in closed form where it is named, else counted; nothing is built or run."""

from collections import Counter
from collections.abc import Callable

from policy_checks.integrity import strict_json
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.program import Instruction, Program

ANSATZ_VERSION = 1
NOT_GATES = frozenset({"measure", "reset", "barrier", "delay"})

COMES_DOWN_TO = {
    "ccx": (9, 6), "ccz": (11, 6), "cswap": (9, 8), "rccx": (6, 3),
    "rcccx": (12, 6), "c3x": (17, 14), "c3sqrtx": (35, 20), "c4x": (69, 36),
}  # fmt: skip
"""Gates on three and more qubits -> one- and two-qubit gates that Qiskit's decomposition has."""


def profile(circuit: CircuitRequest) -> CircuitProfile:
    """Return the sizes of a circuit without building it, in the same time for every size.

    A ring of n CX is a staircase: each gate waits for the one before it, and the next layer's
    first gate waits for the last of this one. So a layer adds n to the two-qubit depth, and two
    rotations besides to the depth.

    >>> profile(CircuitRequest(ansatz="angle_ring", qubits=4, layers=2)).depth
    13
    """
    n_qubits, n_layers = circuit.qubits, circuit.layers
    ring = n_qubits if n_qubits > 1 else 0
    n_weights = 2 * n_qubits * n_layers
    return CircuitProfile(
        n_qubits=n_qubits,
        depth=1 + n_layers * (2 + ring),
        depth_2q=n_layers * ring,
        n_1q=n_qubits + n_weights,
        n_2q=n_layers * ring,
        n_measure=n_qubits,
        n_weights=n_weights,
        n_inputs=n_qubits,
        template=_template(circuit),
    )


def _template(circuit: CircuitRequest) -> str:
    named = {"version": ANSATZ_VERSION, **circuit.model_dump(mode="json")}
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
