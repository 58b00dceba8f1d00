import contextlib
import logging
import os
import random
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from policy_checks.errors import ManifestError, StageError
from policy_checks.schemas.manifest import CircuitRequest, Training
from tasks.learning.dataset import Split
from tasks.learning.fit import Fitted, fit, to_bytes
from tasks.learning.predict import angles, hybrid_probabilities, neural_probabilities, torch_expectations

Splits = Callable[..., Split]

TRAINING = Training(epochs_max=12, patience=3, batch_size=32, hidden_units=6)
CIRCUIT = CircuitRequest(ansatz="angle_ring", qubits=3, layers=2)


def silent(epoch: int, epochs_max: int, loss: float) -> None:
    """Take no notice of an epoch."""


def weights_of(split: Split, seed: int = 5) -> bytes:
    return to_bytes(fit(split, TRAINING, CIRCUIT, seed, silent).model)


def test_the_same_inputs_give_the_same_weights(fitted: Fitted, a_split: Splits) -> None:
    assert weights_of(a_split()) == to_bytes(fitted.model)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_the_number_of_threads_changes_no_bit(n_threads: int, fitted: Fitted, a_split: Splits) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        assert weights_of(a_split()) == to_bytes(fitted.model)
        assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)


def test_training_uses_one_thread(a_split: Splits) -> None:
    counts: list[int] = []
    fit(a_split(), TRAINING, CIRCUIT, 5, lambda *_: counts.append(torch.get_num_threads()))
    assert set(counts) == {1}


def test_another_seed_gives_other_weights(fitted: Fitted, a_split: Splits) -> None:
    assert weights_of(a_split(), seed=6) != to_bytes(fitted.model)


def test_the_test_part_does_not_influence_the_weights(fitted: Fitted, a_split: Splits) -> None:
    split = a_split()
    shuffled = np.random.default_rng(0).permutation(split.test.y)
    assert shuffled.tolist() != split.test.y.tolist()
    blind = replace(split, test=replace(split.test, x=split.test.x + 3, y=shuffled))
    assert weights_of(blind) == to_bytes(fitted.model)


@pytest.mark.parametrize("part", ["train", "validation"])
def test_the_other_parts_do(part: str, fitted: Fitted, a_split: Splits) -> None:
    split = a_split()
    rows = getattr(split, part)
    assert weights_of(replace(split, **{part: replace(rows, y=1 - rows.y)})) != to_bytes(fitted.model)


def test_both_heads_learn_what_can_be_learned(a_split: Splits) -> None:
    split = a_split(n_rows=600)
    model = fit(split, Training(), CIRCUIT, 1, silent).model
    expectations = torch_expectations(model, angles(model, split.test.x))
    for found in (hybrid_probabilities(model, expectations), neural_probabilities(model, split.test.x)):
        assert (found.argmax(axis=1) == split.test.y).mean() > 0.85


@pytest.mark.parametrize("patience", [2, 3, 4])
def test_training_stops_when_patience_ends_and_returns_the_best_epoch(patience: int, a_split: Splits) -> None:
    split, told = a_split(), list[tuple[int, int, float]]()
    training = Training(epochs_max=200, patience=patience, batch_size=32)
    found = fit(split, training, CIRCUIT, 5, lambda *epoch: told.append(epoch))
    losses = [loss for _, _, loss in told]
    assert [epoch for epoch, _, _ in told] == list(range(1, found.epochs + 1))
    assert {epochs_max for _, epochs_max, _ in told} == {200}
    assert found.best_epoch == 1 + int(np.argmin(losses))
    assert found.epochs == found.best_epoch + patience
    validation = torch.from_numpy(split.validation.x), torch.from_numpy(split.validation.y)
    assert found.model.loss(*validation).item() == pytest.approx(min(losses), abs=1e-6)


@pytest.mark.parametrize("epochs_max", [1, 2, 3])
def test_training_never_runs_longer_than_epochs_max(epochs_max: int, a_split: Splits) -> None:
    training = Training(epochs_max=epochs_max, patience=1000)
    assert fit(a_split(), training, CIRCUIT, 5, silent).epochs == epochs_max


def test_what_was_fitted_is_counted_and_ready_to_answer(fitted: Fitted) -> None:
    encoder, neural, circuit, hybrid = 4 * 6 + 6 + 6 * 3 + 3, 3 * 8 + 8 + 8 * 2 + 2, 2 * 3 * 2, 3 * 2 + 2
    assert fitted.n_parameters == encoder + neural + circuit + hybrid
    assert not fitted.model.training
    assert fitted.seconds > 0


def test_ctrl_c_arrives_as_keyboard_interrupt_and_the_next_one_too(a_split: Splits) -> None:
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        fit(a_split(), TRAINING, CIRCUIT, 5, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


# Python itself swallows an interrupt that falls into a finaliser, and says so with this warning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_moment_is_nothing_but_ctrl_c(a_split: Splits) -> None:
    split, training = a_split(), Training(epochs_max=1)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    for delay_ms in range(1, 40):
        timer = threading.Timer(delay_ms / 1000, os.kill, (os.getpid(), signal.SIGINT))
        with contextlib.suppress(KeyboardInterrupt):
            timer.start()
            fit(split, training, CIRCUIT, 5, silent)
            timer.join()
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_fault_of_the_listener_reaches_the_caller(a_split: Splits) -> None:
    def fail(*_: object) -> None:
        raise LookupError("from the listener")

    with pytest.raises(LookupError, match="from the listener"):
        fit(a_split(), TRAINING, CIRCUIT, 5, fail)


def test_another_thread_may_train(fitted: Fitted, a_split: Splits) -> None:
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(weights_of(a_split())))
    thread.start()
    thread.join()
    assert found == [to_bytes(fitted.model)]


@pytest.mark.parametrize("ended_by", ["the last epoch", "a fault"])
def test_generators_and_settings_are_left_as_found(ended_by: str, a_split: Splits) -> None:
    def states() -> tuple[object, ...]:
        generators = random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()
        return *generators, torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()

    def fail(*_: object) -> None:
        raise LookupError

    torch.use_deterministic_algorithms(False)
    before = states()
    if ended_by == "a fault":
        with pytest.raises(LookupError):
            fit(a_split(), TRAINING, CIRCUIT, 5, fail)
    else:
        fit(a_split(), TRAINING, CIRCUIT, 5, silent)
    assert states() == before


def test_training_writes_no_file_and_says_nothing(
    a_split: Splits,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
) -> None:
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.INFO)
    fit(a_split(), TRAINING, CIRCUIT, 5, silent)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    assert (caplog.messages, [str(warning.message) for warning in recwarn]) == ([], [])


def test_a_diverging_training_ends_the_stage(a_split: Splits) -> None:
    split = a_split()
    huge = replace(split, train=replace(split.train, x=np.full_like(split.train.x, 3e38)))
    with pytest.raises(StageError, match="training-diverged"):
        fit(huge, TRAINING, CIRCUIT, 5, silent)


def test_a_circuit_that_is_too_wide_to_train_is_refused(a_split: Splits) -> None:
    wide = CircuitRequest(ansatz="angle_ring", qubits=13, layers=1)
    with pytest.raises(ManifestError, match="circuit-width"):
        fit(a_split(), TRAINING, wide, 5, silent)
