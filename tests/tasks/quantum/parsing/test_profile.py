"""The profile of a program: its depths and counts are those of Qiskit, and wide gates hide nothing."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2, qasm3, transpile

from tasks.quantum.inspect import profile_of
from tasks.quantum.parsing.gates import FORMS, LIBRARIES
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.program import Instruction, Program
from tests.tasks.quantum.parsing.rebuilt import gate_of

EXPORTS = {"openqasm2": qasm2.dumps, "openqasm3": qasm3.dumps}
NAMES = sorted(
    {LIBRARIES["openqasm2"][name] for name in LIBRARIES["openqasm2"]} & set(LIBRARIES["openqasm3"].values())
)
WIDE = [name for name, (_, n_qubits) in FORMS.items() if n_qubits > 2]


def a_circuit(n_qubits: int, n_steps: int, seed: int) -> QuantumCircuit:
    """Standard gates, measurements, resets and barriers at random."""
    rng = random.Random(seed)
    circuit = QuantumCircuit(n_qubits, n_qubits)
    fitting = [name for name in NAMES if FORMS[name][1] <= n_qubits]
    for _ in range(n_steps):
        match rng.randrange(12):
            case 0:
                circuit.measure(rng.randrange(n_qubits), rng.randrange(n_qubits))
            case 1:
                circuit.reset(rng.randrange(n_qubits))
            case 2:
                circuit.barrier(*rng.sample(range(n_qubits), rng.randint(1, n_qubits)))
            case _:
                name = rng.choice(fitting)
                n_params, n_wires = FORMS[name]
                gate = gate_of(name, tuple(rng.uniform(-7, 7) for _ in range(n_params)), n_wires)
                circuit.append(gate, rng.sample(range(n_qubits), n_wires))
    return circuit


@pytest.mark.parametrize("language", EXPORTS)
@settings(max_examples=60, deadline=None)
@given(n_qubits=st.integers(1, 7), n_steps=st.integers(0, 60), seed=st.integers(0, 2**31))
def test_depths_and_counts_are_those_of_qiskit(language, n_qubits, n_steps, seed):
    circuit = a_circuit(n_qubits, n_steps, seed)
    found = profile_of(program_of(EXPORTS[language](circuit).encode(), n_qubits_max=n_qubits))
    assert found.depth == circuit.depth()
    assert found.depth_2q == circuit.depth(
        lambda step: step.operation.num_qubits > 1 and step.name != "barrier"
    )
    assert dict(found.gates) == dict(circuit.count_ops())
    assert found.n_measure == circuit.count_ops().get("measure", 0)
    assert found.n_reset == circuit.count_ops().get("reset", 0)


@pytest.mark.parametrize(
    "name", [*WIDE, *(f"mcx on {n}" for n in (6, 9)), *(f"mcphase on {n}" for n in (3, 4, 8))]
)
def test_a_wide_gate_counts_for_no_less_than_what_it_comes_down_to(name):
    gate, _, size = name.partition(" on ")
    n_params, n_qubits = FORMS.get(gate) or (int(gate == "mcphase"), int(size))
    program = Program(
        "openqasm3", n_qubits, 0, (), (Instruction(gate, tuple(range(n_qubits)), (), (0.3,) * n_params),)
    )
    circuit = QuantumCircuit(n_qubits)
    circuit.append(gate_of(gate, (0.3,) * n_params, n_qubits), range(n_qubits))
    narrow = transpile(circuit, basis_gates=["u", "cx"], optimization_level=0).count_ops()
    found = profile_of(program)
    assert found.n_wide == 1
    assert found.n_2q >= narrow["cx"]
    assert found.n_1q >= narrow["u"]


def test_the_digest_names_what_a_program_does_and_not_how_it_is_laid_out():
    one = b'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; h q[0]; cx q[0], q[1];'
    same = b'OPENQASM 2.0;\ninclude "qelib1.inc";\n\nqreg r[2]; gate b a, c { h a; cx a, c; } b r[0], r[1];'
    other = one.replace(b"q[0], q[1]", b"q[1], q[0]")
    digests = [profile_of(program_of(text, n_qubits_max=2)).template for text in (one, same, other)]
    assert digests[0] == digests[1] != digests[2]
