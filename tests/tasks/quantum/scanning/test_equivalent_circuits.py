"""A circuit that does something else than the approved one is found; an honest compilation of it is not."""

from dataclasses import replace
from math import pi
from random import Random

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager

from tasks.quantum.scanning.equivalence import differs
from tests.circuits.ansatze import ANSATZE
from tests.circuits.dynamic import repetition_code, teleportation
from tests.circuits.trojans import trojan
from tests.tasks.quantum.scanning.submitted import compiled, read, reading
from tests.tasks.quantum.scanning.writing import written

BASES = [(("u", "cx"), 1), (("rz", "sx", "x", "ecr"), 2), (("rx", "rz", "cz"), 3)]


@pytest.mark.parametrize(("basis", "level"), BASES)
@pytest.mark.parametrize("name", ANSATZE)
@pytest.mark.parametrize("n", [2, 7])
def test_an_honest_compilation_is_equal(name: str, n: int, basis, level: int) -> None:
    circuit = reading(ANSATZE[name](Random(n), n))
    assert differs(read(compiled(circuit, basis, level)), read(circuit)) is None


@pytest.mark.parametrize("seed", range(12))
def test_a_compilation_to_other_qubits_with_swaps_is_equal(seed: int) -> None:
    circuit = reading(ANSATZE["strongly entangling layers"](Random(seed), 3))
    to_line = generate_preset_pass_manager(
        3, coupling_map=CouplingMap.from_line(4), basis_gates=["rz", "sx", "x", "cz"], seed_transpiler=seed
    )
    assert differs(read(to_line.run(circuit)), read(circuit)) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_trojan_is_told_with_its_distance(seed: int) -> None:
    draft = trojan(Random(seed))
    assert draft.circuit is not None
    assert draft.approved is not None
    found = differs(read(draft.circuit), read(draft.approved))
    assert found is not None
    assert found.id == "trojan"
    assert "apart" in found.evidence


@pytest.mark.parametrize("n", [12, 24])
def test_one_flipped_bit_of_a_wide_stabiliser_state_is_found(n: int) -> None:
    circuit, other = QuantumCircuit(n), QuantumCircuit(n)
    for each in (circuit, other):
        each.h(0)
        for qubit in range(n - 1):
            each.cx(qubit, qubit + 1)
    other.x(n // 2)
    assert differs(read(reading(circuit)), read(reading(circuit.copy()))) is None
    moved = read(reading(compiled(circuit, ("rz", "sx", "x", "cz"), 2)))
    assert differs(moved, read(reading(circuit))) is None
    found = differs(read(reading(other)), read(reading(circuit)))
    assert found is not None
    assert found.id == "trojan"


def test_a_gate_that_acts_on_other_inputs_only_is_found() -> None:
    circuit, other = QuantumCircuit(3), QuantumCircuit(3)
    other.ccx(0, 1, 2)
    for each in (circuit, other):
        each.ry(0.4, range(3))
    assert differs(read(reading(other)), read(reading(circuit))) is not None


def test_the_changed_line_is_told_where_the_rest_is_as_it_was() -> None:
    circuit = QuantumCircuit(3)
    for qubit in range(3):
        circuit.ry(0.3 + qubit, qubit)
        circuit.cx(qubit, (qubit + 1) % 3)
    approved = read(reading(circuit))
    changed = approved.instructions[2]
    rows = (*approved.instructions[:2], replace(changed, params=(2.9,)), *approved.instructions[3:])
    found = differs(replace(approved, instructions=rows), approved)
    assert found is not None
    assert found.line == changed.line > 0


def test_phases_before_the_measurement_and_the_global_phase_do_not_count() -> None:
    circuit = QuantumCircuit(3)
    circuit.h(range(3))
    circuit.cx(0, 1)
    circuit.rx(0.4, range(3))
    other = circuit.copy()
    other.rz(0.7, 1)
    other.cz(0, 2)
    other.global_phase = 1
    assert differs(read(reading(other)), read(reading(circuit))) is None


def test_free_inputs_have_the_same_values_on_both_sides() -> None:
    circuit, other, x = QuantumCircuit(1), QuantumCircuit(1), Parameter("x")
    circuit.ry(x, 0)
    other.ry(x / 2, 0)
    other.ry(x / 2, 0)
    assert differs(read(reading(other)), read(reading(circuit))) is None
    other.ry(x / 9, 0)
    assert differs(read(reading(other)), read(reading(circuit))) is not None


def test_bits_are_matched_by_their_place() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    crossed = circuit.copy()
    circuit.measure([0, 1], [0, 1])
    crossed.measure([0, 1], [1, 0])
    assert differs(read(crossed), read(circuit)) is not None
    fewer = QuantumCircuit(2, 2)
    fewer.x(0)
    fewer.measure(0, 0)
    found = differs(read(fewer), read(circuit))
    assert found is not None
    assert "bits" in found.evidence


@pytest.mark.parametrize("build", [teleportation, repetition_code])
def test_a_correction_that_is_left_out_is_found(build) -> None:
    for seed in range(8):
        circuit = build(Random(seed)).circuit
        program = read(circuit)
        if len(program.instructions) > 60:
            continue
        assert differs(program, program) is None
        odd = next(
            (i for i, row in enumerate(program.instructions) if row.conditional and row.name == "x"), 0
        )
        rows = program.instructions
        assert differs(replace(program, instructions=rows[:odd] + rows[odd + 1 :]), program) is not None


def test_without_a_measurement_the_states_are_compared() -> None:
    circuit, other = QuantumCircuit(2), QuantumCircuit(2)
    for each in (circuit, other):
        each.h(0)
        each.cx(0, 1)
    assert differs(read(other), read(circuit)) is None
    other.rz(pi / 8, 1)
    assert differs(read(other), read(circuit)) is not None


def test_two_large_circuits_that_cannot_be_compared_go_to_a_person() -> None:
    def wide(seed: int) -> QuantumCircuit:
        circuit, rng = QuantumCircuit(22), Random(seed)
        for layer in range(6):
            for qubit in range(22):
                circuit.ry(rng.random(), qubit)
                circuit.cx(qubit, (qubit + 1 + layer) % 22)
        return circuit

    found = differs(read(reading(wide(1))), read(reading(wide(2))))
    assert found is not None
    assert found.id == "scan-unfinished"


def test_circuits_that_read_nothing_are_compared_qubit_by_qubit_unless_they_reset():
    one, other = written(3, "h q[0];", measured=False), written(3, "h q[0];", "ry(0.3) q[2];", measured=False)
    assert differs(one, other).id == "trojan"
    assert differs(one, one) is None
    again = written(3, "h q[0];", "reset q[0];", "h q[0];", measured=False)
    assert differs(one, again).id == "scan-unfinished"
