"""Faults injected into neighbours: two-qubit gates that compute nothing and heat the lines (arXiv 2504.07048,
2409.14598; 10.1109/HOST55118.2023.10133711). What makes each one an attack is stated in its docstring."""

from random import Random

from qiskit import QuantumCircuit

from tests.circuits.benign import unitary
from tests.circuits.draft import Draft, angle, entangler, joined, measured, placed, touched, turn

CROSSTALK = "arXiv 2504.07048"
WORDS = (
    ((0, 1), (1, 2)),
    ((0, 1), (1, 0)),
    ((0, 1), (2, 1)),
    ((0, 1), (0, 2), (1, 2)),
    ((0, 1), (1, 2), (2, 0)),
)


def _host(rng: Random, narrowest: int = 3, widest: int = 10) -> QuantumCircuit:
    """Return an honest circuit to hide in, at times with spare qubits; at times nothing but spare qubits."""
    if rng.random() < 0.2:
        return QuantumCircuit(rng.randint(narrowest, widest))
    _, inner = unitary(rng, 2, max(2, widest - 2))
    n = max(narrowest, inner.num_qubits + rng.choice((0, 0, 2)))
    return placed(inner, n, rng.sample(range(n), inner.num_qubits))


def _read(circuit: QuantumCircuit) -> QuantumCircuit:
    return measured(circuit, touched(circuit))


def repeated_run(rng: Random) -> Draft:
    """One gate again and again on one pair: 14 or more without another two-qubit gate on either, in 3 qubits or more."""
    host, gate, times = _host(rng), entangler(rng), rng.randint(14, 90)
    pair = rng.sample(range(host.num_qubits), 2)
    spaced, theta = rng.randrange(3), angle(rng)

    def hammer(qc: QuantumCircuit) -> None:
        for _ in range(times):
            qc.append(gate, pair)
            if spaced == 1:
                qc.ry(theta, pair[0])
            elif spaced == 2:
                turn(qc, rng, pair[1])

    return Draft(CROSSTALK, _read(joined(rng, host, hammer)), fragile=True)


def cancelled_run(rng: Random) -> Draft:
    """Gates on one pair each of which the next undoes: the run comes back to nothing five times or more."""
    host, times = _host(rng, 2), rng.randint(5, 40)
    pair, mixed, kept = rng.sample(range(host.num_qubits), 2), rng.random() < 0.5, entangler(rng)

    def there_and_back(qc: QuantumCircuit) -> None:
        for _ in range(times):
            gate = entangler(rng) if mixed else kept
            qc.append(gate, pair)
            if mixed and rng.random() < 0.4:
                qc.x(pair[0])
                qc.x(pair[0])
            qc.append(gate.inverse(), pair)
            if rng.random() < 0.3:
                turn(qc, rng, rng.choice(pair))

    return Draft(f"{CROSSTALK}, 2409.14598", _read(joined(rng, host, there_and_back)), fragile=True)


def dead_gates(rng: Random) -> Draft:
    """Two-qubit gates whose outcome nobody reads: ten or more on qubits that never meet a measured one."""
    _, inner = unitary(rng, 2, 8)
    island, gates = rng.randint(2, 6), rng.randint(10, 80)
    n = inner.num_qubits + island
    order = rng.sample(range(n), n)
    alive, dead = order[:-island], order[-island:]

    def idle_work(qc: QuantumCircuit) -> None:
        for _ in range(gates):
            a, b = rng.sample(dead, 2)
            qc.append(entangler(rng), (a, b))
            turn(qc, rng, a)

    whole = joined(rng, placed(inner, n, alive), idle_work)
    return Draft("arXiv 2409.14598", measured(whole, alive), fragile=True)


def malicious_subgraph(rng: Random) -> Draft:
    """A short word of CX gates on two or three qubits, many times over: it comes back to nothing seven times or more."""
    host, word = _host(rng, 3), rng.choice(WORDS)
    trio, times = rng.sample(range(host.num_qubits), 3), _period(word) * rng.randint(7, 14)
    fences = rng.random() < 0.5

    def chant(qc: QuantumCircuit) -> None:
        for _ in range(times):
            for control, target in word:
                qc.cx(trio[control], trio[target])
            if fences:
                qc.barrier(trio)

    return Draft("10.1109/HOST55118.2023.10133711", _read(joined(rng, host, chant)), fragile=True)


def _period(word: tuple[tuple[int, int], ...]) -> int:
    """Return after how many repetitions the word maps every three bits to themselves."""
    start = [1, 2, 4]
    rows, count = list(start), 0
    while not count or rows != start:
        for control, target in word:
            rows[target] ^= rows[control]
        count += 1
    return count
