from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from policy_checks.schemas.manifest import Training
from tasks.learning.baselines import REGULARISATIONS, Baseline, fit_baselines, hybrid_parameters
from tasks.learning.dataset import Split
from tasks.learning.fit import Fitted

Splits = Callable[..., Split]


def fit_all(split: Split, n_parameters: int = 90, seed: int = 3) -> dict[str, Baseline]:
    return fit_baselines(split, n_parameters, Training(), seed)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_each_baseline_gives_probabilities_and_learns(n_classes: int, a_split: Splits) -> None:
    split = a_split(n_rows=600, n_classes=n_classes)
    found = fit_all(split)
    assert sorted(found) == ["gradient_boosting", "logistic_regression", "mlp"]
    for baseline in found.values():
        assert baseline.probabilities.shape == (len(split.test.y), n_classes)
        assert baseline.probabilities.dtype == np.float64
        np.testing.assert_allclose(baseline.probabilities.sum(axis=1), 1.0, atol=1e-6)
        assert (baseline.probabilities.argmax(axis=1) == split.test.y).mean() > 0.75


@pytest.mark.parametrize("n_parameters", [100, 590, 1000, 5000])
def test_the_mlp_has_as_many_parameters_as_asked_within_five_percent(
    n_parameters: int, a_split: Splits
) -> None:
    found = fit_baselines(a_split(), n_parameters, Training(epochs_max=1), 3)["mlp"]
    assert found.n_parameters == pytest.approx(n_parameters, rel=0.05)


def test_parameters_are_counted_where_that_means_something(a_split: Splits) -> None:
    found = fit_all(a_split(n_classes=2))
    assert found["logistic_regression"].n_parameters == 4 + 1
    assert found["gradient_boosting"].n_parameters == 0


def test_the_hybrid_path_counts_encoder_circuit_and_hybrid_head(fitted: Fitted) -> None:
    assert hybrid_parameters(fitted.model) == (4 * 6 + 6 + 6 * 3 + 3) + 2 * 3 * 2 + (3 * 2 + 2)


def test_the_same_seed_gives_the_same_probabilities_and_another_does_not(a_split: Splits) -> None:
    first = fit_all(a_split())
    torch.rand(1)
    second, other = fit_all(a_split()), fit_all(a_split(), seed=4)
    for name, baseline in first.items():
        assert baseline.probabilities.tobytes() == second[name].probabilities.tobytes()
    assert first["mlp"].probabilities.tobytes() != other["mlp"].probabilities.tobytes()


def test_validation_chooses_how_much_logistic_regression_is_regularised(a_split: Splits) -> None:
    split = a_split(n_rows=600)
    train, test = split.train.x.astype(np.float64), split.test.x.astype(np.float64)
    fixed = LogisticRegression(C=REGULARISATIONS[0]).fit(train, split.train.y)
    chosen = fit_all(split)["logistic_regression"].probabilities
    assert log_loss(split.test.y, chosen) < 0.8 * log_loss(split.test.y, fixed.predict_proba(test))


def test_test_labels_are_not_read(a_split: Splits) -> None:
    split = a_split()
    blind = fit_all(replace(split, test=replace(split.test, y=1 - split.test.y)))
    for name, baseline in fit_all(split).items():
        assert baseline.probabilities.tobytes() == blind[name].probabilities.tobytes()
