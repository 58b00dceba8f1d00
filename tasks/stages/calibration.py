"""Measure what simulations cost on this machine, and fit the cost model to it."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import numpy as np

from policy_checks.complexity import SHIPPED, Work, cost_counts, predicted
from policy_checks.schemas.calibration import Calibration, CostModel
from tasks.adapters import calibration_store
from tasks.quantum.inspect import profile_of
from tasks.quantum.observables import PauliSum, n_circuits
from tasks.quantum.parsing.gates import FORMS
from tasks.quantum.program import Instruction, Program
from tasks.quantum.request import SimulationMode
from tasks.quantum.worker import STARTUP_S, CircuitWorker
from tasks.stages import progress

SEED = 20
WIDTHS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17, 18, 20)
ROUNDS = 6
CASE_S = 0.25
"""About so long a measured request may take, by the shipped figures."""

GATES = ("h", "x", "rx", "ry", "rz", "u", "cx", "cx", "cz", "rzz", "cp", "swap", "ccx")
FREE = frozenset(["rx", "ry", "rz", "rzz"])
SPREAD_MIN = 1.58
"""A busy machine changes even processor time so much; the interval is then 2.5 wide from end to end."""

SPREAD_QUANTILE, SPREAD_MARGIN = 0.95, 1.1
DEADLINE_S = 30.0
MEASURED_WITH = ("qiskit", "qiskit-aer", "numpy")


@dataclass(frozen=True)
class Case:
    """One request that is measured."""

    program: Program
    observables: tuple[PauliSum, ...]
    mode: SimulationMode
    work: Work


Measured = tuple[Case, float]


def calibrate(home: Path, now: datetime) -> Calibration:
    """Measure this machine, keep the fitted cost model in the state folder, and return it.

    Raises:
        WorkerLost: a circuit was not simulated.
        UnavailableError: the state folder cannot be written.
    """
    measured = list(measure(list(cases(random.Random(SEED)))))  # noqa: S311 (no secret)
    found = Calibration(
        model=fit([(cost_counts(profile_of(case.program), case.work), s) for case, s in measured]),
        measured_at=now,
        host=calibration_store.host(),
        cpu=calibration_store.cpu(),
        versions={name: version(name) for name in MEASURED_WITH},
        n_measured=len(measured),
    )
    calibration_store.write(home, found)
    return found


def cases(rng: random.Random) -> Iterator[Case]:
    """Give requests of every width and mode, each about as long as any other."""
    modes: tuple[SimulationMode, ...] = ("exact", "shots", "exact", "shots", "noise", "shots")
    for turn in range(ROUNDS):
        for n_qubits in WIDTHS:
            mode = modes[turn]
            yield _case(rng, n_qubits, "exact" if mode == "noise" and n_qubits > 6 else mode)


def measure(asked: Sequence[Case]) -> Iterator[Measured]:
    """Give the processor seconds that the simulating process took for each request, the first of its circuit."""
    with CircuitWorker() as worker:
        worker.wait_ready(STARTUP_S)
        for number, case in enumerate(asked):
            began = worker.cpu_s
            _ask(worker, case)
            yield case, worker.cpu_s - began
            progress.advance(number + 1, len(asked), "circuits measured")


def fit(measured: Sequence[tuple[Mapping[str, float], float]]) -> CostModel:
    """Return the costs, none negative, with the least squared relative error, and how well they fit.

    Args:
        measured: how often each part was paid, and the seconds of all together.

    Source:
        Lawson and Hanson, "Solving least squares problems" (1974), chapter 23.
    """
    from scipy.optimize import nnls

    parts = [name for name in CostModel.model_fields if name != "spread"]
    counts = np.array([[paid.get(part, 0.0) for part in parts] for paid, _ in measured])
    relative = counts / np.array([[seconds] for _, seconds in measured])
    scale = np.where(relative.max(axis=0) > 0, relative.max(axis=0), 1.0)
    costs = nnls(relative / scale, np.ones(len(measured)))[0] / scale
    off = np.exp(np.abs(np.log(np.maximum(relative @ costs, 1e-9))))
    spread = max(SPREAD_MIN, SPREAD_MARGIN * float(np.quantile(off, SPREAD_QUANTILE)))
    return CostModel(**dict(zip(parts, costs.tolist(), strict=True)), spread=min(spread, 100.0))


def _case(rng: random.Random, n_qubits: int, mode: SimulationMode) -> Case:
    """Return a request that the shipped figures call short enough."""
    observables = rng.choice((_magnetisation, _chain, _pairs))(n_qubits)
    n_bases = 0 if mode == "exact" else n_circuits(observables)
    shots = rng.choice((100, 1_000, 100_000)) if mode == "shots" else None
    n_terms = sum(len(each) for each in observables)
    n_gates, n_rows = round(10 * 30 ** rng.random()), rng.choice((1, 1, 16, 256))
    while True:
        program = _program(rng, n_qubits, n_gates, n_rows > 1)
        work = Work(n_rows, n_bases, n_terms, shots, mode == "noise")
        if predicted(profile_of(program), work, SHIPPED).mid <= CASE_S or n_gates <= 10:
            return Case(program, observables, mode, work)
        n_rows, n_gates = max(1, n_rows // 4), n_gates if n_rows > 1 else max(10, n_gates // 2)


def _program(rng: random.Random, n_qubits: int, n_gates: int, has_rows: bool) -> Program:
    """Return gates at random places; where there are rows, every third angle waits for them."""
    fitting = [name for name in GATES if FORMS[name][1] <= n_qubits]
    steps = []
    for name in ["ry"] * n_qubits + rng.choices(fitting, k=n_gates):
        n_params, width = FORMS[name]
        is_free = has_rows and name in FREE and rng.random() < 1 / 3
        angles = ("x",) if is_free else tuple(rng.uniform(0, 3) for _ in range(n_params))
        steps.append(Instruction(name, tuple(rng.sample(range(n_qubits), width)), (), angles))
    if has_rows:
        steps.append(Instruction("ry", (0,), (), ("x",)))
    return Program("ansatz", n_qubits, 0, ("x",) if has_rows else (), tuple(steps))


def _magnetisation(n_qubits: int) -> tuple[PauliSum, ...]:
    """Return Z on each qubit, apart."""
    return tuple(((_at(n_qubits, qubit, "Z"), 1.0),) for qubit in range(n_qubits))


def _chain(n_qubits: int) -> tuple[PauliSum, ...]:
    """Return the energy of a chain of spins, in one sum."""
    pairs = [(_at(n_qubits, qubit, "ZZ"), 1.0) for qubit in range(n_qubits - 1)]
    return (tuple(pairs + [(_at(n_qubits, qubit, "X"), 0.5) for qubit in range(n_qubits)]),)


def _pairs(n_qubits: int) -> tuple[PauliSum, ...]:
    """Return the weight of a cut through a complete graph, in one sum."""
    pairs = combinations(range(n_qubits), 2)
    return (tuple(("".join("IZ"[q in pair] for q in range(n_qubits)), 0.5) for pair in pairs),)


def _at(n_qubits: int, qubit: int, letters: str) -> str:
    return "I" * (n_qubits - qubit - len(letters)) + letters + "I" * qubit


def _ask(worker: CircuitWorker, case: Case) -> None:
    values = np.linspace(0.1, 3.0, case.work.n_rows)[:, np.newaxis][:, : len(case.program.inputs)]
    worker.estimate(
        case.program,
        values,
        case.observables,
        case.mode,
        shots=case.work.shots,
        noise="depolarising_readout" if case.work.noisy else None,
        seed=0,
        batch=0,
        deadline_s=DEADLINE_S,
    )
