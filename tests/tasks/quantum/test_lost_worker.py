import os
import signal
import subprocess
import sys
from collections.abc import Callable
from threading import Timer
from time import monotonic, sleep
from typing import ClassVar

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from tasks.quantum.frames import encode
from tasks.quantum.worker import CircuitWorker, WorkerLost

Ask = Callable[..., NDArray[np.float64]]

PIPE_BUFFER_BYTES = 1 << 16
LONG = (12, 200)
ZEROS = np.zeros((2, 2))
ORPHANING = """
import signal
import numpy as np
from tasks.quantum.program import Instruction, Program
from tasks.quantum.worker import CircuitWorker

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
worker = CircuitWorker()
worker.wait_ready(60)
print(worker.pid, flush=True)
"""
SIMULATING = """
turns = tuple(Instruction("ry", (n % 12,), params=("x",)) for n in range(7000))
program = Program("ansatz", 12, 0, ("x",), turns)
asked = {"shots": None, "noise": None, "seed": 0, "batch": 0, "deadline_s": 1.0}
worker.estimate(program, np.arange(256.0)[:, None], ((("Z" * 12, 1.0),),), "exact", **asked)
"""


def runs(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone_within(pid: int, seconds: float) -> bool:
    until = monotonic() + seconds
    while runs(pid) and monotonic() < until:
        sleep(0.02)
    return not runs(pid)


def pid_of(worker: CircuitWorker) -> int:
    assert worker.pid is not None
    return worker.pid


def impostor(*answers: bytes, first: str = "pass", then: str = "time.sleep(60)") -> CircuitWorker:
    """A worker whose process sends these bytes, one part before and one after it is asked."""
    steps = "\nos.read(0, 65536)\n".join(f"os.write(1, {answer!r})" for answer in answers)
    program = f"import os, time\n{first}\n{steps}\n{then}"

    class Impostor(CircuitWorker):
        command: ClassVar[tuple[str, ...]] = (sys.executable, "-c", program)

    return Impostor()


@pytest.mark.parametrize(
    ("qubits", "layers"), [pytest.param(2, 1, id="small"), pytest.param(12, 300, id="larger-than-a-pipe")]
)
def test_a_process_that_hangs_is_killed_at_the_deadline(
    worker: CircuitWorker, ask: Ask, qubits: int, layers: int
) -> None:
    assert layers == 1 or layers * qubits * 3 * len('["ry",[0],[],[1.0],false,0]') > 2 * PIPE_BUFFER_BYTES
    pid = pid_of(worker)
    os.kill(pid, signal.SIGSTOP)
    started_at = monotonic()
    with pytest.raises(WorkerLost) as lost:
        ask(worker, qubits, layers, deadline_s=0.4)
    assert lost.value.code == "quantum-deadline"
    assert 0.4 <= monotonic() - started_at < 1.0
    assert not runs(pid)
    assert ask(worker).shape == (256, 2), "the next request works again"


def test_a_simulation_that_is_too_long_is_killed_at_the_deadline(worker: CircuitWorker, ask: Ask) -> None:
    pid = pid_of(worker)
    started_at = monotonic()
    with pytest.raises(WorkerLost) as lost:
        ask(worker, *LONG, deadline_s=0.5)
    assert lost.value.code == "quantum-deadline"
    assert monotonic() - started_at < 1.1
    assert not runs(pid)


def test_a_process_killed_while_it_simulates_is_reported_dead_and_replaced(
    worker: CircuitWorker, ask: Ask
) -> None:
    pid = pid_of(worker)
    Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(WorkerLost) as lost:
        ask(worker, *LONG, deadline_s=10.0)
    assert lost.value.code == "quantum-worker-died"
    assert ask(worker).shape == (256, 2)
    assert worker.pid != pid


def test_a_process_killed_between_requests_is_reported_once_and_then_replaced(
    worker: CircuitWorker, ask: Ask
) -> None:
    pid = pid_of(worker)
    os.kill(pid, signal.SIGKILL)
    while worker.pid is not None:
        sleep(0.01)
    with pytest.raises(WorkerLost, match="quantum-worker-died"):
        ask(worker)
    assert ask(worker).shape == (256, 2)
    assert worker.pid != pid


@pytest.mark.parametrize("deadline_s", [0.0, -0.5], ids=["none-left", "overdrawn"])
def test_without_time_left_nothing_is_asked_and_the_process_stays(
    worker: CircuitWorker, ask: Ask, deadline_s: float
) -> None:
    pid = worker.pid
    with pytest.raises(WorkerLost, match="quantum-deadline"):
        ask(worker, deadline_s=deadline_s)
    assert worker.pid == pid


def test_after_an_interrupt_no_late_answer_is_taken_for_another(worker: CircuitWorker, ask: Ask) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    pid, before = pid_of(worker), signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3, 1.0)  # again, as one that meets a finaliser is lost
    try:
        with pytest.raises(KeyboardInterrupt):
            ask(worker, *LONG)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not runs(pid)
    assert ask(worker).shape == (256, 2)


