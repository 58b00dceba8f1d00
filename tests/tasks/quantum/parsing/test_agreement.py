"""What is read is what Qiskit's own importers read: the same unitary, the same operations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import library
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator

from tasks.quantum.parsing.gates import FORMS, LIBRARIES
from tasks.quantum.parsing.reading import program_of
from tests.tasks.quantum.parsing.rebuilt import rebuilt

EXPORTS = {"openqasm2": qasm2.dumps, "openqasm3": qasm3.dumps}
LIBRARY = {
    "qft": library.QFTGate,
    "adder": lambda n: library.FullAdderGate(max(1, (n - 2) // 2)),
    "volume": lambda n: library.quantum_volume(n, seed=n),
    "real": lambda n: library.real_amplitudes(n, reps=2).assign_parameters(np.linspace(0, 3, 3 * n)),
    "su2": lambda n: library.efficient_su2(n, reps=1).assign_parameters(np.linspace(0, 3, 4 * n)),
    "zz": lambda n: library.zz_feature_map(n).assign_parameters(np.linspace(0.1, 3, n)),
    "diffuser": lambda n: library.grover_operator(QuantumCircuit(n)),
    "mcx": lambda n: library.MCXGate(n - 1) if n > 1 else library.XGate(),
}


def text_of(circuit: QuantumCircuit, language: str) -> bytes:
    return EXPORTS[language](circuit).encode()


def assert_same(circuit: QuantumCircuit, text: bytes) -> None:
    found = rebuilt(program_of(text, n_qubits_max=circuit.num_qubits))
    assert Operator(found).equiv(Operator(circuit))


@pytest.mark.parametrize("language", EXPORTS)
@settings(max_examples=40, deadline=None)
@given(n_qubits=st.integers(1, 5), depth=st.integers(1, 8), seed=st.integers(0, 2**31))
def test_a_random_circuit_comes_back_as_the_same_unitary(language, n_qubits, depth, seed):
    circuit = random_circuit(n_qubits, depth, seed=seed)
    assert_same(circuit, text_of(circuit, language))


@pytest.mark.parametrize("language", EXPORTS)
@pytest.mark.parametrize("n_qubits", [2, 3, 6])
@pytest.mark.parametrize("name", LIBRARY)
def test_circuits_of_the_library_come_back_as_the_same_unitary(name, n_qubits, language):
    made = LIBRARY[name](n_qubits)
    circuit = made if isinstance(made, QuantumCircuit) else QuantumCircuit(made.num_qubits)
    if not isinstance(made, QuantumCircuit):
        circuit.append(made, range(made.num_qubits))
    assert_same(circuit, text_of(circuit, language))


@pytest.mark.parametrize("language", LIBRARIES)
def test_each_name_of_the_include_is_the_gate_that_the_importer_reads(language):
    header = {
        "openqasm2": 'OPENQASM 2.0;include "qelib1.inc";qreg q[5];',
        "openqasm3": 'OPENQASM 3.0;include "stdgates.inc";qubit[5] q;',
    }
    loads = {
        "openqasm2": lambda text: qasm2.loads(
            text, include_path=(), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS
        ),
        "openqasm3": qasm3.loads,
    }
    for name, standard in LIBRARIES[language].items():
        n_params, n_qubits = FORMS[standard]
        angles = ",".join(str(0.3 + 0.5 * number) for number in range(n_params))
        line = f"{name}{f'({angles})' if angles else ''} {','.join(f'q[{number}]' for number in range(n_qubits))};"
        text = header[language] + line
        assert_same(loads[language](text), text.encode()), name
