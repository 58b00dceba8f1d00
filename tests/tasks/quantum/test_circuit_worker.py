import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from tasks.quantum.observables import each_z
from tasks.quantum.worker import STARTUP_S, CircuitWorker, WorkerLost
from tests.tasks.quantum.rings import a_ring, expectations

Ask = Callable[..., NDArray[np.float64]]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"mode": "exact", "shots": None, "noise": None}, id="exact"),
        pytest.param({"mode": "shots", "shots": 1024, "noise": None}, id="shots"),
        pytest.param({"mode": "noise", "shots": None, "noise": "depolarising_readout"}, id="noise"),
        pytest.param({"mode": "noise", "shots": 64, "noise": "depolarising_readout"}, id="noisy-shots"),
    ],
)
def test_the_process_answers_what_the_simulation_gives_here(
    worker: CircuitWorker, options: dict[str, Any]
) -> None:
    random = np.random.default_rng(3)
    weights, angles = random.normal(size=(2, 4, 2)), random.normal(size=(256, 4))
    asked = {**options, "seed": 5, "batch": 1, "deadline_s": 10.0}
    found = worker.estimate(a_ring(weights), angles, each_z(4), **asked).mean
    np.testing.assert_array_equal(found, expectations(weights, angles, **asked))
    assert found.dtype == np.float64


def test_one_process_serves_many_requests(worker: CircuitWorker, ask: Ask) -> None:
    pid = worker.pid
    for qubits in (1, 2, 3):
        assert ask(worker, qubits, rows=qubits).shape == (qubits, qubits)
    assert worker.pid == pid


def test_a_worker_that_was_not_started_has_no_process() -> None:
    worker = CircuitWorker()
    assert worker.pid is None
    worker.close()
    assert worker.pid is None


def test_starting_returns_before_the_process_is_ready_and_starts_only_one() -> None:
    with CircuitWorker() as worker:
        worker.start()
        pid = worker.pid
        worker.start()
        assert pid is not None
        assert worker.pid == pid
        worker.wait_ready(STARTUP_S)
        assert worker.pid == pid


def test_the_first_request_starts_the_process_and_the_block_ends_it(ask: Ask) -> None:
    with CircuitWorker() as worker:
        assert ask(worker, rows=2, deadline_s=0.2).shape == (2, 2), "a cold start is no part of the deadline"
        pid = worker.pid
    assert worker.pid is None
    assert pid is not None
    assert not psutil.pid_exists(pid)


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "inf"])
def test_angles_that_are_not_finite_never_reach_the_process(value: float) -> None:
    angles, worker = np.zeros((3, 2)), CircuitWorker()
    angles.flat[0] = value
    how = {"mode": "exact", "shots": None, "noise": None, "seed": 0, "batch": 0, "deadline_s": 1.0}
    with pytest.raises(WorkerLost) as lost:
        worker.estimate(a_ring(np.zeros((1, 2, 2))), angles, each_z(2), **how)
    assert lost.value.code == "quantum-simulation-failed"
    assert worker.pid is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"qubits": 27}, id="too-wide"),
        pytest.param({"rows": 257}, id="too-many-rows"),
        pytest.param({"mode": "shots"}, id="no-shots"),
        pytest.param({"mode": "noise", "noise": "rain"}, id="unknown-noise"),
        pytest.param({"deadline_s": float("nan")}, id="deadline-is-no-number"),
    ],
)
def test_a_callers_mistake_is_a_value_error_and_starts_nothing(changes: dict[str, Any], ask: Ask) -> None:
    worker = CircuitWorker()
    with pytest.raises(ValueError, match=r"."):
        ask(worker, **changes)
    assert worker.pid is None


def test_the_process_sees_four_variables_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATOMQ_KEY_PASSPHRASE", "PREFECT_API_AUTH_STRING", "HOME"):
        monkeypatch.setenv(name, "not for the child")
    with CircuitWorker() as worker:
        worker.wait_ready(STARTUP_S)
        variables = psutil.Process(worker.pid).environ()
    assert set(variables) == {"PATH", "LANG", "OMP_NUM_THREADS", "PYTHONPATH"}
    assert "not for the child" not in variables.values()


def test_the_process_inherits_no_descriptor(tmp_path: Path) -> None:
    with (tmp_path / "key").open("w") as key:
        os.set_inheritable(key.fileno(), True)
        with CircuitWorker() as worker:
            worker.wait_ready(STARTUP_S)
            targets = [os.readlink(entry) for entry in Path(f"/proc/{worker.pid}/fd").iterdir()]
    assert not any(target.endswith("/key") for target in targets)


def test_the_process_leaves_no_core_file(worker: CircuitWorker) -> None:
    assert psutil.Process(worker.pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)


def test_the_process_survives_an_interrupt(worker: CircuitWorker, ask: Ask) -> None:
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)
    assert ask(worker).shape == (256, 2)
    assert worker.pid == pid


def test_it_starts_from_any_folder_and_imports_nothing_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported from the working folder')")
    monkeypatch.chdir(tmp_path)
    with CircuitWorker() as worker:
        assert ask(worker).shape == (256, 2)


def test_asking_for_a_simulation_loads_no_quantum_library() -> None:
    program = "import sys, tasks.quantum.worker; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"qiskit", "qiskit_aer", "prefect", "torch"} & set(loaded.stdout.split())
