"""The parent's side of the simulating process: ask, wait no longer than allowed, kill what is late.

Aer holds the interpreter lock for a whole simulation, so a timeout inside one process comes when
the simulation is over. A process of its own can be killed at the deadline.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import clock_gettime, monotonic
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from policy_checks.errors import StageError
from tasks.quantum.answers import UnusableAnswer, estimates_of, word_of
from tasks.quantum.child import Child
from tasks.quantum.frames import Frame, FrameError, encode
from tasks.quantum.observables import PauliSum
from tasks.quantum.program import Program
from tasks.quantum.request import (
    EstimateRequest,
    Estimates,
    SimulationMode,
    WordRequest,
    text_of,
)

STARTUP_S = 60.0


class WorkerLost(StageError):
    """The simulating process gave no usable result; it is gone, and the next request starts another.

    `code` is "quantum-deadline" (not done in time), "quantum-worker-died" (ended or never became
    ready) or "quantum-simulation-failed" (refused, failed, or answered with something unusable).
    """

    def __init__(
        self,
        code: Literal["quantum-deadline", "quantum-worker-died", "quantum-simulation-failed"],
        message: str,
    ) -> None:
        super().__init__(code, message, "Use the neural answer; the next request starts a fresh process.")


class CircuitWorker:
    """One warm simulating process, used by one caller at a time.

    As a context manager it guarantees that the process is gone afterwards; the process starts
    with `start` or with the first request.
    """

    command: ClassVar[tuple[str, ...]] = (sys.executable, "-P", "-m", "tasks.quantum.worker_program")

    def __init__(self) -> None:
        self._child: Child | None = None
        self._ready = False

    @property
    def pid(self) -> int | None:
        """Return the process id while the process lives."""
        return None if self._child is None else self._child.pid

    @property
    def cpu_s(self) -> float:
        """Return the seconds of processor time that the process has used, 0 where there is none.

        Source: clock_getcpuclockid(3), whose clock of a process Linux numbers so.
        """
        pid = self.pid
        return 0.0 if pid is None else clock_gettime((~pid << 3) | 2)

    def start(self) -> None:
        """Start the process unless it lives, and return at once; it warms up in the background."""
        self._living()

    def wait_ready(self, timeout_s: float) -> None:
        """Return once the process answers; start it if needed.

        Raises:
            WorkerLost: it ended, or was not ready within `timeout_s`; it has been killed.
        """
        self._ready_child(timeout_s)

    def estimate(
        self,
        program: Program,
        values: NDArray[np.float64],
        observables: tuple[PauliSum, ...],
        mode: SimulationMode,
        *,
        shots: int | None,
        noise: str | None,
        seed: int,
        batch: int,
        deadline_s: float,
    ) -> Estimates:
        """Return the mean of every observable in every row, and its standard error.

        The deadline counts from the moment the process is ready: a cold start is no part of the
        operation and has 60 s of its own.

        Args:
            values: of the program's inputs, float64 of shape (rows, n_inputs), 1 to 256 rows.
            mode: `exact` takes neither shots nor noise, `shots` needs shots, `noise` needs noise.
            shots: a row and measured basis, at least 16; see `observables.n_circuits`.
            batch: number of the batch; with `seed` it chooses the random numbers.
            deadline_s: seconds for bind, simulation and both transfers; none left is a miss.

        Raises:
            ValueError: a combination, size, shape or dtype that no caller may send.
            StageError: the program is more than gates and measurements at the end
                ("quantum-program-dynamic").
            WorkerLost: no usable result; see its codes.
        """
        late = _late(deadline_s)
        asked = {"program": text_of(program), "observables": observables, "mode": mode, "shots": shots}
        how = {"noise": noise, "seed": seed, "batch": batch, "deadline_s": deadline_s}
        request = EstimateRequest.model_validate({**asked, **how})
        request.refuse_unfit(program, values)
        if not np.isfinite(values).all():
            raise _failed("the inputs are not all finite")
        child = self._ready_child(STARTUP_S)
        frame = encode(request.model_dump(mode="json"), [values])
        with self._killed_on_failure():
            return estimates_of(_answer(child, frame, deadline_s, late), len(values), observables)

    def best_word(
        self,
        program: Program,
        values: NDArray[np.float64],
        terms: PauliSum,
        *,
        largest: bool,
        shots: int,
        noise: str | None,
        seed: int,
        batch: int,
        deadline_s: float,
    ) -> tuple[float, str]:
        """Return the best value of a sum of Z's among the words that are drawn, and that one word, qubit 0 first.

        Args:
            values: of the program's inputs, float64 of shape (1, n_inputs).

        Raises:
            ValueError: a combination, size, shape or dtype that no caller may send.
            WorkerLost: no usable result; see its codes.
        """
        late, mode = _late(deadline_s), "shots" if noise is None else "noise"
        asked = {"program": text_of(program), "observables": (terms,), "largest": largest, "mode": mode}
        how = {"shots": shots, "noise": noise, "seed": seed, "batch": batch, "deadline_s": deadline_s}
        request = WordRequest.model_validate({**asked, **how})
        request.refuse_unfit(program, values)
        child = self._ready_child(STARTUP_S)
        frame = encode(request.model_dump(mode="json"), [values])
        with self._killed_on_failure():
            return word_of(_answer(child, frame, deadline_s, late), program.n_qubits, terms)

    def close(self) -> None:
        """Kill and reap the process, if there is one; the object can be used again."""
        child, self._child, self._ready = self._child, None, False
        if child is not None:
            child.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _living(self) -> Child:
        """Return the process, started if there is none; one that died unasked is reported once."""
        if self._child is None:
            self._child = Child(self.command)
        elif self._child.pid is None:
            self.close()
            raise WorkerLost("quantum-worker-died", "The simulating process ended before it was asked.")
        return self._child

    def _ready_child(self, timeout_s: float) -> Child:
        child = self._living()
        if not self._ready:
            late = WorkerLost(
                "quantum-worker-died", f"The simulating process was not ready in {timeout_s:g} s."
            )
            with self._killed_on_failure():
                frame = _answer(child, b"", timeout_s, late)
                if frame.body != {"ready": True} or frame.arrays:
                    raise _failed("its first frame was no ready frame")
            self._ready = True
        return child

    @contextmanager
    def _killed_on_failure(self) -> Iterator[None]:
        """An interrupted exchange may still be answered; nobody must read that answer later."""
        try:
            yield
        except UnusableAnswer as unusable:
            self.close()
            raise _failed(str(unusable)) from None
        except BaseException:
            self.close()
            raise


def _answer(child: Child, frame: bytes, seconds: float, late: WorkerLost) -> Frame:
    try:
        return child.exchange(frame, monotonic() + seconds)
    except TimeoutError:
        raise late from None
    except EOFError:
        raise WorkerLost("quantum-worker-died", "The simulating process ended before it answered.") from None
    except FrameError:
        raise _failed("its answer was no frame") from None


def _late(deadline_s: float) -> WorkerLost:
    """Return the miss of a deadline; raise it where there is no time at all."""
    late = WorkerLost("quantum-deadline", f"The circuits were not done in the {deadline_s:.2f} s allowed.")
    if deadline_s <= 0:
        raise late
    return late


def _failed(what: str) -> WorkerLost:
    return WorkerLost("quantum-simulation-failed", f"The simulation has no usable result: {what}.")
