"""States, stabilisers and rotations are what Qiskit computes for the same circuit."""

from math import pi
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import (
    C3SXGate,
    C3XGate,
    C4XGate,
    CXGate,
    HGate,
    RZZGate,
    XGate,
    get_standard_gate_name_mapping,
)
from qiskit.quantum_info import Operator, StabilizerState, Statevector, random_clifford

from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.program import Instruction, Program
from tasks.quantum.scanning.pauli_rotations import unfolded
from tasks.quantum.scanning.readout import peeled
from tasks.quantum.scanning.statevector import blocks, evolved, odds, zero
from tasks.quantum.scanning.tableau import stabilised
from tasks.quantum.scanning.wires import wiring
from tests.circuits import distributions
from tests.circuits.dynamic import iterative_phase, repetition_code, teleportation
from tests.tasks.quantum.scanning.submitted import read, reading

KNOWN = get_standard_gate_name_mapping() | {"c3x": C3XGate(), "c4x": C4XGate(), "c3sqrtx": C3SXGate()}
PAULI = {(0, 0): np.eye(2), (1, 0): np.array([[0, 1], [1, 0]]), (0, 1): np.diag([1, -1]), (1, 1): np.array([[0, -1j], [1j, 0]])}  # fmt: skip


def _state(program: Program) -> np.ndarray:
    found = wiring(program)
    return evolved(zero(found.n_wires), blocks(found.gates, {}), range(found.n_wires))


def _pauli(x: int, z: int, n: int) -> np.ndarray:
    whole = np.ones((1, 1))
    for wire in range(n):
        whole = np.kron(whole, PAULI[x >> wire & 1, z >> wire & 1])
    return whole


@pytest.mark.parametrize("name", FORMS)
def test_every_gate_is_the_one_of_its_name(name: str) -> None:
    n_params, n = FORMS[name]
    values = (0.3, 0.5, 0.7, 1.1)[:n_params]
    expected = Operator(type(KNOWN[name])(*values)).reverse_qargs().data
    gates = wiring(Program("ansatz", n, 0, (), (Instruction(name, tuple(range(n)), (), values),))).gates
    found = evolved(np.eye(2**n, dtype=complex), blocks(gates, {}), range(n))
    assert abs(abs(np.vdot(expected, found)) - 2**n) < 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_states_are_those_of_qiskit(seed: int) -> None:
    rng, n = Random(seed), 4
    circuit = QuantumCircuit(n)
    for _ in range(30):
        a, b, c = rng.sample(range(n), 3)
        circuit.u(rng.random(), 2, 3, a)
        circuit.append(rng.choice((CXGate(), RZZGate(rng.random()))), [a, b])
        circuit.ccx(c, a, b)
    expected = Statevector(circuit.reverse_bits()).data
    assert abs(abs(np.vdot(expected, _state(read(circuit)))) - 1) < 1e-8


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("build", [teleportation, repetition_code, iterative_phase])
def test_resets_and_corrections_change_no_odds_when_they_are_deferred(build, seed: int) -> None:
    circuit = build(Random(seed)).circuit
    if distributions.width(circuit) > 11:
        circuit = build(Random(100)).circuit
    found = wiring(read(circuit))
    order = list(range(found.n_wires))
    kept = [found.reads[bit] for bit in reversed(range(circuit.num_clbits))]
    seen = odds(evolved(zero(len(order)), blocks(found.gates, {}), order), order, kept)
    expected = distributions.outcomes(circuit)
    assert len(kept) == circuit.num_clbits
    assert all(abs(seen[int(word, 2)] - p) < 1e-6 for word, p in expected.items())


@pytest.mark.parametrize("seed", range(12))
def test_a_stabiliser_state_has_the_certain_parities_of_qiskits(seed: int) -> None:
    n, circuit = 5, random_clifford(5, seed=seed).to_circuit()
    read_qubits = [0, 1, 3, 4] if seed % 2 else [2, 3]
    program = read(circuit)
    found = stabilised(wiring(program).gates, range(n), {}, None)
    assert found is not None
    words = StabilizerState(circuit).probabilities_dict(read_qubits)
    assert len(words) == 2 ** (len(read_qubits) - found.certain(read_qubits))
    for mask, odd in found.parities(read_qubits):
        assert all((int(word, 2) & mask).bit_count() % 2 == odd for word in words)


@pytest.mark.parametrize("seed", range(15))
def test_rotations_and_a_clifford_gate_are_all_that_a_circuit_is(seed: int) -> None:
    rng, n = Random(seed), 3
    names = [(name, *FORMS[name]) for name in FORMS if FORMS[name][1] < 3 and name not in ("cu", "cu3", "xx_plus_yy", "xx_minus_yy")]  # fmt: skip
    rows = []
    for _ in range(14):
        name, n_params, size = rng.choice(names)
        values = tuple(rng.choice((pi / 2, pi, 0.3, 1.1, -0.7)) for _ in range(n_params))
        rows.append(Instruction(name, tuple(rng.sample(range(n), size)), (), values))
    gates = wiring(Program("ansatz", n, 0, (), tuple(rows))).gates
    whole = evolved(np.eye(2**n, dtype=complex), blocks(gates, {}), range(n))
    turned = np.eye(2**n, dtype=complex)
    for each in unfolded(gates, n, {}).rotations:
        pauli = _pauli(each.x, each.z, n)
        turned = (np.cos(each.angle / 2) * np.eye(2**n) - 1j * np.sin(each.angle / 2) * pauli) @ turned
    rest = whole @ turned.conj().T
    for bit in range(n):
        for x, z in ((1 << bit, 0), (0, 1 << bit)):
            image = abs(rest @ _pauli(x, z, n) @ rest.conj().T)
            assert np.allclose(np.sort(image.ravel())[-(2**n) :], 1, atol=1e-6)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("renaming", [False, True])
def test_what_is_peeled_changes_no_odds_but_the_words_names(seed: int, renaming: bool) -> None:
    rng, n = Random(seed), 5
    circuit = QuantumCircuit(n)
    for qubit in range(n):
        circuit.ry(rng.random() * 3, qubit)
    for _ in range(10):
        a, b = rng.sample(range(n), 2)
        gate = rng.choice((CXGate(), RZZGate(0.4), HGate(), XGate()))
        circuit.append(gate, [a, b][: gate.num_qubits])
    found = wiring(read(reading(circuit, [0, 1, 2, 4])))
    fewer = peeled(found.gates, found.read, {}, renaming=renaming)
    before, after = (
        odds(evolved(zero(n), blocks(gates, {}), range(n)), range(n), [0, 1, 2, 4])
        for gates in (found.gates, fewer)
    )
    if renaming:
        before, after = np.sort(before), np.sort(after)
    assert np.allclose(before, after)


@pytest.mark.parametrize("seed", range(6))
def test_every_generator_of_a_stabiliser_has_its_sign(seed: int) -> None:
    n, program = 4, read(random_clifford(4, seed=seed).to_circuit())
    found, state = stabilised(wiring(program).gates, range(4), {}, None), _state(program)
    assert found is not None
    for row in range(n):
        x, z = (sum(1 << w for w in range(n) if side[w] >> row & 1) for side in (found.x, found.z))
        expected = -1 if found.minus >> row & 1 else 1
        assert abs(np.vdot(state, _pauli(x, z, n) @ state).real - expected) < 1e-9
