"""One encoder, two heads: a neural one on z and a hybrid one on the circuit's expectations."""

import math

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from policy_checks.errors import StageError
from policy_checks.schemas.manifest import CircuitRequest, Training
from tasks.learning.gates import GateList
from tasks.learning.program_layer import ProgramLayer
from tasks.learning.quantum_layer import QuantumLayer

Trainable = CircuitRequest | GateList
"""A circuit: `angle_ring` by its sizes, any other one by its gates."""

HEAD_UNITS = 8
WEIGHT_DECAY = 0.01
# Beyond a quarter turn expectations turn back, and rows far out would look like doubtful ones.
ANGLE_MAX = math.pi / 4
HYBRID_HEAD_GAIN = 3.0


class HybridClassifier(pl.LightningModule):
    """Two classifiers on one encoder, trained together with the sum of their cross-entropies.

    The hybrid head sees the expectations only, never z: what it knows has passed the circuit. The
    neural head is the fallback when the circuit may not or cannot run.

    Args:
        n_features: columns of x after one-hot encoding.
        n_classes: 2 to 10.

    Raises:
        ManifestError: the circuit is too narrow or too wide.
    """

    def __init__(self, n_features: int, n_classes: int, training: Training, circuit: Trainable) -> None:
        super().__init__()
        n_qubits = circuit.qubits if isinstance(circuit, CircuitRequest) else circuit.n_qubits
        self.learning_rate = training.learning_rate
        self.encoder = nn.Sequential(
            nn.Linear(n_features, training.hidden_units),
            nn.ReLU(),
            nn.Linear(training.hidden_units, n_qubits),
        )
        self.neural_head = nn.Sequential(
            nn.Linear(n_qubits, HEAD_UNITS), nn.ReLU(), nn.Linear(HEAD_UNITS, n_classes)
        )
        self.quantum = _layer(circuit)
        self.hybrid_head = nn.Linear(n_qubits, n_classes)
        with torch.no_grad():
            self.hybrid_head.weight.mul_(HYBRID_HEAD_GAIN)

    def angles(self, x: Tensor) -> Tensor:
        """Map features (B, n_features) to angles (B, n_qubits) in radians, at most ANGLE_MAX either way."""
        return self._angles_of(self.encoder(x))

    def hybrid_logits(self, expectations: Tensor) -> Tensor:
        """Map expectations (B, n_qubits) to logits (B, n_classes)."""
        logits: Tensor = self.hybrid_head(expectations)
        return logits

    def neural_logits(self, x: Tensor) -> Tensor:
        """Map features (B, n_features) to logits (B, n_classes) without the circuit."""
        logits: Tensor = self.neural_head(self.encoder(x))
        return logits

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the sum of both heads' mean cross-entropies, in nats.

        Raises:
            StageError: the loss is not finite.
        """
        z = self.encoder(x)
        hybrid = self.hybrid_logits(self.quantum(self._angles_of(z)))
        loss = nn.functional.cross_entropy(hybrid, y) + nn.functional.cross_entropy(self.neural_head(z), y)
        if not torch.isfinite(loss):
            raise StageError(
                "training-diverged",
                f"the loss became {loss.item()} in epoch {self.current_epoch + 1}; it must stay finite",
                "lower training.learning_rate",
            )
        return loss

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of one batch (x, y)."""
        return self.loss(*batch)

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of the whole validation part, given as one batch."""
        return self.loss(*batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam with the manifest's learning rate and a little weight decay."""
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate, weight_decay=WEIGHT_DECAY)

    @staticmethod
    def _angles_of(z: Tensor) -> Tensor:
        return ANGLE_MAX * torch.tanh(z)


def _layer(circuit: Trainable) -> QuantumLayer | ProgramLayer:
    if isinstance(circuit, GateList):
        return ProgramLayer(circuit)
    if circuit.ansatz != "angle_ring":
        raise ValueError(f"{circuit.ansatz} found: only angle_ring has a layer by its sizes")
    return QuantumLayer(circuit.qubits, circuit.layers)
