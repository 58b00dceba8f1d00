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
from tasks.quantum.frames import (
    CHUNK_BYTES,
    REQUEST_HEADER_BYTES_MAX,
    Frame,
    FrameDecoder,
    FrameError,
    encode,
)
from tasks.quantum.program import Instruction, Program
from tasks.quantum.request import (
    Angles,
    ErrorCode,
    EstimateRequest,
    WordRequest,
    program_of,
    text_of,
)

STARTUP_S = 60.0
GRACE_S = 1.0

Work = Callable[[], list[Angles]]


def main() -> None:
    """Serve requests until stdin ends, a frame is refused or a deadline passes."""
    _guard_process()
    answers = _take_stdout()
    _arm(STARTUP_S)
    _warm_up()
    with suppress(BrokenPipeError):
        _send(answers, encode({"ready": True}))
        _disarm()
        _serve(0, answers)


def _serve(requests: int, answers: int) -> None:
    decoder = FrameDecoder(REQUEST_HEADER_BYTES_MAX)
    while chunk := os.read(requests, CHUNK_BYTES):
        try:
            frame = decoder.feed(chunk)
        except FrameError:
            _send(answers, _error("frame-refused"))
            return
        if frame is not None:
            _send(answers, _answer(frame))
            _disarm()
            decoder = FrameDecoder(REQUEST_HEADER_BYTES_MAX)


def _answer(frame: Frame) -> bytes:
    """Return the answering frame: numbers, or a code that tells nothing of the data."""
    try:
        deadline_s, work = _work(frame)
    except ValueError:
        return _error("request-refused")
    _arm(deadline_s + GRACE_S)
    try:
        return encode({"done": True}, work())
    except StageError as error:
        return _error("angles-refused" if error.code == "quantum-angles-refused" else "simulation-failed")
    except Exception:  # a library's text may quote the angles, so none of it leaves
        return _error("simulation-failed")


def _work(frame: Frame) -> tuple[float, Work]:
    if "largest" in frame.body:
        return _word(frame)
    return _estimation(frame)


def _word(frame: Frame) -> tuple[float, Work]:
    from tasks.quantum.estimate import best_word  # its libraries must not find our stdout

    request = WordRequest.model_validate(frame.body)
    (values,) = frame.arrays
    request.refuse_unfit(program_of(request.program), values)

    def work() -> list[Angles]:
        value, bits = best_word(request, values)
        return [np.array([value]), bits]

    return request.deadline_s, work


def _estimation(frame: Frame) -> tuple[float, Work]:
    from tasks.quantum.estimate import estimates

    request = EstimateRequest.model_validate(frame.body)
    (values,) = frame.arrays
    request.refuse_unfit(program_of(request.program), values)

    def work() -> list[Angles]:
        found = estimates(request, values)
        return [found.mean, found.error]

    return request.deadline_s, work


def _error(code: ErrorCode) -> bytes:
    return encode({"error": code})


def _warm_up() -> None:
    """Load and run each method once, so that no first request pays for it."""
    how = {"shots": None, "noise": None, "seed": 0, "batch": 0, "deadline_s": STARTUP_S}
    noisy = {"mode": "noise", "noise": "depolarising_readout", "shots": 100}
    program = text_of(Program("ansatz", 2, 0, (), (Instruction("iswap", (0, 1)),)))
    observed = {"program": program, "observables": ((("ZX", 1.0),),)}
    for mode in ({"mode": "exact"}, noisy):
        _estimation(Frame({**how, **observed, **mode}, (np.zeros((1, 0)),)))[1]()


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
