"""Train: split, fit, keep the weights."""

import time

from policy_checks.schemas.artifacts import SanitisedTable, TrainedModel
from tasks.learning import fit
from tasks.learning.dataset import Split, split
from tasks.learning.model import HybridClassifier
from tasks.stages import progress, trained_circuit
from tasks.stages.sanitisation import read_sanitised
from tasks.stages.workspace import Workspace

WEIGHTS = "model.safetensors"


def train(workspace: Workspace) -> TrainedModel:
    """Return a reference to the weights of the two-headed model.

    Raises:
        ManifestError: the target or the features do not allow training.
        StageError: training diverged.
    """
    manifest, table = workspace.manifest, workspace.result("sanitise", SanitisedTable)
    parts = split_of(workspace)
    started = time.monotonic()
    fitted = fit.fit(
        parts,
        manifest.fitting,
        trained_circuit.trainable(workspace),
        manifest.execution.seed,
        lambda epoch, epochs_max, loss: progress.advance(epoch, epochs_max, f"validation loss {loss:.3f}"),
    )
    training_s = time.monotonic() - started
    if table.digest is None:
        raise AssertionError("a refused table never reaches training")
    return TrainedModel(
        parent=table.digest,
        digest=workspace.folder.write(WEIGHTS, fit.to_bytes(fitted.model)),
        path=WEIGHTS,
        classes=parts.classes,
        n_features=len(parts.features),
        n_parameters=fitted.n_parameters,
        n_train=len(parts.train.y),
        n_validation=len(parts.validation.y),
        n_test=len(parts.test.y),
        epochs=fitted.epochs,
        best_epoch=fitted.best_epoch,
        training_s=training_s,
    )


def split_of(workspace: Workspace) -> Split:
    """Return the run's split; the same table and seed give the same one each time."""
    wanted = workspace.manifest.table
    return split(
        read_sanitised(workspace),
        wanted.columns,
        wanted.target,
        wanted.group,
        workspace.manifest.execution.seed,
    )


def read_model(workspace: Workspace) -> HybridClassifier:
    """Return the trained model, its weights' digest checked.

    Raises:
        IntegrityError: the weights are not those that training left.
    """
    reference = workspace.result("train", TrainedModel)
    return fit.from_bytes(
        workspace.folder.read(WEIGHTS, reference.digest),
        reference.n_features,
        len(reference.classes),
        workspace.manifest.fitting,
        trained_circuit.trainable(workspace),
    )
