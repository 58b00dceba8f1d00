import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from tasks.quantum.frames import Frame, FrameDecoder, encode
from tasks.quantum.observables import each_z
from tasks.quantum.request import text_of
from tests.tasks.quantum.rings import a_ring

Process = subprocess.Popen[bytes]
REQUEST: dict[str, Any] = {
    "program": text_of(a_ring(np.zeros((1, 2, 2)))), "observables": each_z(2),
    "mode": "exact", "shots": None, "noise": None, "seed": 0, "batch": 0, "deadline_s": 5.0,
}  # fmt: skip
ARRAYS = (np.zeros((3, 2)),)
CHATTY = """
import os
import qiskit_aer
quiet = qiskit_aer.AerSimulator.run
def chatty(*arguments, **options):
    os.write(1, b"a library prints")
    print("and again", flush=True)
    return quiet(*arguments, **options)
qiskit_aer.AerSimulator.run = chatty
from tasks.quantum.worker_program import main
main()
"""


def spawn(*arguments: str) -> Process:
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    )  # fmt: skip


@pytest.fixture
def program() -> Iterator[Process]:
    """A process of this test alone."""
    yield from started()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Process]:
    """A process for the tests that it must survive."""
    yield from started()


def started() -> Iterator[Process]:
    with spawn("-m", "tasks.quantum.worker_program") as process:
        assert received(process).body == {"ready": True}
        yield process
        process.kill()


def received(process: Process) -> Frame:
    assert process.stdout is not None
    decoder = FrameDecoder()
    while chunk := process.stdout.read(65536):
        if frame := decoder.feed(chunk):
            return frame
    raise EOFError


def send(process: Process, frame: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(frame)


def asked(process: Process, frame: bytes) -> Frame:
    send(process, frame)
    return received(process)


def test_it_answers_one_request_after_another(lasting: Process) -> None:
    for _ in range(3):
        answer = asked(lasting, encode(REQUEST, ARRAYS))
        assert answer.body == {"done": True}
        np.testing.assert_array_equal(answer.arrays[0], np.ones((3, 2)))


def test_a_request_in_pieces_is_one_request(lasting: Process) -> None:
    frame = encode(REQUEST, ARRAYS)
    for start in range(0, len(frame), 100):
        send(lasting, frame[start : start + 100])
        sleep(0.001)
    assert received(lasting).body == {"done": True}


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(encode({**REQUEST, "callback": "x"}, ARRAYS), id="unknown-field"),
        pytest.param(encode({**REQUEST, "mode": "magic"}, ARRAYS), id="unknown-mode"),
        pytest.param(encode({**REQUEST, "seed": "0"}, ARRAYS), id="text-for-a-number"),
        pytest.param(encode({**REQUEST, "deadline_s": 0}, ARRAYS), id="no-time"),
        pytest.param(encode({**REQUEST, "shots": 5}, ARRAYS), id="exact-with-shots"),
        pytest.param(encode({}, ARRAYS), id="nothing-asked"),
        pytest.param(encode(REQUEST), id="no-angles"),
        pytest.param(encode(REQUEST, ARRAYS * 2), id="angles-twice"),
    ],
)
def test_a_request_that_it_does_not_know_is_refused_and_the_next_is_served(
    lasting: Process, frame: bytes
) -> None:
    answer = asked(lasting, frame)
    assert answer == Frame({"error": "request-refused"}, ())
    assert asked(lasting, encode(REQUEST, ARRAYS)).body == {"done": True}


def test_angles_that_are_not_finite_are_refused_by_code_alone(lasting: Process) -> None:
    answer = asked(lasting, encode(REQUEST, (np.full((1, 2), np.nan),)))
    assert answer == Frame({"error": "angles-refused"}, ())


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="text"),
        pytest.param(struct.pack(">I", 2**32 - 1), id="header-of-4-gib"),
        pytest.param(encode(REQUEST, ARRAYS) + b"x", id="trailing-byte"),
        pytest.param(encode(REQUEST, ARRAYS).replace(b"NUMPY", b"PICKL"), id="no-npy"),
    ],
)
def test_garbage_ends_the_process(program: Process, garbage: bytes) -> None:
    assert asked(program, garbage) == Frame({"error": "frame-refused"}, ())
    assert program.wait(5) == 0


def test_the_end_of_stdin_ends_the_process(program: Process) -> None:
    assert program.stdin is not None
    program.stdin.close()
    assert program.wait(5) == 0


def test_what_a_library_prints_does_not_reach_the_answers() -> None:
    with spawn("-c", CHATTY) as process:
        assert received(process).body == {"ready": True}
        assert asked(process, encode(REQUEST, ARRAYS)).body == {"done": True}
        process.kill()


def test_a_simulation_past_its_deadline_ends_the_process_without_a_parents_help(program: Process) -> None:
    ring = text_of(a_ring(np.ones((200, 12, 2))))
    long = {**REQUEST, "program": ring, "observables": each_z(12), "deadline_s": 0.2}
    started_at = monotonic()
    send(program, encode(long, (np.random.default_rng(0).normal(size=(256, 12)),)))
    assert program.wait(10) == -signal.SIGALRM
    assert 1.1 < monotonic() - started_at < 2.5


def test_the_deadline_of_an_answered_request_is_cleared(lasting: Process) -> None:
    assert asked(lasting, encode({**REQUEST, "deadline_s": 0.01}, ARRAYS)).body == {"done": True}
    sleep(1.3)
    assert asked(lasting, encode(REQUEST, ARRAYS)).body == {"done": True}


def test_an_interrupt_is_left_to_the_parent(lasting: Process) -> None:
    os.kill(lasting.pid, signal.SIGINT)
    assert asked(lasting, encode(REQUEST, ARRAYS)).body == {"done": True}
