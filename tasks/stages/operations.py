"""Timed operations on one batch: neural, quantum, hybrid, each against its budget (clause P6)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from policy_checks.schemas.artifacts import CircuitMode, Latency
from policy_checks.schemas.governing import Budgets
from policy_checks.schemas.manifest import SHOTS_MIN, Execution
from tasks.learning import predict
from tasks.learning.model import HybridClassifier
from tasks.quantum.observables import each_z
from tasks.quantum.request import SimulationMode
from tasks.quantum.worker import CircuitWorker
from tasks.stages import progress
from tasks.stages.trained_circuit import TrainedCircuit

Values = NDArray[np.float64]
WARM_MIN = 5


@dataclass
class Clock:
    """Seconds of every operation so far, the first (cold) one first."""

    neural: list[float] = field(default_factory=list)
    quantum: dict[CircuitMode, list[float]] = field(default_factory=dict)
    hybrid: dict[CircuitMode, list[float]] = field(default_factory=dict)

    def latencies(self, budgets: Budgets) -> tuple[Latency, ...]:
        """Return what was measured beside what is allowed."""
        found = [_latency("neural", "exact", budgets.neural_s, self.neural)]
        found += [_latency("quantum", mode, budgets.quantum_s, s) for mode, s in self.quantum.items()]
        found += [_latency("hybrid", mode, budgets.hybrid_s, s) for mode, s in self.hybrid.items()]
        return tuple(latency for latency in found if latency is not None)

    @property
    def quantum_s(self) -> float:
        """Seconds of quantum simulation, over all modes."""
        return sum(sum(seconds) for seconds in self.quantum.values())

    @property
    def neural_s(self) -> float:
        """Seconds of neural prediction, the neural part of hybrid operations included."""
        hybrid = sum(sum(seconds) for seconds in self.hybrid.values())
        return sum(self.neural) + max(0.0, hybrid - self.quantum_s)


@dataclass
class Operations:
    """One trained model and one worker, asked batch by batch.

    Attributes:
        n_circuits: bound circuits that were run so far.
    """

    model: HybridClassifier
    worker: CircuitWorker
    circuit: TrainedCircuit
    execution: Execution
    budgets: Budgets
    clock: Clock = field(default_factory=Clock)
    n_circuits: int = 0

    def neural(self, x: NDArray[np.float32]) -> Values:
        """Return the neural head's probabilities (n, classes)."""
        found = []
        for batch in self._batches(len(x)):
            started = time.perf_counter()
            found.append(predict.neural_probabilities(self.model, x[batch]))
            self.clock.neural.append(time.perf_counter() - started)
        return np.concatenate(found)

    def expectations(self, x: NDArray[np.float32], mode: SimulationMode) -> Values:
        """Return the circuits' expectations (n, qubits), each batch within its deadline.

        Raises:
            WorkerLost: a batch missed its deadline, or the simulator failed.
        """
        batches = list(self._batches(len(x)))
        found = []
        for number, batch in enumerate(batches):
            found.append(self._hybrid(x[batch], mode, number))
            progress.advance(number + 1, len(batches), f"circuits, {mode}")
        return np.concatenate(found)

    def warm_up(self, x: NDArray[np.float32]) -> None:
        """Repeat the first batch until enough warm latencies are known."""
        first = x[: self.budgets.batch_rows]
        while len(self.clock.neural) <= WARM_MIN:
            self.neural(first)
        while len(self.clock.quantum["exact"]) <= WARM_MIN:
            self._hybrid(first, "exact", 0)

    def _hybrid(self, x: NDArray[np.float32], mode: SimulationMode, number: int) -> Values:
        started = time.perf_counter()
        angles = predict.angles(self.model, x)
        begun = time.perf_counter()
        left = self.budgets.hybrid_s - (begun - started) - self.budgets.reserve_s
        found = self.worker.estimate(
            self.circuit.program,
            self.circuit.values(angles),
            each_z(self.circuit.program.n_qubits),
            mode,
            shots=self._shots(mode),
            noise=self.execution.noise if mode == "noise" else None,
            seed=self.execution.seed,
            batch=number,
            deadline_s=min(self.budgets.quantum_s, left),
        )
        ended = time.perf_counter()
        predict.hybrid_probabilities(self.model, found.mean)
        self.clock.quantum.setdefault(mode, []).append(ended - begun)
        self.clock.hybrid.setdefault(mode, []).append(time.perf_counter() - started)
        self.n_circuits += len(x)
        return found.mean

    def _shots(self, mode: SimulationMode) -> int | None:
        """Return how many shots a mode draws; noise is exact where there are too few to tell a mean of."""
        shots = self.execution.shots
        return shots if mode != "exact" and shots and shots >= SHOTS_MIN else None

    def _batches(self, n_rows: int) -> Iterator[slice]:
        size = self.budgets.batch_rows
        return (slice(start, start + size) for start in range(0, n_rows, size))


def _latency(operation: str, mode: CircuitMode, budget_s: float, seconds: list[float]) -> Latency | None:
    if not seconds:
        return None
    cold, *warm = seconds
    return Latency.model_validate(
        {"operation": operation, "mode": mode, "budget_s": budget_s, "cold_s": cold, "warm_s": tuple(warm)}
    )
