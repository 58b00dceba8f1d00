"""Gates in as few moments as they fit: turns of single qubits, then phases, then one reordering of states.

A flip only renumbers basis states, so the flips of a moment are one reordering; and a phase that follows a
flip is another phase before it. Only a turn of a qubit that was flipped or conditioned begins a new moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tasks.learning.gates import Arithmetic, Gate, GateList, names

Turns = dict[int, list[Gate]]
Generator = NDArray[np.float64]
States = NDArray[np.int64]


@dataclass
class Moment:
    """What happens at one moment.

    Attributes:
        turns: of each turned qubit, in order; a phase of one qubit is a turn too.
        phases: by what the angle is worth, how often each basis state is turned by it, before the reordering.
        image: where each basis state goes.
    """

    image: States
    turns: Turns = field(default_factory=dict)
    phases: dict[Arithmetic, Generator] = field(default_factory=dict)


def moments(circuit: GateList) -> list[Moment]:
    """Return what happens at each moment, one at least; basis states are numbered with qubit 0 leading.

    The phases of the last moment are left out: no Z measured after them shows them.
    """
    states = np.arange(1 << circuit.n_qubits)
    found = [Moment(states)]
    reached, is_mixed = [0] * circuit.n_qubits, [False] * circuit.n_qubits
    for gate, is_led in zip(circuit.gates, _led(circuit), strict=True):
        place, alone = max(reached[qubit] for qubit in gate.qubits), gate.qubits[0]
        if is_turn := len(gate.qubits) == 1 and gate.kind != "flip":
            is_fixed = place == 0 or names(gate.angle) <= {*circuit.weights}
            is_turn = is_led or (is_fixed and not is_mixed[alone])
        place += is_turn and is_mixed[alone]
        if place == len(found):
            found.append(Moment(states))
        if is_turn:
            found[place].turns.setdefault(alone, []).append(gate)
        else:
            _mix(found[place], gate, circuit.n_qubits)
        for qubit in gate.qubits:
            reached[qubit], is_mixed[qubit] = place, not is_turn
    found[-1].phases.clear()
    return found


def _led(circuit: GateList) -> list[bool]:
    """Return which gates turn a qubit about X or Y, or lead to such a turn with nothing but phases between."""
    leads, found = [False] * circuit.n_qubits, list[bool]()
    for gate in reversed(circuit.gates):
        if gate.kind in {"rx", "ry"}:
            leads[gate.qubits[0]] = True
        elif gate.kind == "flip" or len(gate.qubits) > 1:
            for qubit in gate.qubits:
                leads[qubit] = False
        found.append(leads[gate.qubits[0]])
    return found[::-1]


def _mix(moment: Moment, gate: Gate, n_qubits: int) -> None:
    if gate.kind == "flip":
        *controls, target = gate.qubits
        moment.image = moment.image ^ _all_ones(moment.image, controls, n_qubits) << (n_qubits - 1 - target)
        return
    turned = gate.factor * _all_ones(moment.image, gate.qubits, n_qubits)
    moment.phases[gate.angle] = moment.phases.get(gate.angle, np.zeros(len(turned))) + turned


def _all_ones(states: States, qubits: Sequence[int], n_qubits: int) -> States:
    """Return 1 for each basis state in which all of these qubits are 1, else 0."""
    mask = sum(1 << (n_qubits - 1 - qubit) for qubit in qubits)
    return np.asarray((states & mask) == mask, dtype=np.int64)
