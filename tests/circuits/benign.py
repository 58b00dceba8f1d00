"""Honest cases: ansätze, library circuits, dynamic circuits, and texts with good definitions of their own."""

from random import Random

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from tests.circuits.ansatze import ANSATZE
from tests.circuits.draft import Draft, measured, touched
from tests.circuits.dynamic import DYNAMIC
from tests.circuits.library import LIBRARY
from tests.circuits.texts import well_defined

UNITARY = {**{name: (build, 2, 20) for name, build in ANSATZE.items()}, **LIBRARY}


def unitary(rng: Random, narrowest: int = 2, widest: int = 20) -> tuple[str, QuantumCircuit]:
    """Return an ansatz or a library circuit without measurements, within the widths, and its name."""
    fitting = [name for name, (_, low, high) in UNITARY.items() if low <= widest and high >= narrowest]
    name = rng.choice(fitting if rng.random() < 0.5 else [n for n in fitting if n in ANSATZE])
    build, low, high = UNITARY[name]
    return name, build(rng, rng.randint(max(low, narrowest), min(high, widest)))


def _read(circuit: QuantumCircuit) -> QuantumCircuit:
    return measured(circuit, touched(circuit))


def _measured(rng: Random) -> Draft:
    name, circuit = unitary(rng)
    return Draft(name, _read(circuit))


def _with_inputs(rng: Random) -> Draft:
    """An ansatz whose first rotations are inputs of the program, as trained circuits are submitted."""
    name = rng.choice(list(ANSATZE))
    circuit = ANSATZE[name](rng, rng.randint(2, 12))
    out, inputs = circuit.copy_empty_like(), 0
    for row in circuit.data:
        free = row.operation.name in ("rx", "ry", "rz") and inputs < 24
        if free:
            inputs += 1
            out.append(row.operation.__class__(Parameter(f"x{inputs}")), row.qubits)
        else:
            out.append(row)
    return Draft(name + " with inputs", _read(out))


def _compiled(rng: Random) -> Draft:
    """A circuit next to the approved one from which it was compiled."""
    name, circuit = unitary(rng, widest=10)
    whole = _read(circuit)
    return Draft(name + ", compiled", whole, approved=whole)


def benign(rng: Random) -> Draft:
    """Return one honest draft."""
    kinds = (_measured, _with_inputs, _compiled, rng.choice(DYNAMIC), well_defined)
    return rng.choices(kinds, weights=(62, 6, 10, 15, 7))[0](rng)
