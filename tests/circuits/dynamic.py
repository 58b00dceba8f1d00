"""Honest circuits that measure, reset or ask in their midst, or whose gates the author defined well."""

from math import pi
from random import Random

from qiskit import QuantumCircuit

from tests.circuits.draft import Draft, angle


def teleportation(rng: Random) -> Draft:
    """A state moved by two measurements and corrections, once or along a chain."""
    hops = rng.randint(1, 4)
    qc = QuantumCircuit(2 * hops + 1, 2 * hops + 1)
    qc.u(angle(rng), angle(rng), angle(rng), 0)
    for a in range(0, 2 * hops, 2):
        qc.h(a + 1)
        qc.cx(a + 1, a + 2)
        qc.cx(a, a + 1)
        qc.h(a)
        qc.measure([a, a + 1], [a, a + 1])
        with qc.if_test((qc.clbits[a + 1], 1)):
            qc.x(a + 2)
        with qc.if_test((qc.clbits[a], 1)):
            qc.z(a + 2)
    qc.measure(2 * hops, 2 * hops)
    return Draft("teleportation", qc)


def repetition_code(rng: Random) -> Draft:
    """Syndrome cycles of a bit-flip or phase-flip code; every ancilla is reset before it is used again."""
    data, cycles, phase = rng.randint(2, 7), rng.randint(1, 4), rng.random() < 0.4
    checks = data - 1
    qc = QuantumCircuit(data + checks, checks * cycles + data)
    qc.ry(angle(rng), 0)
    for qubit in range(1, data):
        qc.cx(0, qubit)
    for cycle in range(cycles):
        for i in range(checks):
            _check(qc, i, data + i, phase)
        qc.measure(range(data, data + checks), range(cycle * checks, (cycle + 1) * checks))
        if cycle < cycles - 1:
            qc.reset(range(data, data + checks))
    qc.measure(range(data), range(checks * cycles, qc.num_clbits))
    return Draft("repetition code", qc)


def _check(qc: QuantumCircuit, left: int, ancilla: int, phase: bool) -> None:
    if phase:
        qc.h(ancilla)
        qc.cz(ancilla, left)
        qc.cz(ancilla, left + 1)
        qc.h(ancilla)
    else:
        qc.cx(left, ancilla)
        qc.cx(left + 1, ancilla)


def iterative_phase(rng: Random) -> Draft:
    """Phase estimation with one counting qubit that is reset, and corrected by what was read before."""
    bits, theta = rng.randint(2, 5), angle(rng)
    qc = QuantumCircuit(2, bits)
    qc.x(1)
    for k in range(bits):
        if k:
            qc.reset(0)
        qc.h(0)
        qc.cp(theta * 2 ** (bits - 1 - k) % (2 * pi), 0, 1)
        for earlier in range(k):
            with qc.if_test((qc.clbits[earlier], 1)):
                qc.p(-pi / 2 ** (k - earlier), 0)
        qc.h(0)
        qc.measure(0, k)
    return Draft("iterative phase estimation", qc)


def decoupled(rng: Random) -> Draft:
    """An entangled state held for a while under X pulses: waiting, on qubits that take part."""
    n = rng.randint(2, 10)
    qc = QuantumCircuit(n, n)
    qc.h(0)
    for qubit in range(n - 1):
        qc.cx(qubit, qubit + 1)
    for _ in range(rng.randint(1, 3)):
        for qubit in range(n):
            _pulses(qc, qubit, rng.choice((50, 100, 160)))
    for qubit in reversed(range(n - 1)):
        qc.cx(qubit, qubit + 1)
    qc.ry(angle(rng), 0)
    qc.measure(range(n), range(n))
    return Draft("dynamical decoupling", qc)


def _pulses(qc: QuantumCircuit, qubit: int, wait_ns: int) -> None:
    qc.delay(wait_ns, qubit, unit="ns")
    qc.x(qubit)
    qc.delay(2 * wait_ns, qubit, unit="ns")
    qc.x(qubit)
    qc.delay(wait_ns, qubit, unit="ns")


def prepared_by_reset(rng: Random) -> Draft:
    """A layered circuit that resets all its qubits first, as careful users do."""
    n = rng.randint(2, 14)
    qc = QuantumCircuit(n, n)
    qc.reset(range(n))
    for layer in range(rng.randint(1, 4)):
        for qubit in range(n):
            qc.ry(angle(rng), qubit)
        for qubit in range(layer % 2 if n > 2 else 0, n - 1, 2):
            qc.cz(qubit, qubit + 1)
    qc.measure(range(n), range(n))
    return Draft("layers after a reset", qc)


def local_readout(rng: Random) -> Draft:
    """A classifier that reads its last qubit only; few of its entanglers lie outside the light cone."""
    n, layers = rng.randint(3, 12), rng.randint(1, 3)
    qc = QuantumCircuit(n, 1)
    for _ in range(layers):
        for qubit in range(n):
            qc.ry(angle(rng), qubit)
        for qubit in range(n - 1):
            qc.cx(qubit, qubit + 1)
    for qubit in range(0, n - 2, 2) if rng.random() < 0.6 else ():
        qc.cz(qubit, qubit + 1)
    qc.ry(angle(rng), n - 1)
    qc.measure(n - 1, 0)
    return Draft("classifier with one readout qubit", qc)


DYNAMIC = [teleportation, repetition_code, iterative_phase, decoupled, prepared_by_reset, local_readout]
