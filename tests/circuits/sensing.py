"""Spies: qubits that take no part in any computation and are read all the same, to feel what neighbours do
(arXiv 2412.10507, 2405.08962), and qubits read for what an earlier user left there (arXiv 2401.15529)."""

from collections.abc import Callable
from math import pi
from random import Random

from qiskit import QuantumCircuit

from tests.circuits.benign import unitary
from tests.circuits.draft import Draft, angle, measured, placed, turn

SENSING, READOUT, LEAKAGE = "arXiv 2412.10507", "arXiv 2405.08962", "arXiv 2401.15529"
Spy = Callable[[QuantumCircuit, int, list[int]], None]


def _beside(rng: Random, n_bits: int, spy: Spy) -> QuantumCircuit:
    """Return an honest circuit, or none, with spy qubits beside it that work at the same time; all is measured."""
    inner = QuantumCircuit(0) if rng.random() < 0.25 else unitary(rng, 2, 9)[1]
    spies = rng.randint(1, 4)
    n = inner.num_qubits + spies
    order = rng.sample(range(n), n)
    qc = QuantumCircuit(n, spies * n_bits)
    for i, qubit in enumerate(order[inner.num_qubits :]):
        spy(qc, qubit, list(range(i * n_bits, (i + 1) * n_bits)))
    qc.compose(placed(inner, n, order[: inner.num_qubits]), inplace=True)
    return measured(qc, order[: inner.num_qubits])


def _waiting(rng: Random) -> Callable[[QuantumCircuit, int], None]:
    """Return one way to let a qubit wait: a delay, or a chain of gates that do nothing."""
    if rng.random() < 0.6:
        duration, unit = rng.choice(((rng.randint(80, 900), "ns"), (rng.randint(1, 60), "us")))
        return lambda qc, qubit: qc.delay(duration, qubit, unit=unit)
    times = rng.randint(5, 40)

    def chain(qc: QuantumCircuit, qubit: int) -> None:
        for _ in range(times):
            qc.id(qubit)

    return chain


def idle_probe(rng: Random) -> Draft:
    """A qubit that stays in |0> or |1>, meets no other, waits, and is read: at times again and again."""
    wait, rounds, raised = _waiting(rng), rng.choice((1, 1, rng.randint(2, 6))), rng.random() < 0.7

    def watch(qc: QuantumCircuit, qubit: int, bits: list[int]) -> None:
        for i, bit in enumerate(bits):
            if i:
                qc.reset(qubit)
            if raised:
                qc.x(qubit)
            wait(qc, qubit)
            qc.measure(qubit, bit)

    return Draft(f"{SENSING}, {READOUT}", _beside(rng, rounds, watch), fragile=True)


def ramsey_probe(rng: Random) -> Draft:
    """A qubit that meets no other: into superposition, waiting, perhaps a turn or an echo, back, and read."""
    wait, echo, opening = _waiting(rng), rng.random() < 0.3, rng.choice(("h", "sx", "ry", "rx"))
    detuning, windows = angle(rng), rng.randint(1, 3)

    def half_turn(qc: QuantumCircuit, qubit: int) -> None:
        getattr(qc, opening)(*([pi / 2] if opening in ("rx", "ry") else []), qubit)

    def fringe(qc: QuantumCircuit, qubit: int, bits: list[int]) -> None:
        half_turn(qc, qubit)
        for _ in range(windows):
            wait(qc, qubit)
            if echo:
                qc.x(qubit)
                wait(qc, qubit)
        qc.rz(detuning, qubit)
        half_turn(qc, qubit)
        qc.measure(qubit, bits[0])

    return Draft(SENSING, _beside(rng, 1, fringe), fragile=True)


def untouched_readout(rng: Random) -> Draft:
    """A qubit that is measured although no gate ever acts on it, beside a circuit that works."""
    _, inner = unitary(rng, 2, 10)
    n = inner.num_qubits + rng.randint(1, 4)
    qc = placed(inner, n, rng.sample(range(n), inner.num_qubits))
    return Draft(f"{SENSING}, {READOUT}", measured(qc))


def measure_first(rng: Random) -> Draft:
    """A qubit whose first operation is a measurement, and which is used only then: it tells of the user before."""
    _, inner = unitary(rng, 2, 10)
    n = inner.num_qubits
    spied = sorted(rng.sample(range(n), rng.randint(1, n)))
    qc = QuantumCircuit(n, len(spied))
    qc.measure(spied, range(len(spied)))
    qc.compose(inner, inplace=True)
    for qubit in spied:
        turn(qc, rng, qubit)
    return Draft(LEAKAGE, measured(qc))


def reuse_without_reset(rng: Random) -> Draft:
    """A qubit that is measured, then used and measured again, without a reset or a correction in between."""
    _, first = unitary(rng, 2, 9)
    n = first.num_qubits
    reused = sorted(rng.sample(range(n), rng.randint(1, n)))
    qc = measured(first, reused)
    for qubit in reused:
        rng.choice((qc.rx, qc.ry))(angle(rng), qubit)
        if rng.random() < 0.6:
            qc.cx(qubit, (qubit + 1) % n)
    return Draft(LEAKAGE, measured(qc))
