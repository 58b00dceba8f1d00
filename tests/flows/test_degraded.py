"""Where quantum is late, lost or wrong, the neural head answers, labelled everywhere."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from tasks.adapters.audit_log import AuditLog
from tests.conftest import ATOMQ, Answer, atomq, clean_environment
from tests.documents import DEFAULTS

WORKER = "tasks.quantum.worker_program"


def draft(home: Path, *changes: tuple[str, str]) -> None:
    text = (DEFAULTS / "policy.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (home / "documents").mkdir(parents=True)
    (home / "documents" / "policy.toml").write_text(text)


def logged(home: Path) -> dict[str, dict]:
    return {entry.type: entry.data for entry in AuditLog(home).entries()}


def require_labelled(home: Path, answer: Answer, reason: str) -> None:
    """The label stands in the answer, the metrics, the bill, the predictions, the receipt and the log."""
    assert answer.code == 0, answer.err
    told = answer.json
    assert told["degraded"] == reason
    assert told["hybrid"] == told["neural"]
    assert told["circuit_modes"] == {}
    folder = Path(told["receipt"]).parent
    for name, column in (("metrics", "degraded"), ("billing", "x_Degraded"), ("predictions", "degraded")):
        assert set(pq.read_table(folder / f"{name}.parquet")[column].to_pylist()) == {reason}
    entries = logged(home)
    assert entries["run.degraded"] == {"reason": reason}
    assert entries["run.completed"]["degraded"] == reason
    assert "DEGRADED" in (folder / "report.html").read_text().upper()
    assert atomq(home, "verify").code == 0


def test_circuits_later_than_the_budget_degrade_the_run(tmp_path, prefect_url):
    home = tmp_path / "home"
    draft(home, ("quantum_s = 2.0", "quantum_s = 0.000001"))
    require_labelled(home, atomq(home, "run", "--json", PREFECT_API_URL=prefect_url), "budget")


def test_a_simulator_that_differs_from_the_trained_layer_is_an_incident(tmp_path, prefect_url):
    home = tmp_path / "home"
    draft(home, ("referee_error_max = 1e-5", "referee_error_max = 1e-30"))
    answer = atomq(home, "run", "--json", PREFECT_API_URL=prefect_url)
    require_labelled(home, answer, "referee")
    assert logged(home)["incident.referee"]["n_rows"] > 100


@pytest.mark.parametrize(
    ("blow", "reason"),
    [pytest.param(signal.SIGSTOP, "budget", id="hung"), pytest.param(signal.SIGKILL, "simulator", id="dead")],
)
def test_a_hung_or_dead_worker_degrades_the_run_and_leaves_no_process(tmp_path, prefect_url, blow, reason):
    home = tmp_path / "home"
    run = subprocess.Popen(
        [str(ATOMQ), "run", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(home) | {"PREFECT_API_URL": prefect_url},
    )
    worker = wait_for_worker(run.pid)
    strike_when_training_ends(home, worker, blow)
    out, err = run.communicate(timeout=120)
    require_labelled(home, Answer(run.returncode, out, err), reason)
    assert not psutil.pid_exists(worker.pid) or worker.status() == psutil.STATUS_ZOMBIE


def test_noise_beyond_six_qubits_is_left_out_with_a_note_and_no_label(tmp_path, prefect_url, manifest):
    answer = atomq(
        tmp_path / "home",
        "run",
        manifest(("qubits = 4 ", "qubits = 7 "), ('"breast_cancer.csv"', '"breast_cancer.parquet"')),
        "--json",
        PREFECT_API_URL=prefect_url,
    )
    assert answer.code == 0, answer.err
    assert (answer.json["degraded"], set(answer.json["circuit_modes"])) == (None, {"exact", "shots"})
    assert any("up to 6 qubits" in note for note in answer.json["notes"])


def wait_for_worker(pid: int) -> psutil.Process:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):  # One that has just ended.
                if WORKER in " ".join(child.cmdline()):
                    return child
        time.sleep(0.05)
    raise AssertionError("the run started no simulator")


def strike_when_training_ends(home: Path, worker: psutil.Process, blow: signal.Signals) -> None:
    """Let the worker get ready, then hit it before circuits are asked for."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (home / "audit" / "log.sqlite").is_file() and "intent" in logged(home):
            break
        time.sleep(0.05)
    os.kill(worker.pid, blow)
