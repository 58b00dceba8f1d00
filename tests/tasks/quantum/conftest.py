from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.quantum.observables import each_z
from tasks.quantum.worker import STARTUP_S, CircuitWorker
from tests.tasks.quantum.rings import a_ring

Ask = Callable[..., NDArray[np.float64]]


@pytest.fixture(scope="module")
def one_worker() -> Iterator[CircuitWorker]:
    with CircuitWorker() as worker:
        yield worker


@pytest.fixture
def worker(one_worker: CircuitWorker) -> CircuitWorker:
    """A warm worker; it replaces a process that another test lost."""
    one_worker.wait_ready(STARTUP_S)
    return one_worker


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Send one request with seeded arrays; every option can be changed."""

    def asked(worker: CircuitWorker, qubits: int = 2, layers: int = 1, **changes: Any) -> NDArray[np.float64]:
        random = np.random.default_rng(3)
        weights = random.normal(size=(layers, qubits, 2))
        angles = random.normal(size=(changes.pop("rows", 256), qubits))
        options = {"mode": "exact", "shots": None, "noise": None, "seed": 5, "batch": 1, "deadline_s": 10.0}
        return worker.estimate(a_ring(weights), angles, each_z(qubits), **{**options, **changes}).mean

    return asked
