"""Honest circuits: algorithms of the textbooks and of Qiskit's circuit library, without a final measurement.

A Fourier transform here always acts on a state with structure: that of one basis state is a uniform
distribution, thus a generator of random numbers, which the policy forbids.
"""

from math import acos, pi, sqrt
from random import Random

from qiskit import QuantumCircuit
from qiskit.circuit.library import (
    FullAdderGate,
    QFTGate,
    efficient_su2,
    hidden_linear_function,
    iqp,
    n_local,
    real_amplitudes,
)

from tests.circuits.draft import angle, unrolled


def qft(rng: Random, n: int) -> QuantumCircuit:
    """A Fourier transform of a superposition that has a period or a phase, or there and back."""
    qc = QuantumCircuit(n)
    for qubit in range(n):
        qc.ry(angle(rng), qubit)
    for qubit in range(n - 1):
        qc.cx(qubit, qubit + 1)
    qc.append(QFTGate(n), range(n))
    if rng.random() < 0.4:
        for qubit in range(n):
            qc.p(angle(rng), qubit)
        qc.append(QFTGate(n).inverse(), range(n))
    return unrolled(qc)


def ghz(rng: Random, n: int) -> QuantumCircuit:
    """A GHZ state as chain, star or tree."""
    qc, shape = QuantumCircuit(n), rng.choice(("chain", "star", "tree"))
    qc.h(0)
    for qubit in range(1, n):
        qc.cx({"chain": qubit - 1, "star": 0, "tree": (qubit - 1) // 2}[shape], qubit)
    return qc


def w_state(rng: Random, n: int) -> QuantumCircuit:
    """A W state: one excitation handed along a chain."""
    qc = QuantumCircuit(n)
    qc.x(0)
    for qubit in range(n - 1):
        qc.cry(2 * acos(sqrt(1 / (n - qubit))), qubit, qubit + 1)
        qc.cx(qubit + 1, qubit)
    return unrolled(qc)


def amplitudes(rng: Random, n: int) -> QuantumCircuit:
    """Real amplitudes with weights."""
    shape = rng.choice(("linear", "reverse_linear", "circular", "sca", "pairwise"))
    return _weighted(rng, real_amplitudes(n, reps=rng.randint(1, 3), entanglement=shape))


def su2(rng: Random, n: int) -> QuantumCircuit:
    """Efficient SU(2) with weights."""
    shape = rng.choice(("linear", "reverse_linear", "circular", "pairwise"))
    return _weighted(rng, efficient_su2(n, reps=rng.randint(1, 3), entanglement=shape))


def two_local(rng: Random, n: int) -> QuantumCircuit:
    """A two-local circuit of drawn gates."""
    gates = rng.choice((["ry", "cz"], ["rx", "rzz"], ["rz", "cx"], ["ry", "rxx"]))
    qc = n_local(n, ["ry", gates[0]], gates[1], reps=rng.randint(1, 3), entanglement="linear")
    return _weighted(rng, qc)


def _weighted(rng: Random, qc: QuantumCircuit) -> QuantumCircuit:
    return unrolled(qc.assign_parameters([angle(rng) for _ in qc.parameters]))


def volume(rng: Random, n: int) -> QuantumCircuit:
    """A circuit shaped as for quantum volume: layers of random pairs, three CX and rotations on each.

    Written out here, since Qiskit's synthesis of a random unitary is not the same in each run.
    """
    qc = QuantumCircuit(n)
    for _ in range(rng.randint(1, min(n, 4))):
        order = rng.sample(range(n), n)
        for pair in zip(order[::2], order[1::2], strict=False):
            for i in range(4):
                for qubit in pair:
                    qc.u(angle(rng), angle(rng), angle(rng), qubit)
                if i < 3:
                    qc.cx(*pair)
    return qc


def adder(rng: Random, n: int) -> QuantumCircuit:
    """A ripple-carry addition of two superposed numbers."""
    bits = max(1, (n - 2) // 2)
    gate = FullAdderGate(bits)
    qc = QuantumCircuit(gate.num_qubits)
    for qubit in range(gate.num_qubits):
        rng.choice((qc.h, qc.x, lambda q: qc.ry(angle(rng), q)))(qubit)
    qc.append(gate, range(gate.num_qubits))
    return unrolled(qc)


def draper_adder(rng: Random, n: int) -> QuantumCircuit:
    """A number added in Fourier space to a superposed register."""
    bits = max(1, n // 2)
    qc = QuantumCircuit(2 * bits)
    for qubit in range(2 * bits):
        qc.ry(angle(rng), qubit)
    qc.append(QFTGate(bits), range(bits, 2 * bits))
    for i in range(bits):
        for j in range(i, bits):
            qc.cp(pi / 2 ** (j - i), i, bits + j)
    qc.append(QFTGate(bits).inverse(), range(bits, 2 * bits))
    return unrolled(qc)


def phase_estimation(rng: Random, n: int) -> QuantumCircuit:
    """The phase of a rotation; for few counting qubits with powers as repetitions, as textbooks draw it."""
    qc, theta, counting = QuantumCircuit(n), angle(rng), n - 1
    repeated = counting <= 3 and rng.random() < 0.5
    qc.x(counting)
    qc.h(range(counting))
    for qubit in range(counting):
        for _ in range(2**qubit if repeated else 1):
            qc.cp(theta if repeated else theta * 2**qubit % (2 * pi), qubit, counting)
    qc.append(QFTGate(counting).inverse(), range(counting))
    return unrolled(qc)


def grover(rng: Random, n: int) -> QuantumCircuit:
    """A search for one marked word, with one or two rounds."""
    qc, mark = QuantumCircuit(n), rng.randrange(2**n)
    zeros = [q for q in range(n) if not mark >> q & 1]
    qc.h(range(n))
    for _ in range(rng.randint(1, 2) if n in (3, 4) else 1):
        _flip(qc, zeros, n)
        qc.h(range(n))
        _flip(qc, list(range(n)), n)
        qc.h(range(n))
    return unrolled(qc)


def _flip(qc: QuantumCircuit, zeros: list[int], n: int) -> None:
    """Turn the sign of the word whose zeros are given."""
    for qubit in zeros:
        qc.x(qubit)
    qc.mcp(pi, list(range(n - 1)), n - 1)
    for qubit in zeros:
        qc.x(qubit)


def hidden_linear(rng: Random, n: int) -> QuantumCircuit:
    """The hidden linear function of a path whose matrix is singular: else every word would be as likely."""
    loops = [1]
    while _path_determinant(loops):
        loops = [rng.randrange(2) for _ in range(n)]
    graph = [[0] * n for _ in range(n)]
    for a in range(n):
        graph[a][a] = loops[a]
        for b in {a - 1, a + 1} & set(range(n)):
            graph[a][b] = 1
    return unrolled(hidden_linear_function(graph))


def _path_determinant(loops: list[int]) -> int:
    """Return the determinant modulo 2 of a path's matrix with these entries on its diagonal."""
    before, last = 0, 1
    for loop in loops:
        before, last = last, (loop * last + before) % 2
    return last


def instantaneous(rng: Random, n: int) -> QuantumCircuit:
    """Commuting gates between two layers of Hadamard gates; an eighth turn at each end keeps the odds uneven."""
    weights = [[0] * n for _ in range(n)]
    for a in range(n):
        weights[a][a] = rng.choice((1, 3, 5, 7))
        for b in {a + 1, rng.randrange(n)} - {a, n}:
            weights[a][b] = weights[b][a] = rng.choice((1, 3, 5, 7))
    return unrolled(iqp(weights))


def bernstein_vazirani(rng: Random, n: int) -> QuantumCircuit:
    """A secret word in one question; where its bit is 0, a qubit meets nothing but two Hadamard gates."""
    qc, secret = QuantumCircuit(n), rng.randrange(1, 2 ** (n - 1))
    qc.x(n - 1)
    qc.h(range(n))
    qc.barrier()
    for qubit in range(n - 1):
        if secret >> qubit & 1:
            qc.cx(qubit, n - 1)
    qc.barrier()
    qc.h(range(n))
    return qc


def echo(rng: Random, n: int) -> QuantumCircuit:
    """A random circuit and its inverse, as fidelity benchmarks run it."""
    half = QuantumCircuit(n)
    for layer in range(rng.randint(1, 3)):
        for qubit in range(n):
            half.u(angle(rng), angle(rng), angle(rng), qubit)
        for qubit in range(layer % 2 if n > 2 else 0, n - 1, 2):
            half.cx(qubit, qubit + 1)
    half.barrier()
    return half.compose(half.inverse())


def folded(rng: Random, n: int) -> QuantumCircuit:
    """A layered circuit whose two-qubit gates are folded for zero-noise extrapolation."""
    qc, times = QuantumCircuit(n), rng.choice((3, 5))
    for layer in range(rng.randint(1, 3)):
        for qubit in range(n):
            qc.ry(angle(rng), qubit)
        for qubit in range(layer % 2 if n > 2 else 0, n - 1, 2):
            for _ in range(times):
                qc.cx(qubit, qubit + 1)
                qc.barrier(qubit, qubit + 1)
    return qc


LIBRARY = {
    "QFT": (qft, 2, 14), "GHZ": (ghz, 2, 20), "W": (w_state, 3, 20), "real amplitudes": (amplitudes, 2, 20),
    "efficient SU2": (su2, 2, 20), "two-local": (two_local, 2, 20), "quantum volume": (volume, 2, 12),
    "ripple-carry adder": (adder, 4, 18), "Draper adder": (draper_adder, 4, 16), "phase estimation": (phase_estimation, 3, 12),
    "Grover": (grover, 2, 6), "hidden linear function": (hidden_linear, 3, 20), "IQP": (instantaneous, 3, 14),
    "Bernstein-Vazirani": (bernstein_vazirani, 3, 20), "echo": (echo, 2, 12), "folded": (folded, 2, 12),
}  # fmt: skip
