"""Expectations of bound circuits on a remote device: one job of one parametrised circuit, or no answer.

What leaves is the trained circuit and each row's angles. The job is private: its provider shows
its inputs to nobody, and deletes results once they are read. Nothing that a library of the provider says
is repeated: its texts may quote angles or accounts.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import ceil, pi
from time import monotonic, sleep
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from policy_checks.errors import UnavailableError
from tasks.quantum.program import Instruction, Program

Values = NDArray[np.float64]
BackendOf = Callable[[str], Any]

ANOTHER = "remote-another-circuit"
POLL_S = 1.0
SETTLE_S = 20.0
REMEDY = 'The neural answer was used. Try again later, or simulate with execution.target = "aer".'


class RemoteLost(UnavailableError):
    """The device gave no usable answer.

    `code` is "remote-not-installed", "remote-account", "remote-device", "remote-unreachable",
    "remote-deadline", "remote-another-circuit" or "remote-failed".

    Args:
        job: the provider's name of the job, once there is one.
        used_s: seconds of the device that the provider reports all the same.
    """

    def __init__(
        self, code: str, message: str, remedy: str = REMEDY, *, job: str | None = None, used_s: float = 0.0
    ) -> None:
        super().__init__(code, message, remedy)
        self.job, self.used_s = job, used_s


class Job(Protocol):
    """What is asked of a provider's job; that of the local mode answers alike."""

    def job_id(self) -> str: ...
    def in_final_state(self) -> bool: ...
    def done(self) -> bool: ...
    def cancel(self) -> object: ...
    def result(self) -> Any: ...
    def metrics(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Answer:
    """What a device answered.

    Attributes:
        values: <Z_q> of every row, shape (rows, n_qubits), in [-1, 1].
        job: the provider's name of the job.
        used_s: seconds that the provider reports as used.
        is_settled: whether the provider calls that final.
    """

    values: Values
    job: str
    used_s: float
    is_settled: bool


def from_account(device: str) -> Any:
    """Return a device under the account that this user has saved or that QISKIT_IBM_TOKEN names.

    Raises:
        RemoteLost: not installed, no account, no such device, or no answer.
    """
    try:
        from qiskit_ibm_runtime import QiskitRuntimeService
        from qiskit_ibm_runtime.accounts import AccountNotFoundError
    except ImportError:
        install = "Install the extra: pip install 'atomq[ibm]'."
        raise RemoteLost("remote-not-installed", "No client of the provider is installed.", install) from None
    # It logs names of instances, and on failure whole requests.
    logging.getLogger("qiskit_ibm_runtime").setLevel(logging.CRITICAL + 1)
    account = (
        "Save an account (QiskitRuntimeService.save_account), or set QISKIT_IBM_TOKEN, as the worker's user."
    )
    with _translated("remote-unreachable", "The provider cannot be reached, or refuses the account."):
        try:
            service = QiskitRuntimeService()
        except AccountNotFoundError:
            raise RemoteLost("remote-account", "There is no account at the provider.", account) from None
    with _translated("remote-device", f"The account has no device {device}."):
        return service.backend(device)


def expectations(
    backend: Any,
    program: Program,
    values: Values,
    *,
    shots: int,
    seed: int,
    wait_s: float,
    used_s_max: float,
    waiting: Callable[[], None],
) -> Answer:
    """Return <Z_q> of every row as the device measured it; a job that is late is cancelled.

    Args:
        values: of the program's inputs, shape (rows, n_inputs).
        seed: of the transpiler; a device's own randomness has none.
        wait_s: seconds until the answer must be there, the provider's queue included.
        used_s_max: seconds of the device after which the provider itself ends the job.
        waiting: called about once a second; what it raises ends the job.

    Raises:
        RemoteLost: no usable answer; see its codes.
    """
    deadline = monotonic() + wait_s
    if not np.isfinite(values).all():
        raise RemoteLost("remote-failed", "The angles are not all finite, so nothing was sent.")
    if backend.num_qubits < program.n_qubits:
        told = f"The device has {backend.num_qubits} qubits, {program.n_qubits} are needed."
        raise RemoteLost("remote-device", told)
    with _translated("remote-unreachable", "The provider did not take the job."):
        job = _submit(backend, program, values, shots, seed, ceil(used_s_max))
    return collect(job, (len(values), program.n_qubits), deadline, waiting)


def collect(job: Job, shape: tuple[int, ...], deadline: float, waiting: Callable[[], None]) -> Answer:
    """Return what a job answers until the deadline, a moment of the monotonic clock; else cancel it.

    Raises:
        RemoteLost: late, failed, or an answer of another form than was asked for.
    """
    try:
        _wait(job, deadline, waiting)
        with _translated("remote-failed", "The job's answer is not what was asked for."):
            values = _values(job.result(), shape)
    except RemoteLost as lost:
        _cancel(job)
        lost.job, (lost.used_s, _) = job.job_id(), _used(job)
        raise
    except BaseException:
        _cancel(job)
        raise
    return Answer(values, job.job_id(), *_used(job))


def _submit(backend: Any, program: Program, values: Values, shots: int, seed: int, used_s: int) -> Job:
    from qiskit.transpiler import generate_preset_pass_manager
    from qiskit_ibm_runtime.executor_sampler import Sampler

    from tasks.quantum.circuit import evaluated, template
    from tasks.quantum.compiled import is_same

    found = template(turned(program))
    found.circuit.measure_all()
    known = dict(zip(found.inputs, values.T, strict=True))
    angles = [np.broadcast_to(evaluated(each, known), len(values)) for each in found.angles.values()]
    passes = generate_preset_pass_manager(optimization_level=1, backend=backend, seed_transpiler=seed)
    sampler = Sampler(mode=backend)
    sampler.options.environment.private = True
    sampler.options.max_execution_time = used_s
    compiled = passes.run(found.circuit)
    if not is_same(compiled, found.circuit):
        raise RemoteLost(
            ANOTHER, "What was compiled for the device does something else, so nothing was sent."
        )
    pub = (compiled, {tuple(found.angles): np.stack(angles, axis=-1)})
    job: Job = sampler.run([pub], shots=shots)
    return job


def turned(program: Program) -> Program:
    """Return the circuit with turns about Z in place of phases, which no bit that is read tells apart.

    Qiskit adds up the global phases of gates with free angles, and the time that this takes doubles with
    each of them on devices with an echoed cross-resonance gate (2.6.2).
    """
    steps = [each for step in program.instructions for each in _turns(step)]
    return replace(program, instructions=tuple(steps))


def _turns(step: Instruction) -> Iterator[Instruction]:
    match step.name, step.params:
        case "p" | "u1", (angle,):
            yield replace(step, name="rz", params=(angle,))
        case "u2", (phi, lam):
            yield from _turns(replace(step, name="u", params=(pi / 2, phi, lam)))
        case "u" | "u3", (theta, phi, lam):
            for name, angle in (("rz", lam), ("ry", theta), ("rz", phi)):
                yield replace(step, name=name, params=(angle,))
        case _:
            yield step


def _wait(job: Job, deadline: float, waiting: Callable[[], None]) -> None:
    while not _is_over(job):
        left_s = deadline - monotonic()
        if left_s <= 0:
            raise RemoteLost("remote-deadline", "The device had not answered when its time was over.")
        waiting()
        sleep(min(POLL_S, left_s))
    with _translated("remote-failed", "The job's state cannot be read."):
        done = job.done()
    if not done:
        raise RemoteLost("remote-failed", "The job failed or was cancelled at the provider.")


def _is_over(job: Job) -> bool:
    """A provider that cannot be reached may be back before the deadline."""
    try:
        return job.in_final_state()
    except Exception:
        return False


def _values(result: Any, shape: tuple[int, ...]) -> Values:
    """Return the mean of each qubit's Z over the shots; the bits themselves go no further."""
    bits = result[0].data.meas
    if bits.num_bits != shape[1]:
        raise ValueError
    ones = np.stack([bits.slice_bits([qubit]).bitcount().mean(axis=-1) for qubit in range(shape[1])], axis=-1)
    values = np.asarray(1.0 - 2.0 * ones, dtype=np.float64)
    if values.shape != shape or not np.isfinite(values).all() or np.abs(values).max() > 1:
        raise ValueError
    return values


def _used(job: Job) -> tuple[float, bool]:
    """Return the seconds that the provider reports, and whether it calls them final."""
    deadline, used_s = monotonic() + SETTLE_S, 0.0
    with suppress(Exception):
        while True:
            usage = job.metrics()["usage"]
            used_s = max(0.0, float(usage.get("qpu_charge_time_seconds") or 0.0))
            if usage.get("status") == "complete":
                return used_s, True
            if monotonic() >= deadline:
                break
            sleep(POLL_S)
    return used_s, False


def _cancel(job: Job) -> None:
    with suppress(Exception):
        job.cancel()


@contextmanager
def _translated(code: str, message: str) -> Iterator[None]:
    try:
        yield
    except RemoteLost:
        raise
    except Exception:
        raise RemoteLost(code, message) from None
