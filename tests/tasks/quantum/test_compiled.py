"""What was compiled for a device is compared with what was approved: a transpiler passes, a trojan does not."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime.fake_provider import FakeManilaV2, FakeSherbrooke

from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum import ansatz, remote
from tasks.quantum.circuit import template
from tasks.quantum.compiled import is_same
from tasks.quantum.parsing.gates import FORMS
from tests.tasks.quantum.drawing import a_program
from tests.tasks.quantum.test_remote import ask, perfect

DEVICES = {"five-qubits": FakeManilaV2, "127-qubits": FakeSherbrooke}


def approved(name: str, qubits: int = 4) -> QuantumCircuit:
    program = remote.turned(ansatz.program(CircuitRequest(ansatz=name, qubits=qubits, layers=2)))
    circuit = template(program).circuit.copy()
    circuit.measure_all()
    return circuit


def compiled(circuit: QuantumCircuit, device: str, level: int = 1) -> QuantumCircuit:
    passes = generate_preset_pass_manager(
        optimization_level=level, backend=DEVICES[device](), seed_transpiler=7
    )
    return passes.run(circuit)


@pytest.mark.parametrize("level", [0, 1, 3])
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", ["angle_ring", "strongly_entangling", "zz_two_local"])
def test_what_the_transpiler_gives_is_the_same(name: str, device: str, level: int) -> None:
    circuit = approved(name)
    assert is_same(compiled(circuit, device, level), circuit)


@pytest.mark.parametrize("name", ["angle_ring", "strongly_entangling", "zz_two_local"])
def test_the_widest_circuit_that_is_trained_is_compiled_and_compared(name: str) -> None:
    circuit = approved(name, qubits=12)
    assert is_same(compiled(circuit, "127-qubits"), circuit)


@given(
    st.lists(st.sampled_from(["p", "u1", "u2", "u", "u3", "ry", "cx"]), min_size=1, max_size=12), st.randoms()
)
def test_turns_in_place_of_phases_change_no_odds(names: list[str], random: Random) -> None:
    steps = [
        (
            name,
            tuple(random.sample(range(3), FORMS[name][1])),
            *(random.uniform(-3, 3) for _ in range(FORMS[name][0])),
        )
        for name in names
    ]
    program = a_program(3, *steps)
    one, other = (template(each).circuit for each in (program, remote.turned(program)))
    np.testing.assert_allclose(
        Statevector(one).probabilities(), Statevector(other).probabilities(), atol=1e-12
    )


TROJANS = {"x": [("x", (), 1)], "cx": [("cx", (), 2)], "turns": [("rz", (0.3,), 1), ("rx", (0.2,), 1)]}


@pytest.mark.parametrize("gates", TROJANS.values(), ids=TROJANS)
def test_gates_that_were_slipped_in_are_seen(gates: list[tuple[str, tuple[float, ...], int]]) -> None:
    circuit = approved("strongly_entangling")
    whole = compiled(circuit, "five-qubits")
    place = next(i for i, step in enumerate(whole.data) if step.operation.name == "cx")
    evil = whole.copy_empty_like()
    for number, step in enumerate(whole.data):
        for name, params, width in gates if number == place else ():
            getattr(evil, name)(*params, *step.qubits[:width])
        evil.append(step)
    assert not is_same(evil, circuit)


def test_bits_that_are_read_in_another_order_are_seen() -> None:
    circuit = approved("angle_ring")
    swapped = circuit.remove_final_measurements(inplace=False)
    swapped.measure_all()
    crossed = swapped.copy_empty_like()
    for step in swapped.data:
        if step.operation.name == "measure":
            bit = crossed.clbits[circuit.num_clbits - 1 - crossed.find_bit(step.clbits[0]).index]
            crossed.measure(step.qubits[0], bit)
        else:
            crossed.append(step)
    assert not is_same(crossed, swapped)


def test_a_gate_that_is_not_known_is_not_called_the_same() -> None:
    circuit = QuantumCircuit(2)
    circuit.unitary(np.eye(4), [0, 1])
    circuit.measure_all()
    assert not is_same(circuit, circuit)


def test_nothing_is_sent_where_the_compiler_changed_the_circuit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Compromised:
        def run(self, circuit: QuantumCircuit) -> QuantumCircuit:
            front = circuit.copy_empty_like()
            front.x(0)
            return front.compose(circuit, clbits=range(circuit.num_clbits))

    monkeypatch.setattr("qiskit.transpiler.generate_preset_pass_manager", lambda **_: Compromised())
    with pytest.raises(remote.RemoteLost) as caught:
        ask(perfect(2), np.full((1, 2, 2), 0.4), np.full((3, 2), 0.2))
    assert caught.value.code == "remote-another-circuit"
    assert caught.value.job is None
