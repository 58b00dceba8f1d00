import subprocess
import sys
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.ansatz import program
from tasks.quantum.circuit import template
from tasks.quantum.inspect import profile

SIZES = [(qubits, layers) for qubits in (1, 2, 3, 4, 5, 8, 12) for layers in (1, 2, 3, 7)]


def a_circuit(qubits: int, layers: int) -> CircuitRequest:
    return CircuitRequest(ansatz="angle_ring", qubits=qubits, layers=layers)


def two_qubit_depth(circuit: QuantumCircuit) -> int:
    return int(circuit.depth(lambda step: step.operation.num_qubits == 2))


@pytest.mark.parametrize(("qubits", "layers"), SIZES, ids=str)
def test_the_closed_forms_equal_what_qiskit_counts(qubits: int, layers: int) -> None:
    found = profile(a_circuit(qubits, layers))
    circuit = template(program(a_circuit(qubits, layers))).circuit
    counts = circuit.count_ops()
    assert found.n_qubits == found.n_measure == circuit.num_qubits
    assert found.depth == circuit.depth()
    assert found.depth_2q == two_qubit_depth(circuit)
    assert found.n_1q == counts["ry"] + counts["rz"]
    assert found.n_2q == counts.get("cx", 0)
    assert found.n_gates == circuit.size()
    assert found.n_inputs == qubits
    assert found.n_inputs + found.n_weights == circuit.num_parameters


@given(qubits=st.integers(1, 20), layers=st.integers(1, 8))
def test_the_depths_hold_for_any_size(qubits: int, layers: int) -> None:
    found, circuit = profile(a_circuit(qubits, layers)), template(program(a_circuit(qubits, layers))).circuit
    assert (found.depth, found.depth_2q) == (circuit.depth(), two_qubit_depth(circuit))


def test_the_largest_circuit_that_can_be_written_is_profiled_at_once() -> None:
    started_at = perf_counter()
    found = profile(a_circuit(128, 1000))
    assert perf_counter() - started_at < 0.1
    assert found.n_gates == 128 + 3 * 128_000


def test_the_template_digest_names_the_circuit_and_nothing_else() -> None:
    digests = {profile(a_circuit(qubits, layers)).template for qubits, layers in SIZES}
    assert len(digests) == len(SIZES)
    assert profile(a_circuit(4, 2)).template == profile(a_circuit(4, 2)).template


def test_profiling_loads_no_quantum_library() -> None:
    program = "import sys, tasks.quantum.inspect; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"qiskit", "qiskit_aer", "numpy", "prefect"} & set(loaded.stdout.split())
