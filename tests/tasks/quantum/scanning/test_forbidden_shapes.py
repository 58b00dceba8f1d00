"""Random numbers, key exchange, order finding and ciphers are found by what they do, honest circuits are not."""

from collections.abc import Callable
from itertools import chain
from math import pi
from random import Random

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import (
    CPhaseGate,
    CXGate,
    QFTGate,
    SwapGate,
    TGate,
    UnitaryGate,
    efficient_su2,
    zz_feature_map,
)

from tasks.quantum.program import Program
from tasks.quantum.scanning import cipher_oracle, key_exchange, modular_exponentiation, random_numbers
from tests.tasks.quantum.scanning.submitted import compiled, read, reading

DETECTORS = (random_numbers, key_exchange, modular_exponentiation, cipher_oracle)
BASES = [(("u", "cx"), 0), (("rz", "sx", "x", "cz"), 1), (("rx", "rz", "cz"), 3)]


def found(program: Program) -> set[str]:
    return {each.id for each in chain.from_iterable(detector.find(program) for detector in DETECTORS)}


def coins(n: int, decoration: Callable[[QuantumCircuit], object]) -> QuantumCircuit:
    circuit = QuantumCircuit(n)
    circuit.h(range(n))
    decoration(circuit)
    return circuit


def _dressed(circuit: QuantumCircuit) -> None:
    rng, n = Random(4), circuit.num_qubits
    for _ in range(3 * n):
        a, b = rng.sample(range(n), 2)
        gate = rng.choice((CXGate(), CPhaseGate(0.7), TGate(), SwapGate()))
        circuit.append(gate, [a, b][: gate.num_qubits])


def _with_inputs_that_cancel(circuit: QuantumCircuit) -> None:
    x = Parameter("x")
    circuit.ry(x, 0)
    circuit.ry(-x, 0)
    for qubit in range(circuit.num_qubits - 1):
        circuit.crz(x, qubit, qubit + 1)
    for qubit in range(0, circuit.num_qubits - 2, 2):
        circuit.ccx(qubit, qubit + 1, qubit + 2)


def _fourier(circuit: QuantumCircuit) -> None:
    circuit.h(range(circuit.num_qubits))
    circuit.append(QFTGate(circuit.num_qubits), range(circuit.num_qubits))


@pytest.mark.parametrize("n", [2, 9, 20, 26])
@pytest.mark.parametrize("decoration", [lambda circuit: None, _dressed, _with_inputs_that_cancel])
def test_coins_are_found_at_any_width_behind_gates_that_change_no_odds(n: int, decoration) -> None:
    assert "random-numbers" in found(read(reading(coins(n, decoration))))


def test_a_fourier_transform_of_one_word_is_a_generator() -> None:
    assert "random-numbers" in found(read(reading(coins(7, _fourier)).compose(QuantumCircuit(7))))


def test_coins_beside_a_bit_that_data_moves_are_still_coins() -> None:
    circuit = coins(6, lambda qc: None)
    circuit.rx(Parameter("x"), 5)
    circuit.ry(Parameter("y"), 5)
    for qubit in range(5):
        circuit.cz(5, qubit)
    assert found(read(reading(circuit))) == {"random-numbers"}


def test_one_qubit_read_again_and_again_is_a_generator_with_and_without_reset() -> None:
    for reset in (True, False):
        circuit = QuantumCircuit(1, 12)
        for bit in range(12):
            circuit.h(0)
            circuit.measure(0, bit)
            if reset:
                circuit.reset(0)
        assert "random-numbers" in found(read(circuit))


def test_halves_of_bell_pairs_are_a_generator_and_whole_pairs_are_not() -> None:
    circuit = QuantumCircuit(10)
    circuit.h(range(5))
    circuit.cx(range(5), range(5, 10))
    assert found(read(reading(circuit, list(range(5))))) == {"random-numbers"}
    assert found(read(reading(circuit))) == set()


