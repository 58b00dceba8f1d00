from collections.abc import Callable

import numpy as np
import pytest
import torch

from tasks.learning import predict
from tasks.learning.dataset import Split
from tasks.learning.fit import Fitted

Splits = Callable[..., Split]


def test_answers_are_double_precision_with_one_row_for_each_row(fitted: Fitted, a_split: Splits) -> None:
    x = a_split().test.x
    angles = predict.angles(fitted.model, x)
    expectations = predict.torch_expectations(fitted.model, angles)
    hybrid = predict.hybrid_probabilities(fitted.model, expectations)
    neural = predict.neural_probabilities(fitted.model, x)
    assert {found.dtype for found in (angles, expectations, hybrid, neural)} == {np.dtype(np.float64)}
    assert angles.shape == expectations.shape == (len(x), 3)
    assert hybrid.shape == neural.shape == (len(x), 2)
    np.testing.assert_allclose([hybrid.sum(axis=1), neural.sum(axis=1)], 1.0, atol=1e-12)


@pytest.mark.parametrize("n_rows", [1, 255, 256, 257])
def test_expectations_are_those_of_the_layer_whatever_the_batch(n_rows: int, fitted: Fitted) -> None:
    angles = np.random.default_rng(0).uniform(-np.pi, np.pi, (n_rows, 3))
    expected = fitted.model.quantum(torch.from_numpy(angles)).detach().numpy()
    np.testing.assert_allclose(predict.torch_expectations(fitted.model, angles), expected, atol=1e-13)


def test_the_circuit_evaluated_in_double_is_the_circuit_that_was_trained(
    fitted: Fitted, a_split: Splits
) -> None:
    angles = predict.angles(fitted.model, a_split().test.x)
    trained = fitted.model.quantum(torch.from_numpy(angles).float()).detach().numpy()
    np.testing.assert_allclose(predict.torch_expectations(fitted.model, angles), trained, atol=2e-6)


def test_the_hybrid_answer_is_the_softmax_of_the_head_on_expectations(fitted: Fitted) -> None:
    expectations = np.linspace(-1, 1, 12).reshape(4, 3)
    head = fitted.model.hybrid_head
    logits = expectations @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(predict.hybrid_probabilities(fitted.model, expectations), expected, atol=1e-6)


def test_circuit_weights_are_the_layers_in_c_order_and_in_double(fitted: Fitted) -> None:
    weights = predict.circuit_weights(fitted.model)
    assert (weights.shape, weights.dtype) == ((12,), np.float64)
    assert weights.tolist() == fitted.model.quantum.weights.flatten().tolist()


def test_read_only_arrays_are_welcome(fitted: Fitted, a_split: Splits) -> None:
    x, angles = a_split().test.x.copy(), np.zeros((2, 3))
    x.flags.writeable = angles.flags.writeable = False
    assert predict.angles(fitted.model, x).shape == (len(x), 3)
    assert predict.torch_expectations(fitted.model, angles).shape == (2, 3)


def test_predicting_leaves_the_threads_as_found_and_keeps_no_gradient(
    fitted: Fitted, a_split: Splits
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        predict.neural_probabilities(fitted.model, a_split().test.x)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert torch.is_grad_enabled()
