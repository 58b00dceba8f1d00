"""The same inputs give the same bits: one thread, seeded, and the caller's settings put back."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytorch_lightning as pl
import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: faster on small batches, and equal whatever the machine's width."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def reproducible(seed: int) -> Iterator[None]:
    """Seed every generator, 0 to 2**32 - 1; generators and torch's settings are put back at the end."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        with one_thread():
            pl.seed_everything(seed, workers=True, verbose=False)
            yield
    finally:
        torch.use_deterministic_algorithms(deterministic)
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
