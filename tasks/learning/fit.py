"""Train the two-headed model, and its weights as bytes: data only, nothing that could run."""

import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler, TensorDataset

from policy_checks.errors import IntegrityError
from policy_checks.schemas.manifest import Training
from tasks.learning.dataset import Part, Split
from tasks.learning.determinism import reproducible
from tasks.learning.model import HybridClassifier, Trainable

VALIDATION_ROWS = 1024

Batch = tuple[Tensor, ...]
OnEpoch = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Fitted:
    """A model with the weights of its best epoch (counted from 1), and what finding them took."""

    model: HybridClassifier
    epochs: int
    best_epoch: int
    seconds: float
    n_parameters: int


def fit(split: Split, training: Training, circuit: Trainable, seed: int, on_epoch: OnEpoch) -> Fitted:
    """Fit on the training part until the validation loss has not improved for `patience` epochs.

    The same arguments give the same weights, bit for bit, whatever the number of threads. The test
    part is never read. Random states, signal handlers and torch's settings are left as found.

    Args:
        on_epoch: called with (epoch from 1, epochs_max, validation loss in nats) after each epoch.

    Raises:
        StageError: the loss stopped being finite.
        ManifestError: the circuit is too narrow or too wide to train.
        KeyboardInterrupt: Ctrl-C.
    """
    started = time.monotonic()
    with _quiet(), reproducible(seed):
        model = HybridClassifier(split.train.x.shape[1], len(split.classes), training, circuit)
        watch = _Watch(training, on_epoch)
        _run(_trainer(training.epochs_max, watch), model, split, training.batch_size)
    model.load_state_dict(watch.weights)
    n_parameters = sum(parameter.numel() for parameter in model.parameters())
    return Fitted(model.eval(), watch.epoch, watch.best_epoch, time.monotonic() - started, n_parameters)


def to_bytes(model: HybridClassifier) -> bytes:
    """Return the weights as safetensors bytes; equal weights give equal bytes."""
    return save({name: value.contiguous() for name, value in sorted(model.state_dict().items())})


def from_bytes(
    payload: bytes, n_features: int, n_classes: int, training: Training, circuit: Trainable
) -> HybridClassifier:
    """Return the model of these sizes with the weights in `payload`, in eval mode.

    Raises:
        IntegrityError: unreadable bytes, or tensors that this model does not have.
    """
    with torch.random.fork_rng(devices=[]):
        model = HybridClassifier(n_features, n_classes, training, circuit)
    weights = _read(payload)
    if _outline(weights) != _outline(model.state_dict()):
        raise _refused("the tensors' names, shapes or types are not those of the declared model")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise _refused("a weight is not finite")
    model.load_state_dict(weights)
    return model.eval()


class _Watch(pl.Callback):
    """Keep the weights of the best epoch and stop when patience ends."""

    def __init__(self, training: Training, on_epoch: OnEpoch) -> None:
        self.training, self.on_epoch = training, on_epoch
        self.weights: dict[str, Tensor] = {}
        self.epoch, self.best_epoch = 0, 0
        self.best, self.sum, self.n_rows = float("inf"), 0.0, 0

    def on_validation_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Batch, *_: int
    ) -> None:
        self.sum += float(outputs) * len(batch[1])
        self.n_rows += len(batch[1])

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        loss, self.sum, self.n_rows = self.sum / self.n_rows, 0.0, 0
        self.epoch += 1
        if loss < self.best:
            self.best, self.best_epoch = loss, self.epoch
            self.weights = {name: value.clone() for name, value in pl_module.state_dict().items()}
        trainer.should_stop = self.epoch - self.best_epoch >= self.training.patience
        self.on_epoch(self.epoch, self.training.epochs_max, loss)


def _trainer(epochs_max: int, watch: _Watch) -> pl.Trainer:
    return pl.Trainer(
        max_epochs=epochs_max,
        accelerator="cpu",
        devices=1,
        deterministic=True,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        callbacks=[watch],
    )


def _run(trainer: pl.Trainer, model: HybridClassifier, split: Split, batch_size: int) -> None:
    """Fit; where Lightning turns Ctrl-C into an exit, or into a fault of its own, raise it again."""
    train = _batches(split.train, batch_size, shuffled=True)
    validation = _batches(split.validation, VALIDATION_ROWS, shuffled=False)
    try:
        with _signal_handlers_kept():
            trainer.fit(model, train, validation)
    except BaseException as fault:
        if _interrupted(fault):
            raise KeyboardInterrupt from None
        raise


def _interrupted(fault: BaseException | None) -> bool:
    while fault is not None and not isinstance(fault, KeyboardInterrupt):
        fault = fault.__context__
    return fault is not None


@contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    """Put back the handlers that Lightning replaces; interrupted at the wrong moment it does not."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _batches(part: Part, batch_size: int, *, shuffled: bool) -> DataLoader[Batch]:
    rows = TensorDataset(torch.from_numpy(part.x), torch.from_numpy(part.y))
    order = RandomSampler(rows) if shuffled else SequentialSampler(rows)
    batches = BatchSampler(order, batch_size, drop_last=False)
    return DataLoader(rows, sampler=batches, batch_size=None, num_workers=0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's tips; what matters here is raised, not printed."""
    log = logging.getLogger("pytorch_lightning.utilities.rank_zero")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="pytorch_lightning|lightning_fabric")
            yield
    finally:
        log.setLevel(level)


def _read(payload: bytes) -> dict[str, Tensor]:
    try:
        return load(payload)
    except (SafetensorError, KeyError):
        raise _refused("the bytes are no safetensors file") from None


def _outline(weights: dict[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (value.shape, value.dtype) for name, value in weights.items()}


def _refused(found: str) -> IntegrityError:
    return IntegrityError(
        "weights-malformed", f"{found}; only the weights that training wrote are allowed", "train again"
    )
