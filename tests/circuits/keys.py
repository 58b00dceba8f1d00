"""Circuits of the policy's R2.1: they make keys, or break those of others (cipher oracles: `ciphers.py`)."""

from math import pi
from random import Random

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import QFTGate

from tests.circuits.draft import Draft, angle, measured, unrolled

SOURCE = "R2.1"


def random_numbers(rng: Random) -> Draft:
    """Uniform outcomes whatever the inputs are, bare or behind gates that change no probability."""
    kind = rng.choice(("bare", "dressed", "inputs", "beside data", "recycled"))
    if kind == "recycled":
        return Draft(f"{SOURCE}: random numbers, recycled", _recycled(rng))
    n = rng.randint(2, 16 if kind == "bare" else 10)
    data = rng.randint(1, 3) if kind == "beside data" else 0
    qc = QuantumCircuit(n + data)
    if kind == "inputs":
        for qubit in range(n):
            qc.rz(Parameter(f"x{qubit}"), qubit)
    _even(qc, rng, n)
    if kind == "dressed":
        _dressing(qc, rng, n)
    elif kind == "inputs":
        for qubit in range(n):
            qc.rz(Parameter(f"y{qubit}"), qubit)
    for qubit in range(n, n + data):
        qc.ry(angle(rng), qubit)
        qc.cz(qubit, rng.randrange(n))
    return Draft(f"{SOURCE}: random numbers, {kind}", measured(qc, range(n)))


def _even(qc: QuantumCircuit, rng: Random, n: int) -> None:
    """Bring every qubit to even odds; all in one way, or each in its own."""
    ways = ("h", "sx", "ry", "u")
    same = rng.choice((None, *ways))
    for qubit in range(n):
        way = same or rng.choice(ways)
        values = {"ry": (pi / 2,), "u": (pi / 2, angle(rng), angle(rng))}.get(way, ())
        getattr(qc, way)(*values, qubit)


def _dressing(qc: QuantumCircuit, rng: Random, n: int) -> None:
    """Append gates that permute outcomes or turn phases: even odds stay even."""
    for _ in range(rng.randint(1, 2 * n)):
        a, b = rng.sample(range(n), 2)
        kind = rng.choice(("cx", "cz", "rzz", "rz", "x"))
        values = [angle(rng)] if kind.startswith("rz") else []
        getattr(qc, kind)(*values, *([a] if kind in ("rz", "x") else [a, b]))


def _recycled(rng: Random) -> QuantumCircuit:
    """One or two qubits thrown, read and reset for many bits."""
    n, rounds = rng.randint(1, 2), rng.randint(3, 30)
    qc = QuantumCircuit(n, n * rounds)
    for i in range(rounds):
        if i:
            qc.reset(range(n))
        _even(qc, rng, n)
        qc.measure(range(n), range(i * n, (i + 1) * n))
    return qc


def bb84(rng: Random) -> Draft:
    """Each qubit alone: a bit in one of two bases, read in one of two; some bits are certain, others even."""
    n = rng.randint(4, 20)
    bases = [(0, 0), (0, 1), *((rng.randrange(2), rng.randrange(2)) for _ in range(n - 2))]
    rng.shuffle(bases)
    qc, turned = QuantumCircuit(n), rng.random() < 0.3
    for qubit, (sent, read) in enumerate(bases):
        if rng.random() < 0.5 or not sent | read:
            qc.x(qubit)
        if sent:
            qc.ry(pi / 2, qubit) if turned else qc.h(qubit)
    if rng.random() < 0.7:
        qc.barrier()
    for qubit, (_, read) in enumerate(bases):
        if read:
            qc.ry(-pi / 2, qubit) if turned else qc.h(qubit)
    return Draft(f"{SOURCE}: BB84", measured(qc), fragile=True)


def modular_exponentiation(rng: Random) -> Draft:
    """Order finding: controlled multiplications modulo 2**n - 1, then an inverse Fourier transform of the control."""
    n, shift, negated = rng.randint(3, 5), rng.randint(1, 2), rng.random() < 0.4
    modulus = 2**n - 1
    base = (2**shift if not negated else -(2**shift)) % modulus
    source = f"{SOURCE}: order of {base} modulo {modulus}"
    if rng.random() < 0.3:
        return Draft(source, unrolled(_semiclassical(n, shift, negated, rng.randint(3, 5))))
    counting = rng.randint(3, 5)
    qc = QuantumCircuit(counting + n)
    qc.h(range(counting))
    qc.x(counting)
    for j in range(counting):
        _multiplied(qc, j, range(counting, counting + n), shift * 2**j, negated and j == 0)
    qc.append(QFTGate(counting).inverse(), range(counting))
    return Draft(source, measured(unrolled(qc), range(counting)))


def _multiplied(qc: QuantumCircuit, control: int, target: range, shift: int, negated: bool) -> None:
    """Multiply by plus or minus a power of two modulo 2**n - 1: rotate the bits, and flip them all for minus."""
    n = len(target)
    for _ in range(shift % n):
        for i in reversed(range(n - 1)):
            qc.cswap(control, target[i], target[i + 1])
    if negated:
        for qubit in target:
            qc.cx(control, qubit)


def _semiclassical(n: int, shift: int, negated: bool, bits: int) -> QuantumCircuit:
    """The same with one control qubit, reset after each bit and turned by the bits before."""
    qc = QuantumCircuit(n + 1, bits)
    qc.x(1)
    for k in range(bits):
        power = bits - 1 - k
        if k:
            qc.reset(0)
        qc.h(0)
        _multiplied(qc, 0, range(1, n + 1), shift * 2**power, negated and power == 0)
        for earlier in range(k):
            with qc.if_test((qc.clbits[earlier], 1)):
                qc.p(-pi / 2 ** (k - earlier), 0)
        qc.h(0)
        qc.measure(0, k)
    return qc