def test_an_orphan_that_simulates_ends_soon_after_its_deadline() -> None:
    command = [sys.executable, "-c", ORPHANING + SIMULATING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        sleep(0.5)
        parent.kill()
    assert runs(pid)
    assert gone_within(pid, 1.0 + 3)


def test_an_idle_orphan_ends_at_once() -> None:
    command = [sys.executable, "-c", ORPHANING + "import os; os._exit(0)"]
    parent = subprocess.run(command, capture_output=True, text=True, check=True)
    assert gone_within(int(parent.stdout), 2)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"Traceback: row 3 holds secret", id="text"),
        pytest.param(bytes([0, 0, 255, 255]), id="oversized-header"),
        pytest.param(encode({"done": True}, [ZEROS, ZEROS]) + b"x", id="trailing-byte"),
        pytest.param(encode({"done": True}), id="no-array"),
        pytest.param(encode({"done": True}, [ZEROS]), id="one-array"),
        pytest.param(encode({"done": True}, [np.zeros((2, 3)), ZEROS]), id="another-shape"),
        pytest.param(encode({"done": True, "secret": 1}, [ZEROS, ZEROS]), id="unknown-field"),
        pytest.param(encode({"done": True}, [ZEROS + np.nan, ZEROS]), id="nan"),
        pytest.param(encode({"done": True}, [ZEROS - 1 - 1e-8, ZEROS]), id="below-minus-1"),
        pytest.param(encode({"done": True}, [ZEROS + 1 + 1e-8, ZEROS]), id="above-1"),
        pytest.param(encode({"error": "secret"}), id="unknown-error"),
        pytest.param(encode({"error": "simulation-failed"}), id="failed"),
        pytest.param(encode({"error": "angles-refused"}), id="refused"),
    ],
)
def test_an_answer_that_cannot_be_used_costs_the_process(answer: bytes, ask: Ask) -> None:
    with impostor(encode({"ready": True}), answer) as worker:
        with pytest.raises(WorkerLost) as lost:
            ask(worker, rows=2)
        assert lost.value.code == "quantum-simulation-failed"
        assert "secret" not in str(lost.value)
        assert worker.pid is None


@pytest.mark.parametrize("edge", [1 + 1e-10, 1.0, -1.0], ids=["rounding-above-1", "1", "minus-1"])
def test_expectations_at_the_edge_are_believed(edge: float, ask: Ask) -> None:
    with impostor(encode({"ready": True}), encode({"done": True}, [ZEROS + edge, ZEROS])) as worker:
        np.testing.assert_array_equal(ask(worker, rows=2), ZEROS + edge)


@pytest.mark.parametrize(
    ("then", "code"),
    [
        pytest.param("pass", "quantum-worker-died", id="ends"),
        pytest.param("os.close(1); time.sleep(60)", "quantum-worker-died", id="closes-its-side"),
        pytest.param("time.sleep(60)", "quantum-deadline", id="falls-silent"),
        pytest.param("while not time.sleep(0.05): os.write(1, b'x')", "quantum-deadline", id="dribbles"),
    ],
)
def test_half_an_answer_is_none(then: str, code: str, ask: Ask) -> None:
    half = encode({"done": True}, [np.zeros((2, 200))])[:150]
    with impostor(encode({"ready": True}), half, then=then) as worker:
        with pytest.raises(WorkerLost) as lost:
            ask(worker, rows=2, deadline_s=0.5)
        assert lost.value.code == code
        assert worker.pid is None


@pytest.mark.parametrize("rows", [pytest.param(2, id="small"), pytest.param(256, id="large")])
def test_a_process_that_no_longer_listens_is_reported_dead(rows: int, ask: Ask) -> None:
    with impostor(encode({"ready": True}), first="os.close(0)") as worker:
        with pytest.raises(WorkerLost) as lost:
            ask(worker, rows=rows, deadline_s=2.0)
        assert lost.value.code == "quantum-worker-died"


@pytest.mark.parametrize(
    ("said", "then", "code"),
    [
        pytest.param(b"", "pass", "quantum-worker-died", id="ends"),
        pytest.param(b"", "time.sleep(60)", "quantum-worker-died", id="never-ready"),
        pytest.param(b"a library speaks", "pass", "quantum-simulation-failed", id="prints"),
        pytest.param(encode({"ready": 0}), "pass", "quantum-simulation-failed", id="not-ready"),
    ],
)
def test_a_process_that_never_becomes_ready_is_lost(said: bytes, then: str, code: str) -> None:
    with impostor(said, then=then) as worker:
        with pytest.raises(WorkerLost) as lost:
            worker.wait_ready(1.0)
        assert lost.value.code == code
        assert worker.pid is None
