"""Does what was compiled for a device do what was approved?

Source: arXiv 2306.16701, 2402.01552 (trojans that a compiler inserts).
"""

from typing import Any

import numpy as np

from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning.equivalence import differs

NOT_GATES = frozenset({"measure", "reset", "barrier", "delay"})
SEED, SMALLEST, LARGEST = 20, 0.2, 3.0


def is_same(compiled: Any, approved: Any) -> bool:
    """Return whether two of Qiskit's circuits with the same free angles give the same odds of all bits.

    A circuit that is too large to be compared, or has gates that are not known here, is not called the same.
    """
    draw = np.random.default_rng(SEED)
    angles = {each: draw.uniform(SMALLEST, LARGEST) for each in approved.parameters}
    programs = [_program(each.assign_parameters(angles)) for each in (compiled, approved)]
    one, other = programs
    return one is not None and other is not None and differs(one, other) is None


def _program(circuit: Any) -> Program | None:
    """Return a circuit without free angles as plain values; None where a gate is not known here."""
    steps = []
    for step in circuit.data:
        name, params = step.operation.name, tuple(step.operation.params)
        if name not in FORMS and name not in NOT_GATES:
            return None
        steps.append(
            Instruction(
                name,
                tuple(circuit.find_bit(qubit).index for qubit in step.qubits),
                tuple(circuit.find_bit(bit).index for bit in step.clbits),
                () if name in NOT_GATES else tuple(map(float, params)),
            )
        )
    return Program("ansatz", circuit.num_qubits, circuit.num_clbits, (), tuple(steps))