def test_a_bias_that_angles_make_is_no_generator() -> None:
    for theta, expected in ((1.57, {"random-numbers"}), (1.2, set())):
        circuit = QuantumCircuit(6)
        circuit.ry(theta, range(6))
        assert found(read(reading(circuit))) == expected


def _ghz(n: int) -> QuantumCircuit:
    circuit = QuantumCircuit(n)
    circuit.h(0)
    for qubit in range(n - 1):
        circuit.cx(qubit, qubit + 1)
    return circuit


def _simon(n: int, secret: int) -> QuantumCircuit:
    circuit = QuantumCircuit(2 * n)
    circuit.h(range(n))
    circuit.cx(range(n), range(n, 2 * n))
    ones = [i for i in range(n) if secret >> i & 1]
    for i in ones:
        circuit.cx(ones[0], n + i)
    circuit.h(range(n))
    return circuit


def _kernel(n: int) -> QuantumCircuit:
    one = zz_feature_map(n, reps=1)
    return one.compose(zz_feature_map(n, reps=1, parameter_prefix="y").inverse())


def _weights(n: int) -> QuantumCircuit:
    circuit = efficient_su2(n, reps=2, entanglement="circular")
    return circuit.assign_parameters(np.linspace(0.3, 5.9, circuit.num_parameters))


def _estimation(n: int, theta: float) -> QuantumCircuit:
    circuit = QuantumCircuit(n + 1)
    circuit.x(n)
    circuit.h(range(n))
    for bit in range(n):
        circuit.cp(theta * 2**bit, bit, n)
    circuit.append(QFTGate(n).inverse(), range(n))
    return circuit


def _cover_search(tree: bool) -> QuantumCircuit:
    """Search for vertex covers of a square with a diagonal, clause by clause, their conjunction at once or in a tree."""
    edges = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)]
    n, m = 4, len(edges)
    oracle = QuantumCircuit(n + 2 * m)
    for place, edge in enumerate(edges):
        oracle.x(edge)
        oracle.ccx(*edge, n + place)
        oracle.x([*edge, n + place])
    last = n + m - 1
    if tree:
        for place in range(1, m):
            first = n if place == 1 else n + m + place - 2
            oracle.ccx(first, n + place, n + m + place - 1)
        last = n + 2 * m - 2
    circuit = QuantumCircuit(n + 2 * m)
    circuit.h(range(n))
    circuit.compose(oracle, inplace=True)
    circuit.z(last) if tree else circuit.mcp(pi, list(range(n, last)), last)
    circuit.compose(oracle.inverse(), inplace=True)
    _diffused(circuit, list(range(n)))
    return circuit


def _diffused(circuit: QuantumCircuit, key: list[int]) -> None:
    circuit.h(key)
    circuit.x(key)
    circuit.mcp(pi, key[:-1], key[-1])
    circuit.x(key)
    circuit.h(key)


