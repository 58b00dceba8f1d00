"""Honest circuits: the named ansätze of the platform, with data, weights and instances drawn anew each time.

Every builder takes a generator and a width, and returns gates without a final measurement.
"""

from itertools import combinations
from random import Random

from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2, real_amplitudes, zz_feature_map

from tests.circuits.draft import angle, unrolled


def _layers(rng: Random, n: int) -> int:
    return rng.randint(1, max(1, min(5, 60 // n)))


def angle_ring(rng: Random, n: int) -> QuantumCircuit:
    """Rows as angles, then rotations and a ring of entanglers, layer by layer."""
    qc = QuantumCircuit(n)
    axis, pair = rng.choice(("rx", "ry")), rng.choice(("cx", "cz"))
    for qubit in range(n):
        getattr(qc, axis)(angle(rng), qubit)
    for _ in range(_layers(rng, n)):
        for qubit in range(n):
            qc.ry(angle(rng), qubit)
            qc.rz(angle(rng), qubit)
        for qubit in range(n if n > 2 else 1):
            getattr(qc, pair)(qubit, (qubit + 1) % n)
    return qc


def strongly_entangling(rng: Random, n: int) -> QuantumCircuit:
    """Three Euler angles a qubit, then entanglers whose range grows with the layer."""
    qc = QuantumCircuit(n)
    for qubit in range(n):
        qc.ry(angle(rng), qubit)
    for layer in range(_layers(rng, n)):
        for qubit in range(n):
            qc.u(angle(rng), angle(rng), angle(rng), qubit)
        reach = layer % (n - 1) + 1
        for qubit in range(n if n > 2 else 1):
            qc.cx(qubit, (qubit + reach) % n)
    return qc


def zz_two_local(rng: Random, n: int) -> QuantumCircuit:
    """A ZZ feature map of one row, then a two-local circuit of weights."""
    shape = rng.choice(("linear", "circular", "reverse_linear") if n > 6 else ("linear", "full", "circular"))
    data = zz_feature_map(n, reps=rng.randint(1, 2), entanglement=shape)
    weights = rng.choice((real_amplitudes, efficient_su2))(n, reps=rng.randint(1, 2), entanglement=shape)
    qc = data.compose(weights)
    return unrolled(qc.assign_parameters([angle(rng) for _ in qc.parameters]))


def _edges(rng: Random, n: int) -> list[tuple[int, int]]:
    ring = [(i, i + 1) for i in range(n - 1)]
    others = [pair for pair in combinations(range(n), 2) if pair not in ring]
    return ring + rng.sample(others, min(len(others), rng.randint(0, n)))


def qaoa(rng: Random, n: int) -> QuantumCircuit:
    """Diagonal cost layers of a graph, weighted or not, and mixers in between."""
    qc, edges, native = QuantumCircuit(n), _edges(rng, n), rng.random() < 0.5
    weights = [rng.choice((1.0, rng.uniform(0.3, 2))) for _ in edges]
    fields = [rng.uniform(-1, 1) for _ in range(n)] if rng.random() < 0.4 else []
    qc.h(range(n))
    for _ in range(_layers(rng, n)):
        gamma, beta = angle(rng), angle(rng)
        for (a, b), weight in zip(edges, weights, strict=True):
            _zz(qc, gamma * weight, a, b, native)
        for qubit, field in enumerate(fields):
            qc.rz(gamma * field, qubit)
        qc.rx(beta, range(n))
    return qc


def _zz(qc: QuantumCircuit, theta: float, a: int, b: int, native: bool) -> None:
    if native:
        qc.rzz(theta, a, b)
    else:
        qc.cx(a, b)
        qc.rz(theta, b)
        qc.cx(a, b)


def trotter_ising(rng: Random, n: int) -> QuantumCircuit:
    """A transverse-field Ising chain in time, first or second order."""
    qc, native, second = QuantumCircuit(n), rng.random() < 0.5, rng.random() < 0.4
    step, coupling, field = rng.uniform(0.05, 0.4), rng.uniform(0.4, 1.6), rng.uniform(0.2, 1.4)
    qc.x([q for q in range(n) if rng.random() < 0.4] or [0])
    for _ in range(rng.randint(2, 10 if n < 8 else 4)):
        if second:
            qc.rx(step * field, range(n))
        for a in (*range(0, n - 1, 2), *range(1, n - 1, 2)):
            _zz(qc, 2 * step * coupling, a, a + 1, native)
        qc.rx((1 if second else 2) * step * field, range(n))
    return qc


def trotter_heisenberg(rng: Random, n: int) -> QuantumCircuit:
    """A Heisenberg chain in time from a Néel state: XX, YY and ZZ on every bond."""
    qc = QuantumCircuit(n)
    step, skew = rng.uniform(0.05, 0.4), rng.uniform(0.5, 1.5)
    qc.x(range(0, n, 2))
    for _ in range(rng.randint(1, 5 if n < 8 else 2)):
        for a in (*range(0, n - 1, 2), *range(1, n - 1, 2)):
            qc.rxx(step, a, a + 1)
            qc.ryy(step, a, a + 1)
            qc.rzz(step * skew, a, a + 1)
    return unrolled(qc)


ANSATZE = {
    "angle ring": angle_ring,
    "strongly entangling layers": strongly_entangling,
    "ZZ feature map and two-local": zz_two_local,
    "QAOA": qaoa,
    "Trotterised Ising": trotter_ising,
    "Trotterised Heisenberg": trotter_heisenberg,
}
