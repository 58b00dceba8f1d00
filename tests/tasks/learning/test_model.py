from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from policy_checks.errors import StageError
from policy_checks.schemas.manifest import CircuitRequest, Training
from tasks.learning.model import HybridClassifier

X, Y = torch.linspace(-2, 2, 40).view(8, 5), torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])


@pytest.fixture
def model(training: Training, circuit: CircuitRequest) -> HybridClassifier:
    torch.manual_seed(4)
    return HybridClassifier(5, 3, training, circuit)


def disturb(module: torch.nn.Module) -> None:
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.5)


def test_in_training_the_hybrid_head_is_given_the_expectations_and_nothing_else(
    model: HybridClassifier,
) -> None:
    seen: list[Any] = []
    model.hybrid_head.register_forward_pre_hook(lambda _, given: seen.append(given))
    model.loss(X, Y)
    ((expectations,),) = seen
    torch.testing.assert_close(expectations, model.quantum(model.angles(X)), rtol=0, atol=0)


@pytest.mark.parametrize("part", ["encoder", "neural_head", "quantum"])
def test_with_the_expectations_held_nothing_else_moves_the_hybrid_logits(
    model: HybridClassifier, part: str
) -> None:
    expectations = model.quantum(model.angles(X)).detach()
    before = model.hybrid_logits(expectations)
    disturb(getattr(model, part))
    assert not torch.equal(model.encoder(X), expectations)
    assert torch.equal(model.hybrid_logits(expectations), before)


def test_another_z_with_the_same_expectations_has_the_same_hybrid_logits(model: HybridClassifier) -> None:
    angles = model.angles(X)
    for given in (angles, angles + 2 * torch.pi):
        logits = model.hybrid_logits(model.quantum(given))
        torch.testing.assert_close(logits, model.hybrid_logits(model.quantum(angles)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("part", ["quantum", "hybrid_head"])
def test_the_neural_head_answers_without_the_circuit(model: HybridClassifier, part: str) -> None:
    before = model.neural_logits(X)
    disturb(getattr(model, part))
    assert torch.equal(model.neural_logits(X), before)


def test_angles_grow_with_z_and_stay_within_an_eighth_of_a_turn(model: HybridClassifier) -> None:
    order = model.encoder(X).flatten().argsort()
    assert (model.angles(X).flatten()[order].diff() > 0).all()
    assert model.angles(1e6 * X).abs().max().item() == pytest.approx(torch.pi / 4)


def test_the_loss_is_the_sum_of_both_cross_entropies(model: HybridClassifier) -> None:
    hybrid = model.hybrid_logits(model.quantum(model.angles(X)))
    expected = cross_entropy(hybrid, Y) + cross_entropy(model.neural_logits(X), Y)
    torch.testing.assert_close(model.loss(X, Y), expected)


@pytest.mark.parametrize("step", ["training_step", "validation_step"])
def test_a_loss_that_is_not_finite_ends_the_stage(model: HybridClassifier, step: str) -> None:
    judged: Callable[..., torch.Tensor] = getattr(model, step)
    with pytest.raises(StageError, match=r"the loss became nan in epoch 1; .*\[training-diverged\]"):
        judged((torch.full_like(X, torch.nan), Y))
