"""What a trained model says about rows: numpy in, numpy out, no gradients."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.learning.determinism import one_thread
from tasks.learning.model import HybridClassifier

BATCH_ROWS = 256

Floats = NDArray[np.float64]


def angles(model: HybridClassifier, x: NDArray[np.float32]) -> Floats:
    """Map features (n, d) to the circuit's angles (n, n_qubits), in radians."""
    with _inference(model):
        return _numpy(model.angles(torch.tensor(x)))


def torch_expectations(model: HybridClassifier, angles: Floats) -> Floats:
    """Map angles (n, n_qubits) to expectations (n, n_qubits), in double precision and in batches."""
    with _inference(model):
        batches = [
            torch.tensor(angles[start : start + BATCH_ROWS]) for start in range(0, len(angles), BATCH_ROWS)
        ]
        return _numpy(torch.cat([model.quantum(batch) for batch in batches]))


def hybrid_probabilities(model: HybridClassifier, expectations: Floats) -> Floats:
    """Map expectations (n, n_qubits), from whatever ran the circuits, to probabilities (n, C)."""
    with _inference(model):
        return _probabilities(model.hybrid_logits(torch.tensor(expectations, dtype=torch.float32)))


def neural_probabilities(model: HybridClassifier, x: NDArray[np.float32]) -> Floats:
    """Map features (n, d) to the neural head's probabilities (n, C): the answer without a circuit."""
    with _inference(model):
        return _probabilities(model.neural_logits(torch.tensor(x)))


def circuit_weights(model: HybridClassifier) -> Floats:
    """Return the circuit's weights (n_weights,) as trained, in the order in which its program names them."""
    return _numpy(model.quantum.weights.detach().flatten())


@contextmanager
def _inference(model: HybridClassifier) -> Iterator[None]:
    model.eval()
    with one_thread(), torch.inference_mode():
        yield


def _probabilities(logits: Tensor) -> Floats:
    return _numpy(torch.softmax(logits.double(), dim=-1))


def _numpy(values: Tensor) -> Floats:
    return values.double().numpy()
