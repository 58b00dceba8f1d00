"""The circuits of a job without a table, asked within the seconds that its manifest allows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.manifest import Manifest
from tasks.quantum.hamiltonian import PauliSum
from tasks.quantum.observables import n_circuits
from tasks.quantum.program import Program
from tasks.quantum.request import Estimates, SimulationMode
from tasks.quantum.worker import CircuitWorker
from tasks.stages.workspace import Workspace

WORDS = 1024
"""Words that are drawn at the end of a search whose expected values are exact."""

Z_95 = 1.959964
Values = NDArray[np.float64]


@dataclass
class Estimator:
    """One job and one worker.

    Attributes:
        quantum_s: seconds that its circuits took so far.
        n_circuits: bound circuits so far, each in every basis that it was measured in.
        mode: how expectations are found: noisy where noise is asked for and small enough, else sampled
            where shots are asked for, else exact.
    """

    manifest: Manifest
    worker: CircuitWorker
    mode: SimulationMode
    quantum_s: float = 0.0
    n_circuits: int = 0
    _n_asked: int = field(default=0, repr=False)

    def expectations(
        self, program: Program, angles: Values, observables: tuple[PauliSum, ...], *, same_draws: bool = False
    ) -> Estimates:
        """Return mean and standard error of each observable, shape (rows, observables).

        Args:
            angles: of the free inputs, radians, shape (rows, inputs).
            same_draws: sample with the random numbers of every such question: differences between angles
                are then seen through far less noise, and each value is as uncertain as ever.

        Source:
            Glasserman and Yao, "Some guidelines and guarantees for common random numbers", Management
            Science 38, 884 (1992).

        Raises:
            WorkerLost: not done within what is left of `limits.quantum_s_max`, or no usable result.
        """
        execution = self.manifest.execution
        with self._timed():
            found = self.worker.estimate(
                program,
                angles,
                observables,
                self.mode,
                shots=None if self.mode == "exact" else execution.shots,
                noise=execution.noise if self.mode == "noise" else None,
                seed=execution.seed,
                batch=0 if same_draws else self._n_asked,
                deadline_s=self.left_s,
            )
        self.n_circuits += len(angles) * n_circuits(observables)
        return found

    def best_word(
        self, program: Program, angles: Values, terms: PauliSum, *, largest: bool
    ) -> tuple[float, str]:
        """Return the best value of a diagonal sum over sampled words, and the word, variable 0 first.

        Raises:
            WorkerLost: not done within what is left of `limits.quantum_s_max`, or no usable result.
        """
        execution = self.manifest.execution
        with self._timed():
            found = self.worker.best_word(
                program,
                angles,
                terms,
                largest=largest,
                shots=execution.shots or WORDS,
                noise=execution.noise if self.mode == "noise" else None,
                seed=execution.seed,
                batch=self._n_asked,
                deadline_s=self.left_s,
            )
        self.n_circuits += 1
        return found

    @property
    def left_s(self) -> float:
        """Seconds that the job's circuits may still take."""
        return self.manifest.limits.quantum_s_max - self.quantum_s

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started, self._n_asked = time.monotonic(), self._n_asked + 1
        try:
            yield
        finally:
            self.quantum_s += time.monotonic() - started


def estimator(workspace: Workspace, worker: CircuitWorker) -> Estimator:
    """Return what asks a job's circuits."""
    execution, limits = workspace.manifest.execution, workspace.governing.policy.limits
    small = workspace.manifest.circuit.qubits <= limits.noise_qubits_max
    mode: SimulationMode = "noise" if execution.noise and small else "shots" if execution.shots else "exact"
    return Estimator(workspace.manifest, worker, mode)


def measured(value: float, error: float = 0.0) -> Measured:
    """Return a value with its 95 % interval, the errors being normal."""
    return Measured(value=value, low=value - Z_95 * error, high=value + Z_95 * error)
