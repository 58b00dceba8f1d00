"""One training step of the quantum layer against PennyLane's default.qubit: same circuit, same precision."""

from collections.abc import Iterator

import pennylane as qml
import torch
from torch import Tensor

from tasks.learning.quantum_layer import QuantumLayer
from tests.bench.timing import Work, in_turn, ms

ROWS = 64
SIZES = {(4, 2): 25, (8, 4): 15, (10, 4): 7}


def measure() -> Iterator[tuple[str, ...]]:
    """Yield a row for each size, after checking that both compute the same expectations."""
    torch.set_num_threads(1)
    for (n_qubits, n_layers), rounds in SIZES.items():
        torch.manual_seed(0)
        angles = torch.rand(ROWS, n_qubits, dtype=torch.float64) * 2 - 1
        ours = QuantumLayer(n_qubits, n_layers).double()
        theirs = pennylane_circuit(n_qubits, n_layers)
        weights = ours.weights.detach().clone().requires_grad_()
        difference = (ours(angles) - theirs(angles, weights)).abs().max().item()
        if difference > 1e-9:
            raise AssertionError(f"the two layers differ by {difference}")
        single = QuantumLayer(n_qubits, n_layers)
        a, b, c = in_turn(
            step(ours, angles),
            step(lambda x, circuit=theirs, w=weights: circuit(x, w), angles),
            step(single, angles.float()),
            rounds=rounds,
        )
        asked = "at least 4" if (n_qubits, n_layers) == (8, 4) else ""
        what = f"step of {ROWS} rows, {n_qubits} qubits x {n_layers} layers"
        yield f"{what}, complex128", ms(a), f"default.qubit {ms(b)}", f"{b / a:.1f} times faster", asked
        yield f"{what}, complex64 (as trained)", ms(c), "", "", ""


def step(layer, angles: Tensor) -> Work:
    """Return one forward and backward pass."""

    def work() -> None:
        layer(angles.clone().requires_grad_()).sum().backward()

    return work


def pennylane_circuit(n_qubits: int, n_layers: int):
    """Return the same circuit, batched by parameter broadcasting, differentiated by backpropagation."""

    @qml.qnode(qml.device("default.qubit", wires=n_qubits), interface="torch", diff_method="backprop")
    def circuit(x: Tensor, weights: Tensor):
        for qubit in range(n_qubits):
            qml.RY(x[:, qubit], wires=qubit)
        for layer in range(n_layers):
            for qubit in range(n_qubits):
                qml.RY(weights[layer, qubit, 0], wires=qubit)
                qml.RZ(weights[layer, qubit, 1], wires=qubit)
            for qubit in range(n_qubits):
                qml.CNOT(wires=[qubit, (qubit + 1) % n_qubits])
        return [qml.expval(qml.PauliZ(qubit)) for qubit in range(n_qubits)]

    return lambda x, weights: torch.stack(circuit(x, weights), dim=1)