HONEST = {
    "GHZ": _ghz(9),
    "wide GHZ": _ghz(24),
    "GHZ along X": _ghz(6).compose(coins(6, lambda qc: None)),
    "Simon": reading(_simon(5, 0b10110), list(range(5))),
    "Simon, light secret": reading(_simon(7, 1), list(range(7))),
    "kernel of inputs": _kernel(4),
    "weights": _weights(8),
    "wide weights": _weights(22),
    "eighth turn estimated": reading(_estimation(4, pi / 4), list(range(4))),
    "odd turn estimated": reading(_estimation(4, 1.234), list(range(4))),
    "covers, at once": reading(_cover_search(tree=False), list(range(4))),
    "covers, by a tree": reading(_cover_search(tree=True), list(range(4))),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_circuit_is_left_alone(name: str) -> None:
    circuit = HONEST[name]
    program = read(circuit if circuit.num_clbits else reading(circuit))
    assert found(program) == set()


def _sent(seed: int, n: int, joined: bool) -> QuantumCircuit:
    rng = Random(seed)
    circuit, bases = QuantumCircuit(n, n), [(0, 1), (0, 0)]
    bases += [(rng.randrange(2), rng.randrange(2)) for _ in range(n - 2)]
    for qubit, (sent, _) in enumerate(bases):
        circuit.x(qubit) if rng.random() < 0.5 else None
        circuit.h(qubit) if sent else None
    for qubit in range(n - 1) if joined else ():
        circuit.cz(qubit, qubit + 1)
        circuit.barrier()
        circuit.cz(qubit, qubit + 1)
    circuit.barrier()
    for qubit, (_, basis) in enumerate(bases):
        circuit.h(qubit) if basis else None
        circuit.measure(qubit, qubit)
    return circuit


@pytest.mark.parametrize("joined", [False, True], ids=["alone", "joined-by-nothing"])
@pytest.mark.parametrize("seed", range(4))
def test_a_key_exchange_is_found_even_behind_gates_that_undo_each_other(seed: int, joined: bool) -> None:
    assert "bb84" in found(read(_sent(seed, 8, joined)))


def _multiplication(modulus: int, n: int, factor: int) -> UnitaryGate:
    whole = np.zeros((2**n, 2**n))
    for x in range(2**n):
        whole[factor * x % modulus if x < modulus else x, x] = 1
    return UnitaryGate(whole)


def _order_finding(modulus: int, n: int, base: int, t: int) -> QuantumCircuit:
    circuit = QuantumCircuit(t + n)
    circuit.h(range(t))
    circuit.x(t)
    for bit in range(t):
        power = _multiplication(modulus, n, pow(base, 2**bit, modulus)).control(1)
        circuit.append(power, [bit, *range(t, t + n)])
    circuit.append(QFTGate(t).inverse(), range(t))
    return circuit


@pytest.mark.parametrize(("basis", "level"), BASES)
@pytest.mark.parametrize(("base", "modulus", "n"), [(2, 5, 3), (3, 7, 3), (6, 7, 3)])
def test_order_finding_is_found_in_any_basis(base: int, modulus: int, n: int, basis, level: int) -> None:
    circuit = compiled(_order_finding(modulus, n, base, 4), basis, level)
    assert "modular-exponentiation" in found(read(reading(circuit, list(range(4)))))
    assert "modular-exponentiation" in found(read(reading(circuit)))


def _feistel(rounds: int) -> QuantumCircuit:
    """Encrypt four bits with a key of four, in rounds of products and key bits."""
    circuit, left, right = QuantumCircuit(8), [4, 5], [6, 7]
    for each in range(rounds):
        keys = [2 * each % 4, (2 * each + 1) % 4]
        circuit.cx(keys, right)
        for i in range(2):
            circuit.ccx(right[i], right[1 - i], left[i])
            circuit.cx(right[1 - i], left[i])
        circuit.cx(keys, right)
        left, right = right, left
    return circuit


@pytest.mark.parametrize(("basis", "level"), [(("h", "x", "u", "rz", "cx", "ccx", "cp"), 0), *BASES])
def test_a_search_for_keys_is_found_in_any_basis(basis, level: int) -> None:
    cipher, circuit = _feistel(3), QuantumCircuit(8)
    circuit.h(range(4))
    circuit.x(4)
    circuit.compose(cipher, inplace=True)
    circuit.mcp(pi, [4, 5, 6], 7)
    circuit.compose(cipher.inverse(), inplace=True)
    _diffused(circuit, [0, 1, 2, 3])
    assert "cipher-oracle" in found(read(reading(compiled(circuit, basis, level), [0, 1, 2, 3])))


def test_what_is_too_large_to_look_into_goes_to_a_person() -> None:
    circuit = QuantumCircuit(24)
    circuit.h(range(8))
    for _ in range(3):
        for i in range(8, 22):
            circuit.ccx(i, i + 1, i + 2)
            circuit.cx(i % 8, i)
    circuit.h(range(8))
    assert found(read(reading(circuit, list(range(8))))) >= {"scan-unfinished"}
