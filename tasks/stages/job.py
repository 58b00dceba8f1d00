"""One job without a table: what it is asked with, and what becomes of it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.solution import Series
from tasks.quantum.hamiltonian import PauliSum, pauli_sum
from tasks.quantum.program import Program
from tasks.stages.estimation import Estimator
from tasks.stages.submitted_circuit import program_of
from tasks.stages.workspace import Workspace


@dataclass
class Job:
    """What every kind of job works with."""

    workspace: Workspace
    estimator: Estimator

    @property
    def manifest(self) -> Manifest:
        """What was asked for."""
        return self.workspace.manifest

    @property
    def n_qubits(self) -> int:
        """How wide its circuit is."""
        return self.manifest.circuit.qubits

    @cached_property
    def terms(self) -> PauliSum:
        """The problem as a sum of Pauli operators."""
        return pauli_sum(self.manifest.hamiltonian)

    def program(self, moment: int | None = None) -> Program:
        """Return the circuit, of an evolution at one of its moments, from 1."""
        return program_of(self.manifest, self.workspace.circuit_text, moment=moment)


@dataclass(frozen=True)
class References:
    """What classical methods say of the same problem.

    Attributes:
        values: by method, "exact" where it can be had.
        bits: the assignment of the best method for problems of bits that scales.
        curve: exact values at the moments of an evolution; empty where they cannot be had.
    """

    values: dict[str, float]
    bits: str | None = None
    curve: tuple[float, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        quantities: with their intervals; the first one is the answer.
    """

    quantities: dict[str, Measured]
    series: tuple[Series, ...] = ()
    bits: str | None = None
    notes: tuple[str, ...] = field(default=())


class Method(Protocol):
    """How one kind of job is answered: a module with these three functions."""

    def refer(self, job: Job) -> References:
        """Return what classical methods say."""

    def solve(self, job: Job, known: References) -> Answer:
        """Return what the circuits say; raises WorkerLost where they give no usable result in time."""

    def fall_back(self, job: Job, known: References) -> Answer | None:
        """Return the classical answer; None where none can be had at this size."""
