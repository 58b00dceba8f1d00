"""Classical models on the same split: what the hybrid model has to be compared with."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from policy_checks.schemas.manifest import Training
from tasks.learning.dataset import Split
from tasks.learning.determinism import one_thread
from tasks.learning.model import WEIGHT_DECAY, HybridClassifier

REGULARISATIONS = (0.01, 0.1, 1.0, 10.0)


@dataclass(frozen=True)
class Baseline:
    """Probabilities (n_test, C) on the test part and the number of fitted parameters, 0 for trees."""

    probabilities: NDArray[np.float64]
    n_parameters: int


def hybrid_parameters(model: HybridClassifier) -> int:
    """Return the number of parameters between x and the hybrid head's answer."""
    path = (model.encoder, model.quantum, model.hybrid_head)
    return sum(parameter.numel() for module in path for parameter in module.parameters())


def fit_baselines(split: Split, n_parameters: int, training: Training, seed: int) -> dict[str, Baseline]:
    """Fit `mlp`, `logistic_regression` and `gradient_boosting` on train, tuned on validation.

    Args:
        n_parameters: size that the MLP approaches by its width; one unit is the nearest it can get.
        training: epochs, patience, batch size and learning rate of the MLP.
        seed: 0 to 2**32 - 1.
    """
    with threadpool_limits(1), one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return {
            "mlp": _mlp(split, n_parameters, training),
            "logistic_regression": _logistic_regression(split),
            "gradient_boosting": _gradient_boosting(split, seed),
        }


def _mlp(split: Split, n_parameters: int, training: Training) -> Baseline:
    n_features, n_classes = split.train.x.shape[1], len(split.classes)
    width = max(1, round((n_parameters - n_classes) / (n_features + 1 + n_classes)))
    model = nn.Sequential(nn.Linear(n_features, width), nn.ReLU(), nn.Linear(width, n_classes))
    _train(model, split, training)
    with torch.inference_mode():
        logits = model(torch.from_numpy(split.test.x)).double()
    return Baseline(torch.softmax(logits, -1).numpy(), sum(value.numel() for value in model.parameters()))


def _train(model: nn.Module, split: Split, training: Training) -> None:
    """Minimise cross-entropy as the hybrid model does; end on the weights that were best on validation."""
    x, y = torch.from_numpy(split.train.x), torch.from_numpy(split.train.y)
    optimiser = torch.optim.Adam(model.parameters(), lr=training.learning_rate, weight_decay=WEIGHT_DECAY)
    best, best_epoch, weights = float("inf"), 0, copy.deepcopy(model.state_dict())
    for epoch in range(training.epochs_max):
        order = torch.randperm(len(y))
        for start in range(0, len(y), training.batch_size):
            rows = order[start : start + training.batch_size]
            optimiser.zero_grad()
            torch.autograd.backward(nn.functional.cross_entropy(model(x[rows]), y[rows]))
            optimiser.step()
        loss = _validation_loss(model, split)
        if loss < best:
            best, best_epoch, weights = loss, epoch, copy.deepcopy(model.state_dict())
        elif epoch - best_epoch >= training.patience:
            break
    model.load_state_dict(weights)


@torch.inference_mode()
def _validation_loss(model: nn.Module, split: Split) -> float:
    logits: Tensor = model(torch.from_numpy(split.validation.x))
    return float(nn.functional.cross_entropy(logits, torch.from_numpy(split.validation.y)))


def _logistic_regression(split: Split) -> Baseline:
    train, validation, test = (
        part.x.astype(np.float64) for part in (split.train, split.validation, split.test)
    )
    models = [LogisticRegression(C=c, max_iter=1000).fit(train, split.train.y) for c in REGULARISATIONS]
    classes = range(len(split.classes))
    losses = [
        log_loss(split.validation.y, model.predict_proba(validation), labels=classes) for model in models
    ]
    best = models[int(np.argmin(losses))]
    return Baseline(best.predict_proba(test), int(best.coef_.size + best.intercept_.size))


def _gradient_boosting(split: Split, seed: int) -> Baseline:
    model = HistGradientBoostingClassifier(early_stopping=True, random_state=seed)
    model.fit(split.train.x, split.train.y, X_val=split.validation.x, y_val=split.validation.y)
    return Baseline(np.asarray(model.predict_proba(split.test.x), dtype=np.float64), 0)
