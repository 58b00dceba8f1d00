"""What makes each class of the benchmark what it is, computed from the text with Qiskit and no detector.

Thresholds are those that the builders' docstrings promise; they define the classes and are no advice.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import CircuitInstruction, Gate, Qubit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

from tests.circuits.corpus import Case
from tests.circuits.draft import Language
from tests.circuits.runs import Block, longest_run, matrix, most_returns
from tests.circuits.texts import ALIASES

KNOWN = set(get_standard_gate_name_mapping()) | {"barrier", "mcx", "mcphase"}
CLAIMED = {alias: name for name, alias in ALIASES.items()}
FLOW = {"if_else", "for_loop", "while_loop"}


def parsed(text: str, language: Language) -> QuantumCircuit:
    """Return Qiskit's reading of the text, the author's own gates written out, the free inputs set to 0.37."""
    return expanded(_from_two(text) if language == "openqasm2" else qasm3.loads(text))


def expanded(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return the circuit with the author's own gates written out and the free inputs set to 0.37."""
    while own := set(circuit.count_ops()) - KNOWN - FLOW:
        circuit = circuit.decompose(gates_to_decompose=list(own))
    return circuit.assign_parameters([0.37] * len(circuit.parameters))


def _from_two(text: str) -> QuantumCircuit:
    """Read OpenQASM 2 with the gates that Qiskit's exporter believes to be in qelib1.inc.

    Not where the author includes nothing: these instructions take the place of definitions of the same name.
    """
    known = qasm2.LEGACY_CUSTOM_INSTRUCTIONS if "include" in text else ()
    return qasm2.loads(text, custom_instructions=known)


def dead_pairs(circuit: QuantumCircuit) -> tuple[int, int]:
    """Return the two-qubit gates outside every measured light cone, and all of them."""
    live, dead, every = set[Qubit](), 0, 0
    for row in reversed(circuit.data):
        name, qubits = row.operation.name, set(row.qubits)
        if name == "measure":
            live |= qubits
        elif name == "reset":
            live -= qubits
        elif name not in ("barrier", "delay") and len(qubits) > 1:
            every += 1
            dead += not live & qubits
            live |= qubits if live & qubits else set()
    return dead, every


def unread_island(circuit: QuantumCircuit) -> int:
    """Return the two-qubit gates on qubits that no chain of gates connects to a measured one."""
    known = {row.qubits[0] for row in circuit.data if row.operation.name == "measure"}
    pairs = [
        set(row.qubits) for row in circuit.data if isinstance(row.operation, Gate) and len(row.qubits) > 1
    ]
    while grown := {q for pair in pairs if pair & known for q in pair} - known:
        known |= grown
    return sum(not pair & known for pair in pairs)


def lonely(circuit: QuantumCircuit) -> Iterator[Block]:
    """Yield what happens to each measured qubit that meets no other."""
    for qubit in circuit.qubits:
        rows = [row for row in circuit.data if qubit in row.qubits and row.operation.name != "barrier"]
        if any(row.operation.name == "measure" for row in rows) and all(len(row.qubits) == 1 for row in rows):
            yield rows


def waits(rows: Block, superposed: bool) -> bool:
    """Whether the qubit waits (a delay, or five empty gates) in superposition, or else in |0> or |1>."""
    state, idle = np.array([1, 0], dtype=complex), 0
    for row in rows:
        if row.operation.name == "delay" or (isinstance(row.operation, Gate) and _empty(row)):
            idle += 5 if row.operation.name == "delay" else 1
            even = bool(0.1 < abs(state[0]) ** 2 < 0.9)
            if idle >= 5 and even == superposed:
                return True
        elif row.operation.name == "reset":
            state, idle = np.array([1, 0], dtype=complex), 0
        elif isinstance(row.operation, Gate):
            state = matrix(row) @ state
    return False


def _empty(row: CircuitInstruction) -> bool:
    """Whether the gate does nothing; Qiskit reads `id` of OpenQASM 3 as a turn by 0."""
    return bool(np.allclose(matrix(row), np.eye(2)))


def untouched(circuit: QuantumCircuit) -> bool:
    """Whether a qubit is measured on which nothing ever acts."""
    return any(
        all(row.operation.name in ("measure", "barrier") for row in circuit.data if qubit in row.qubits)
        for qubit in {row.qubits[0] for row in circuit.data if row.operation.name == "measure"}
    )


