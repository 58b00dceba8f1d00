"""The parent's side of the simulating process: ask, wait no longer than allowed, kill what is late.

Aer holds the interpreter lock for a whole simulation, so a timeout inside one process comes when
the simulation is over. A process of its own can be killed at the deadline.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import ClassVar, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from policy_checks.errors import StageError
from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.child import Child
from tasks.quantum.frames import Frame, FrameError, encode
from tasks.quantum.request import ErrorCode, SimulationMode, SimulationRequest

STARTUP_S = 60.0
EXPECTATION_TOLERANCE = 1e-9


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

    def start(self) -> None:
        """Start the process unless it lives, and return at once; it warms up in the background."""
        self._living()

    def wait_ready(self, timeout_s: float) -> None:
        """Return once the process answers; start it if needed.

        Raises:
            WorkerLost: it ended, or was not ready within `timeout_s`; it has been killed.
        """
        self._ready_child(timeout_s)

    def expectations(
        self,
        circuit: CircuitRequest,
        weights: NDArray[np.float64],
        angles: NDArray[np.float64],
        mode: SimulationMode,
        *,
        shots: int | None,
        noise: str | None,
        seed: int,
        batch: int,
        deadline_s: float,
    ) -> NDArray[np.float64]:
        """Return <Z_q> of every row, shape (rows, n_qubits), in [-1, 1].

        The deadline counts from the moment the process is ready: a cold start is no part of the
        operation and has 60 s of its own.

        Args:
            weights: radians, float64 of shape (n_layers, n_qubits, 2).
            angles: radians, float64 of shape (rows, n_qubits), 1 to 256 rows.
            mode: `exact` takes neither shots nor noise, `shots` needs shots, `noise` needs noise.
            batch: number of the batch; with `seed` it chooses the random numbers.
            deadline_s: seconds for bind, simulation and both transfers; none left is a miss.

        Raises:
            ValueError: a combination, size, shape or dtype that no caller may send.
            WorkerLost: no usable result; see its codes.
        """
        late = WorkerLost(
            "quantum-deadline", f"The circuits were not done in the {deadline_s:.2f} s allowed."
        )
        if deadline_s <= 0:
            raise late
        asked = {"circuit": circuit, "mode": mode, "shots": shots, "noise": noise, "seed": seed}
        request = SimulationRequest.model_validate({**asked, "batch": batch, "deadline_s": deadline_s})
        request.refuse_unfit(weights, angles)
        if not (np.isfinite(weights).all() and np.isfinite(angles).all()):
            raise _failed("the angles are not all finite")
        child = self._ready_child(STARTUP_S)
        frame = encode(request.model_dump(mode="json"), [weights, angles])
        with self._killed_on_failure():
            return _values(_answer(child, frame, deadline_s, late), angles.shape)

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


def _values(answer: Frame, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the expectations that the answer holds; its own text is never repeated."""
    for code in get_args(ErrorCode):
        if answer.body == {"error": code}:
            raise _failed(f"it answered {code}")
    if answer.body != {"done": True} or [array.shape for array in answer.arrays] != [shape]:
        raise _failed("its answer has another form than was asked for")
    (values,) = answer.arrays
    if not np.isfinite(values).all() or np.abs(values).max() > 1 + EXPECTATION_TOLERANCE:
        raise _failed("it answered expectations outside [-1, 1]")
    return values


def _failed(what: str) -> WorkerLost:
    return WorkerLost("quantum-simulation-failed", f"The simulation has no usable result: {what}.")
