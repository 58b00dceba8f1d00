"""A model around any circuit is trained, kept and read back as one around `angle_ring` is."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from policy_checks.errors import IntegrityError, StageError
from policy_checks.schemas.manifest import CircuitRequest, Training
from tasks.learning import predict
from tasks.learning.dataset import Split
from tasks.learning.fit import Fitted, fit, from_bytes, to_bytes
from tasks.learning.gates import GateList
from tasks.learning.model import HybridClassifier
from tasks.quantum.ansatz import program
from tasks.stages.trained_circuit import gate_list
from tests.tasks.quantum.drawing import a_program

Splits = Callable[..., Split]
TRAINING = Training(epochs_max=6, patience=3, batch_size=32, hidden_units=6)
OWN = a_program(
    3, ("ry", (0,), "x0"), ("ry", (2,), "(x2+theta)"), ("cx", (0, 1)), ("crx", (1, 2), "phi"), ("ry", (0,), "sin(phi)"),
    inputs=("theta", "x0", "phi", "x2"),
)  # fmt: skip


def named(ansatz: Any, layers: int = 2) -> GateList:
    return gate_list(program(CircuitRequest(ansatz=ansatz, qubits=3, layers=layers)))


CIRCUITS = {"strongly_entangling": named("strongly_entangling"), "zz_two_local": named("zz_two_local"),
            "own": gate_list(OWN)}  # fmt: skip
each_circuit = pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)


def trained(split: Split, circuit: GateList, seed: int = 5) -> Fitted:
    return fit(split, TRAINING, circuit, seed, lambda *_: None)


@each_circuit
def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_threads(circuit, a_split: Splits) -> None:
    split, before = a_split(), torch.get_num_threads()
    first = to_bytes(trained(split, circuit).model)
    torch.set_num_threads(3)
    try:
        assert to_bytes(trained(split, circuit).model) == first
    finally:
        torch.set_num_threads(before)
    assert to_bytes(trained(split, circuit, seed=6).model) != first


@each_circuit
def test_training_moves_the_circuits_weights_and_lowers_the_loss(circuit, a_split: Splits) -> None:
    split, losses = a_split(), []
    fitted = fit(split, TRAINING, circuit, 5, lambda *epoch: losses.append(epoch[-1]))
    with torch.random.fork_rng():
        torch.manual_seed(5)
        start = HybridClassifier(split.train.x.shape[1], 2, TRAINING, circuit)
    moved = fitted.model.quantum.weights - start.quantum.weights
    assert moved.shape == (len(circuit.weights),)
    assert moved.abs().max() > 0.01
    assert losses[-1] < losses[0]


@each_circuit
def test_weights_come_back_from_bytes_as_they_were(circuit, a_split: Splits) -> None:
    split = a_split()
    payload = to_bytes(trained(split, circuit).model)
    before = torch.get_rng_state()
    model = from_bytes(payload, split.train.x.shape[1], 2, TRAINING, circuit)
    assert to_bytes(model) == payload
    assert torch.equal(torch.get_rng_state(), before)
    assert predict.circuit_weights(model).shape == (len(circuit.weights),)


def test_weights_of_another_circuit_are_refused(a_split: Splits) -> None:
    split = a_split()
    payload = to_bytes(trained(split, CIRCUITS["own"]).model)
    for other in (named("strongly_entangling"), CircuitRequest(ansatz="angle_ring", qubits=3, layers=2)):
        with pytest.raises(IntegrityError, match="weights-malformed"):
            from_bytes(payload, split.train.x.shape[1], 2, TRAINING, other)


@each_circuit
def test_the_circuit_evaluated_in_double_is_the_circuit_that_was_trained(circuit, a_split: Splits) -> None:
    split = a_split()
    model = trained(split, circuit).model
    angles = predict.angles(model, split.test.x)
    single = model.quantum(torch.from_numpy(angles).float()).detach().numpy()
    np.testing.assert_allclose(predict.torch_expectations(model, angles), single, atol=1e-5)


def test_only_angle_ring_is_trained_by_its_sizes(a_split: Splits) -> None:
    with pytest.raises(ValueError, match="only angle_ring"):
        HybridClassifier(4, 2, TRAINING, CircuitRequest(ansatz="zz_two_local", qubits=3, layers=2))


def test_arithmetic_that_leaves_its_domain_ends_the_training(a_split: Splits) -> None:
    circuit = gate_list(a_program(2, ("ry", (0,), "x0"), ("ry", (0,), "sqrt((-(w**2)))"), inputs=("x0", "w")))
    with pytest.raises(StageError, match="training-diverged"):
        trained(a_split(), circuit)