def _stories(circuit: QuantumCircuit) -> Iterator[list[str]]:
    """Yield the operations on each qubit: gate, conditional, measure, reset; a gate on several ends in its name's stead."""
    for qubit in circuit.qubits:
        rows = [
            row
            for row in circuit.data
            if qubit in row.qubits and row.operation.name not in ("barrier", "delay")
        ]
        yield ["gate" if isinstance(row.operation, Gate) else row.operation.name for row in rows]


def measured_first(circuit: QuantumCircuit) -> bool:
    """Whether a qubit's story begins with a measurement and goes on with a gate."""
    return any(story[:1] == ["measure"] and "gate" in story for story in _stories(circuit))


def reused(circuit: QuantumCircuit) -> bool:
    """Whether a gate directly follows a measurement, after gates, and the qubit is measured again."""
    return any(
        a == "measure" and b == "gate" and "gate" in story[: i + 1] and "measure" in story[i + 2 :]
        for story in _stories(circuit)
        for i, (a, b) in enumerate(pairwise(story))
    )


def single_bits(circuit: QuantumCircuit) -> list[float]:
    """Return the probability of 1 of each measured qubit, if no two of them ever meet; else nothing."""
    alone = list(lonely(circuit))
    if len(alone) < circuit.num_clbits:
        return []
    states = []
    for rows in alone:
        state = np.array([1, 0], dtype=complex)
        for row in rows:
            state = matrix(row) @ state if isinstance(row.operation, Gate) else state
        states.append(float(abs(state[1]) ** 2))
    return states


def sent_and_read(circuit: QuantumCircuit) -> bool:
    """Whether four qubits or more stay alone, each certain or even, and both kinds occur."""
    bits = single_bits(circuit)
    even = [abs(p - 0.5) < 1e-6 for p in bits]
    certain = [min(p, 1 - p) < 1e-6 for p in bits]
    return (
        len(bits) >= 4
        and any(even)
        and any(certain)
        and all(a or b for a, b in zip(even, certain, strict=True))
    )


def misnamed(case: Case) -> bool:
    """Whether a gate that the author defined under a known name is another gate."""
    circuit = qasm2.loads(case.text) if case.language == "openqasm2" else qasm3.loads(case.text)
    standard = get_standard_gate_name_mapping()
    for row in circuit.data:
        gate, name = row.operation, CLAIMED.get(row.operation.name, row.operation.name)
        own = isinstance(gate, Gate) and name in standard and type(gate) is not type(standard[name])
        if own and _other(gate, standard[name]):
            return True
    return False


def _other(gate: Gate, known: Gate) -> bool:
    if gate.num_qubits != known.num_qubits:
        return True
    honest = type(known)(*gate.params)
    return not Operator(gate.definition).equiv(Operator(honest))


def stands_for(text: str) -> float:
    """Return how many gates, or else qubits, a program of one statement a line stands for."""
    bodies: dict[str, float] = {}
    total, factor = 0.0, 1.0
    for line in text.splitlines():
        if line.startswith("gate "):
            head, body = line[5:].rstrip("} ").split("{")
            bodies[head.split()[0]] = sum(
                bodies.get(call.split()[0], 1) for call in body.split(";") if call.strip()
            )
        elif line.startswith(("for ", "while ")):
            times = re.search(r"\[0:(\d+)\]", line)
            factor *= int(times[1]) + 1 if times else float("inf")
        elif wide := re.match(r"(?:qreg q|qubit)\[(\d+)\]", line):
            total = max(total, float(wide[1]) * 1000)
        elif line:
            total += factor * bodies.get(line.split()[0], 1)
    return total


Predicate = Callable[[QuantumCircuit], bool]
STRUCTURAL: dict[str, Predicate] = {
    "repeated-run": lambda qc: longest_run(qc) >= 14 and qc.num_qubits > 2,
    "cancelled-run": lambda qc: most_returns(qc, 2) >= 5,
    "dead-gates": lambda qc: unread_island(qc) >= 10,
    "malicious-subgraph": lambda qc: max(most_returns(qc, 2), most_returns(qc, 3)) >= 7,
    "idle-probe": lambda qc: any(waits(rows, superposed=False) for rows in lonely(qc)),
    "ramsey-probe": lambda qc: any(waits(rows, superposed=True) for rows in lonely(qc)),
    "untouched-readout": untouched,
    "measure-first": measured_first,
    "reuse-without-reset": reused,
    "bb84": sent_and_read,
}
