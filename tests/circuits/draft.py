"""What a builder hands on, and the small moves that builders share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import pi
from random import Random
from typing import Literal

from qiskit import QuantumCircuit
from qiskit.circuit import CircuitInstruction, Gate, Qubit
from qiskit.circuit.library import CPhaseGate, CXGate, CZGate, ECRGate, RXXGate, RZXGate, RZZGate, iSwapGate
from qiskit.transpiler import PassManager, generate_preset_pass_manager

Language = Literal["openqasm2", "openqasm3"]
STANDARD = ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "rx", "ry", "rz", "p", "u", "cx", "cz", "cp", "rzz", "rxx", "swap", "ccx")  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A circuit before its disguise; `text` instead of a circuit where the point is in the text.

    `fragile` says that an optimiser would undo the attack: its author fences every gate beforehand.
    """

    source: str
    circuit: QuantumCircuit | None = None
    approved: QuantumCircuit | None = None
    text: str = ""
    language: Language = "openqasm2"
    n_qubits: int = 0
    fragile: bool = False


Build = Callable[[Random], Draft]


@cache
def _unroller() -> PassManager:
    return generate_preset_pass_manager(0, basis_gates=list(STANDARD), seed_transpiler=1)


def unrolled(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return the circuit in standard gates, nothing optimised."""
    return _unroller().run(circuit)


def angle(rng: Random) -> float:
    """Return an angle that is no multiple of an eighth turn, so that no gate is trivial by luck."""
    return rng.choice((-1, 1)) * (rng.randrange(4) * pi / 4 + rng.uniform(0.06, pi / 4 - 0.06))


def entangler(rng: Random) -> Gate:
    """Return one of the two-qubit gates that devices and textbooks use."""
    kinds = [CXGate, CXGate, CZGate, ECRGate, iSwapGate]
    turning = [RZZGate, RXXGate, RZXGate, CPhaseGate]
    if rng.random() < 0.6:
        return rng.choice(kinds)()
    return rng.choice(turning)(angle(rng))


def turn(qc: QuantumCircuit, rng: Random, qubit: int | Qubit) -> None:
    """Append one generic rotation."""
    getattr(qc, rng.choice(("rx", "ry", "rz")))(angle(rng), qubit)


def joined(rng: Random, host: QuantumCircuit, payload: Callable[[QuantumCircuit], None]) -> QuantumCircuit:
    """Return the host with the payload written somewhere into it: before, after or in the midst."""
    cut = rng.choice((0, len(host.data), rng.randrange(len(host.data) + 1)))
    out = host.copy_empty_like()
    _extend(out, host.data[:cut])
    payload(out)
    _extend(out, host.data[cut:])
    return out


def _extend(qc: QuantumCircuit, rows: Sequence[CircuitInstruction]) -> None:
    for row in rows:
        qc.append(row)


def touched(circuit: QuantumCircuit) -> list[int]:
    """Return the qubits on which a gate acts."""
    used = {q for row in circuit.data if row.operation.name != "barrier" for q in row.qubits}
    return [i for i, qubit in enumerate(circuit.qubits) if qubit in used]


def placed(inner: QuantumCircuit, n: int, qubits: Sequence[int]) -> QuantumCircuit:
    """Return a circuit of n qubits with the inner one on the named ones."""
    out = QuantumCircuit(n)
    return out.compose(inner, list(qubits))


def measured(circuit: QuantumCircuit, qubits: Sequence[int] | None = None) -> QuantumCircuit:
    """Return the circuit with a measurement of the named qubits (all, if none is named) at its end."""
    wanted = range(circuit.num_qubits) if qubits is None else qubits
    out = QuantumCircuit(circuit.num_qubits, circuit.num_clbits + len(wanted))
    out.compose(circuit, clbits=range(circuit.num_clbits), inplace=True)
    out.measure(list(wanted), range(circuit.num_clbits, out.num_clbits))
    return out
