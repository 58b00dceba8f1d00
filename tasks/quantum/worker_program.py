"""The simulating process: reads one request a time on stdin, answers on stdout, dies on time.

The parent kills it at the deadline. In case the parent is gone by then, each request arms a timer
whose signal keeps its default action: no Python needs to run for it, so it ends the process even
while Aer holds the interpreter lock.

Start it as `python -m tasks.quantum.worker_program`; `tasks.quantum.worker` is the other side.
"""

import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from policy_checks.errors import StageError
from policy_checks.schemas.manifest import CircuitRequest
from tasks.quantum.frames import CHUNK_BYTES, Frame, FrameDecoder, FrameError, encode
from tasks.quantum.request import Angles, ErrorCode, SimulationRequest

STARTUP_S = 60.0
GRACE_S = 1.0

Simulation = Callable[[SimulationRequest, Angles, Angles], Angles]


def main() -> None:
    """Serve requests until stdin ends, a frame is refused or a deadline passes."""
    _guard_process()
    answers = _take_stdout()
    _arm(STARTUP_S)
    from tasks.quantum.simulate import expectations  # its libraries must not find our stdout

    _warm_up(expectations)
    with suppress(BrokenPipeError):
        _send(answers, encode({"ready": True}))
        _disarm()
        _serve(0, answers, expectations)


def _serve(requests: int, answers: int, simulate: Simulation) -> None:
    decoder = FrameDecoder()
    while chunk := os.read(requests, CHUNK_BYTES):
        try:
            frame = decoder.feed(chunk)
        except FrameError:
            _send(answers, _error("frame-refused"))
            return
        if frame is not None:
            _send(answers, _answer(frame, simulate))
            _disarm()
            decoder = FrameDecoder()


def _answer(frame: Frame, simulate: Simulation) -> bytes:
    """Return the answering frame: expectations, or a code that tells nothing of the data."""
    try:
        request = SimulationRequest.model_validate(frame.body)
        weights, angles = frame.arrays
        request.refuse_unfit(weights, angles)
    except ValueError:
        return _error("request-refused")
    _arm(request.deadline_s + GRACE_S)
    try:
        return encode({"done": True}, [simulate(request, weights, angles)])
    except StageError as error:
        return _error("angles-refused" if error.code == "quantum-angles-refused" else "simulation-failed")
    except Exception:  # a library's text may quote the angles, so none of it leaves
        return _error("simulation-failed")


def _error(code: ErrorCode) -> bytes:
    return encode({"error": code})


def _warm_up(simulate: Simulation) -> None:
    """Run each method once, so that no first request pays for loading it."""
    circuit = CircuitRequest(ansatz="angle_ring", qubits=2, layers=1)
    weights, angles = np.zeros((1, 2, 2)), np.zeros((1, 2))
    request = SimulationRequest(
        circuit=circuit, mode="exact", shots=None, noise=None, seed=0, batch=0, deadline_s=STARTUP_S
    )
    simulate(request, weights, angles)
    noisy = {"mode": "noise", "noise": "depolarising_readout", "shots": 1}
    simulate(request.model_copy(update=noisy), weights, angles)


def _guard_process() -> None:
    """Leave interrupts to the parent; let the timer end the process; let no core file hold data."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _take_stdout() -> int:
    """Return a private descriptor of stdout; whatever a library prints goes to stderr from here on."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return answers


def _arm(seconds: float) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _disarm() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.0)


def _send(answers: int, frame: bytes) -> None:
    unsent = memoryview(frame)
    while unsent:
        unsent = unsent[os.write(answers, unsent) :]


if __name__ == "__main__":
    main()
