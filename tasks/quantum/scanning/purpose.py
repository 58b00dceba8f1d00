"""Does the circuit's structure fit the purpose that its author declared (R1)?

A circuit is looked at as rotations about Pauli operators, so that neither basis nor synthesis matters. A literal
angle that no textbook transform asks for counts as a parameter with its value filled in.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import get_args

from policy_checks.schemas.manifest import Purpose
from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning.evaluation import drawn
from tasks.quantum.scanning.pauli_rotations import Rotation, Unfolded, unfolded
from tasks.quantum.scanning.readout import unphased
from tasks.quantum.scanning.wires import wiring

PARAMETERS_MIN = 3
"""Different angles that a circuit without free inputs has to have for being trained."""

NEARLY_ALL = 0.9
STEPS_ALIKE, SIZES_MAX = 0.4, 0.6
"""Share of an evolution's repeated rotations that are equal; share of different angles among all, at most."""

MEETINGS_MAX = 400
"""Rotations on several qubits that are compared with each other."""


def mismatch(program: Program, purpose: Purpose, *, has_observable: bool) -> Pattern | None:
    """Return a pattern where the structure does not show the declared purpose."""
    missing = _missing(program, _unfolded(program), purpose, has_observable)
    if missing is None:
        return None
    return Pattern(id="purpose-mismatch", evidence=f"declared as {purpose}, but {missing}")


def served(program: Program) -> tuple[Purpose, ...]:
    """Return every purpose that the structure shows, if an observable is declared."""
    found = _unfolded(program)
    purposes: tuple[Purpose, ...] = get_args(Purpose)
    return tuple(each for each in purposes if _missing(program, found, each, has_observable=True) is None)


def _unfolded(program: Program) -> Unfolded:
    whole = wiring(program)
    gates = unphased(whole.gates, whole.read) if whole.read else whole.gates
    return unfolded(gates, whole.n_wires, drawn(program, 0))


def _missing(program: Program, found: Unfolded, purpose: Purpose, has_observable: bool) -> str | None:
    """Say what of a purpose's structure is not there."""
    free = [each for each in found.rotations if each.is_parameter]
    missing: dict[Purpose, Callable[[], str | None]] = {
        "qml": lambda: _untrained(program, free, has_observable) or _no_data(free),
        "hybrid": lambda: _untrained(program, free, has_observable),
        "optimisation": lambda: _no_cost_layers(free),
        "simulation": lambda: _no_evolution(program, found, free),
    }
    return missing[purpose]()


def _untrained(program: Program, free: Sequence[Rotation], has_observable: bool) -> str | None:
    if not has_observable:
        return "no observable is declared whose value could be trained on"
    n_different = len(program.inputs) or len({each.size for each in free})
    wanted = 2 if program.inputs else PARAMETERS_MIN
    if n_different < wanted:
        return f"it has {n_different} parameters that could be trained, at least {wanted} are needed"
    return None


def _no_data(free: Sequence[Rotation]) -> str | None:
    """Say so where no parameter comes after another that it does not commute with: data is then just prepared."""
    some = free[:MEETINGS_MAX]
    if any(a.meets(b) for place, b in enumerate(some) for a in some[:place]):
        return None
    return "no trained rotation follows one that could take in data"


def _no_cost_layers(free: Sequence[Rotation]) -> str | None:
    """Say what of alternating cost and mixing layers is missing.

    In terms of the state that all qubits begin in, the cost is made of products of X, for it is diagonal and they
    begin in superposition; a mixer is a turn of one qubit that does not commute with it.
    """
    costs = [each for each in free if each.weight > 1 and not each.z]
    mixers = [each for each in free if each.weight == 1 and each.z]
    if not costs:
        return "it has no diagonal cost between qubits that begin in superposition"
    if not mixers:
        return "it has no mixing layer"
    others = sum(each.weight > 1 and each.z > 0 for each in free)
    if others > (1 - NEARLY_ALL) * len(free):
        return f"{others} of {len(free)} parameters are in neither cost nor mixing layers"
    mixed = reduce(or_, (each.z for each in mixers))
    cost_wires = reduce(or_, (each.x for each in costs))
    if (mixed & cost_wires).bit_count() < NEARLY_ALL * cost_wires.bit_count():
        return "some qubits of the cost are never mixed"
    return None


def _no_evolution(program: Program, found: Unfolded, free: Sequence[Rotation]) -> str | None:
    """Say what of an evolution in time is missing: operators on few qubits, each turned as far in every step."""
    if not any(each.weight > 1 for each in free):
        return "it has no rotation about an operator on several qubits, of which an evolution is made"
    if 2 * len(free) < len(found.rotations):
        return "most of its rotations are those of a fixed transform"
    repeated, alike = _repeats(free)
    is_stepwise = 2 * repeated >= len(free) and alike >= STEPS_ALIKE * repeated
    wide = sum(each.weight > 2 for each in free)
    if not is_stepwise and (wide > (1 - NEARLY_ALL) * len(free) or found.n_tangled):
        return "its gates between qubits are not undone around the rotations, as those of an evolution are"
    n_sizes = len({each.size for each in free})
    if repeated and not program.inputs and alike < STEPS_ALIKE * repeated and n_sizes > SIZES_MAX * len(free):
        return "no operator is turned as far in one step as in another"
    return None


def _repeats(free: Sequence[Rotation]) -> tuple[int, int]:
    """Return the rotations about operators that come back, and those of them that another one is as large as."""
    sizes: dict[tuple[int, int], Counter[float]] = defaultdict(Counter)
    for each in free:
        sizes[each.x, each.z][each.size] += 1
    again = [counted for counted in sizes.values() if counted.total() > 1]
    alike = sum(n for counted in again for n in counted.values() if n > 1)
    return sum(counted.total() for counted in again), alike
