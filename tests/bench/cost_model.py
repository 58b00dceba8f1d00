"""What simulating costs, predicted before and measured after, for circuits that no calibration has seen."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median

import numpy as np
from qiskit import QuantumCircuit, qasm2
from qiskit.transpiler.passes import RemoveFinalMeasurements

from policy_checks.complexity import SHIPPED, Work, cost_counts, predicted, predicted_bytes
from policy_checks.schemas.calibration import CostModel
from tasks.quantum.inspect import profile_of
from tasks.quantum.observables import n_circuits
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.program import Instruction, Program
from tasks.quantum.worker import CircuitWorker
from tasks.stages.calibration import SEED, cases, fit
from tasks.stages.calibration import measure as measured
from tests.circuits import ansatze, library

N_CIRCUITS, N_QUBITS_MAX, GROVER_QUBITS_MAX, MANY_ROWS_QUBITS_MAX = 60, 18, 8, 12
BUILDERS = (
    ansatze.angle_ring, ansatze.strongly_entangling, ansatze.zz_two_local, ansatze.qaoa, ansatze.trotter_ising,
    ansatze.trotter_heisenberg, library.qft, library.volume, library.ghz, library.su2, library.adder,
    library.grover, library.two_local,
)  # fmt: skip


def measure() -> Iterator[tuple[str, ...]]:
    """Yield how often a calibrated and the shipped interval hold, and whether the bytes are a bound."""
    model = fit(
        [
            (cost_counts(profile_of(case.program), case.work), s)
            for case, s in measured(list(cases(Random(SEED))))
        ]
    )
    for seed in (1, 2):
        found = list(others(seed))
        for name, costs in (("calibrated", model), ("shipped", SHIPPED)):
            yield within(f"{name}, circuits of seed {seed}", costs, found)
        used = [grown / predicted_bytes(profile) for profile, _, _, grown in found]
        yield (
            f"bytes, circuits of seed {seed}", f"{sum(share <= 1 for share in used)} of {len(used)} below the bound",
            f"largest share {max(used):.2f}", "", "all",
        )  # fmt: skip


def within(name: str, model: CostModel, found: list) -> tuple[str, ...]:
    """Return how many measured seconds the predicted intervals hold."""
    held, off = 0, []
    for profile, work, seconds, _ in found:
        interval = predicted(profile, work, model)
        held += interval.low <= seconds <= interval.high
        off.append(interval.mid / seconds)
    width = f"high/low {model.spread**2:.2f}"
    told = f"predicted/measured {min(off):.2f} to {max(off):.2f}, median {median(off):.2f}"
    return f"seconds, {name}", f"{held} of {len(found)} held", told, width, "90 %, at most 2.5"


def others(seed: int) -> Iterator[tuple]:
    """Yield profile, work, CPU seconds and grown bytes of named ansätze and library circuits."""
    rng = Random(seed)
    with CircuitWorker() as worker:
        worker.wait_ready(60)
        for _ in range(N_CIRCUITS):
            program, work, observables, mode = drawn(rng)
            values = np.linspace(0.1, 3, work.n_rows)[:, np.newaxis][:, : len(program.inputs)]
            began, before = worker.cpu_s, resident(worker.pid)
            worker.estimate(
                program, values, observables, mode,
                shots=work.shots, noise=None, seed=0, batch=0, deadline_s=120,
            )  # fmt: skip
            yield profile_of(program), work, worker.cpu_s - began, resident(worker.pid, peak=True) - before


def drawn(rng: Random) -> tuple:
    """Return a program of two to eighteen qubits and what is asked of it."""
    program = freed(read(rng), rng)
    n = program.n_qubits
    z = tuple((("I" * (n - 1 - q) + "Z" + "I" * q, 1.0),) for q in range(n))
    chain = ((*(term for each in z for term in each), ("X" * n, 0.5)),)
    observables = rng.choice((z, chain))
    mode, shots = rng.choice((("exact", None), ("shots", 1_000), ("shots", 100_000)))
    n_rows = rng.choice((1, 8, 64, 256)) if program.inputs else 1
    n_terms = sum(len(each) for each in observables)
    return program, Work(n_rows, n_circuits(observables) if shots else 0, n_terms, shots), observables, mode


def read(rng: Random) -> Program:
    """Return a circuit as its author would send it, measurements left out."""
    while True:
        builder = rng.choice(BUILDERS)
        most = GROVER_QUBITS_MAX if builder is library.grover else N_QUBITS_MAX
        circuit: QuantumCircuit = builder(rng, rng.randint(2, most))
        if circuit.num_qubits <= N_QUBITS_MAX:
            circuit = circuit.assign_parameters(np.linspace(0, 3, len(circuit.parameters)))
            return program_of(qasm2.dumps(RemoveFinalMeasurements()(circuit)).encode(), n_qubits_max=26)


def freed(program: Program, rng: Random) -> Program:
    """Return a narrow circuit with a third of its rotations free, for many rows; a wide one as it is."""
    steps = tuple(
        Instruction(step.name, step.qubits, params=("x",))
        if step.name in {"rx", "ry", "rz", "p"} and rng.random() < 1 / 3
        else step
        for step in program.instructions
    )
    if program.n_qubits > MANY_ROWS_QUBITS_MAX or steps == program.instructions:
        return program
    return Program("ansatz", program.n_qubits, program.n_clbits, ("x",), steps)


def resident(pid: int | None, *, peak: bool = False) -> int:
    """Return the bytes of memory that a process has, or the most that it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM" if peak else "VmRSS"))
    return int(line.split()[1]) * 1024
