"""A circuit that shows its declared purpose passes, in any basis; one of another purpose is told."""

from math import pi
from random import Random

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from tasks.quantum.scanning.purpose import mismatch
from tests.circuits import library
from tests.circuits.ansatze import ANSATZE
from tests.tasks.quantum.scanning.submitted import compiled, read, reading

BASES = [(("h", "rx", "ry", "rz", "u", "cx", "rzz"), 0), (("u", "cx"), 1), (("rz", "sx", "x", "cz"), 0)]
FITTING = {
    "angle ring": ("qml", "hybrid"),
    "strongly entangling layers": ("qml", "hybrid"),
    "ZZ feature map and two-local": ("qml", "hybrid"),
    "QAOA": ("optimisation",),
    "Trotterised Ising": ("simulation",),
    "Trotterised Heisenberg": ("simulation",),
}
OF_NO_PURPOSE = {
    "GHZ": library.ghz, "Bernstein-Vazirani": library.bernstein_vazirani, "Grover": library.grover,
    "hidden linear": library.hidden_linear,
}  # fmt: skip


def told(circuit: QuantumCircuit, purpose, has_observable: bool = True) -> str | None:
    found = mismatch(read(circuit), purpose, has_observable=has_observable)
    return found and found.evidence


@pytest.mark.parametrize(("basis", "level"), BASES)
@pytest.mark.parametrize("n", [3, 8])
@pytest.mark.parametrize("name", FITTING)
def test_an_ansatz_fits_what_it_is_for_in_any_basis(name: str, n: int, basis, level: int) -> None:
    circuit = reading(compiled(ANSATZE[name](Random(n), n), basis, level))
    assert [told(circuit, purpose) for purpose in FITTING[name]] == [None] * len(FITTING[name])


@pytest.mark.parametrize("name", OF_NO_PURPOSE)
@pytest.mark.parametrize("purpose", ["qml", "optimisation", "simulation", "hybrid"])
def test_a_textbook_circuit_fits_no_purpose(name: str, purpose) -> None:
    circuit = reading(OF_NO_PURPOSE[name](Random(3), 5))
    assert f"declared as {purpose}" in (told(circuit, purpose) or "")


@pytest.mark.parametrize("name", sorted(set(FITTING) - {"QAOA"}))
def test_only_cost_and_mixing_layers_are_an_optimisation(name: str) -> None:
    assert told(reading(ANSATZE[name](Random(2), 6)), "optimisation") is not None


@pytest.mark.parametrize("name", ["angle ring", "strongly entangling layers", "ZZ feature map and two-local"])
def test_layers_of_weights_are_no_evolution(name: str) -> None:
    assert told(reading(ANSATZE[name](Random(2), 6)), "simulation") is not None


def test_nothing_is_trained_without_an_observable() -> None:
    circuit = reading(ANSATZE["angle ring"](Random(1), 4))
    assert "observable" in (told(circuit, "qml", has_observable=False) or "")
    assert "observable" in (told(circuit, "hybrid", has_observable=False) or "")


def test_data_needs_a_weight_after_it() -> None:
    circuit = QuantumCircuit(4)
    for qubit in range(4):
        circuit.ry(0.3 + 0.1 * qubit, qubit)
    assert "take in data" in (told(reading(circuit), "qml") or "")


def test_phases_that_nobody_reads_are_no_parameters() -> None:
    circuit = QuantumCircuit(5)
    circuit.h(0)
    for qubit in range(4):
        circuit.cx(qubit, qubit + 1)
    for qubit in range(5):
        circuit.rz(0.3 + 0.1 * qubit, qubit)
    assert told(reading(circuit), "hybrid") is not None


def test_free_inputs_are_parameters() -> None:
    x, circuit = ParameterVector("x", 4), QuantumCircuit(2)
    circuit.ry(x[0], 0)
    circuit.ry(x[1], 1)
    circuit.cx(0, 1)
    circuit.rx(x[2], 0)
    circuit.rx(x[3], 1)
    assert told(reading(circuit), "qml") is None


def test_long_operators_by_ladders_are_an_evolution() -> None:
    circuit = QuantumCircuit(5)
    circuit.x([0, 1])
    for _ in range(3):
        for low, high in ((0, 3), (1, 4)):
            circuit.h(low)
            for qubit in range(low, high):
                circuit.cx(qubit, qubit + 1)
            circuit.rz(0.21 if low else 0.13, high)
            for qubit in reversed(range(low, high)):
                circuit.cx(qubit, qubit + 1)
            circuit.h(low)
    assert told(reading(circuit), "simulation") is None


def test_a_fourier_transform_is_no_evolution_and_has_nothing_to_train() -> None:
    circuit = QuantumCircuit(6)
    circuit.x(0)
    for low in range(6):
        circuit.h(low)
        for high in range(low + 1, 6):
            circuit.cp(pi / 2 ** (high - low), high, low)
    assert told(reading(circuit), "simulation") is not None
    assert told(reading(circuit), "hybrid") is not None
