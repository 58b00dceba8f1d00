"""Killed, interrupted, crowded or out of disk: nothing half-written is shown, and the next run is clean.

`ATOMQ_LONG=1` kills and interrupts in every stage.
"""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tasks.adapters.audit_log import AuditLog
from tests.conftest import ATOMQ, atomq, clean_environment

STAGES = (
    ("admit", "sanitise", "train", "evaluate", "record", "report")
    if os.environ.get("ATOMQ_LONG")
    else ("sanitise", "evaluate", "report")
)
DEADLINE_S = 5


def begin(home: Path, prefect_url: str, **more) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [str(ATOMQ), "run", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(home) | {"PREFECT_API_URL": prefect_url},
        **more,
    )


def wait_for_stage(home: Path, run: "subprocess.Popen[str]", stage: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and run.poll() is None:
        if (home / "audit" / "log.sqlite").is_file() and stage in stages_begun(home):
            return
        time.sleep(0.01)
    raise AssertionError(f"the run never began {stage}: {run.communicate()}")


def stages_begun(home: Path) -> list[str]:
    log = AuditLog(home)
    try:
        return [str(e.data["effect"]) for e in log.entries() if e.type == "intent"]
    finally:
        log.close()


def outcomes(home: Path) -> list[str]:
    return [line["outcome"] for line in atomq(home, "runs", "--json").json["runs"]]


def partial_folders(home: Path) -> list[Path]:
    return [*home.glob("tenants/*/runs/.*")]


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_in_any_stage_leaves_nothing_and_the_next_is_clean(tmp_path, prefect_url, stage):
    home = tmp_path / "home"
    run = begin(home, prefect_url)
    wait_for_stage(home, run, stage)
    children = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.communicate()
    assert not list(home.glob("tenants/*/runs/[!.]*"))
    assert psutil.wait_procs(children, timeout=DEADLINE_S)[1] == []
    assert atomq(home, "check", "data/manifests/breast_cancer.toml").code == 0
    assert partial_folders(home) == []
    assert outcomes(home) == ["failed"]
    assert atomq(home, "verify").code == 0


def test_after_a_kill_the_same_manifest_runs_to_its_receipt(tmp_path, prefect_url):
    home, envelope = tmp_path / "home", tmp_path / "e.json"
    assert atomq(home, "sign", "data/manifests/breast_cancer.toml", "-o", envelope).code == 0
    run = subprocess.Popen(
        [str(ATOMQ), "run", str(envelope)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(home) | {"PREFECT_API_URL": prefect_url},
    )
    wait_for_stage(home, run, "train")
    run.kill()
    run.wait()
    answer = atomq(home, "run", envelope, "--json", PREFECT_API_URL=prefect_url)
    assert answer.code == 0, answer.err
    assert outcomes(home) == ["completed", "failed"]
    assert len(list(home.glob("tenants/*/runs/*"))) == 1


def test_a_polite_kill_is_an_interruption_too(tmp_path, prefect_url):
    home = tmp_path / "home"
    run = begin(home, prefect_url)
    wait_for_stage(home, run, "train")
    run.terminate()
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130, (out, err)
    assert partial_folders(home) == []
    assert [entry.data.get("code") for entry in AuditLog(home).entries()][-1] == "interrupted"


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_ends_with_130_and_an_entry(tmp_path, prefect_url, stage):
    home = tmp_path / "home"
    run = begin(home, prefect_url)
    wait_for_stage(home, run, stage)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130, (out, err)
    assert partial_folders(home) == []
    entries = list(AuditLog(home).entries())
    assert entries[-1].type == "run.failed"
    assert entries[-1].data["code"] == "interrupted"


def test_two_runs_at_once_in_one_state_folder_both_end_well(tmp_path):
    home = tmp_path / "home"
    both = [
        subprocess.Popen(
            [str(ATOMQ), "run", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment(home),
        )
        for _ in range(2)
    ]
    ended = [run.communicate(timeout=240) for run in both]
    assert [run.returncode for run in both] == [0, 0], ended
    assert outcomes(home) == ["completed", "completed"]
    assert atomq(home, "verify", "--json").json["receipts"] == 2
    assert not list(home.glob(".prefect-*")), "the second run's own server leaves nothing"


def test_the_same_manifest_twice_at_once_runs_once(tmp_path, prefect_url):
    home, envelope = tmp_path / "home", tmp_path / "e.json"
    assert atomq(home, "sign", "data/manifests/breast_cancer.toml", "-o", envelope).code == 0
    first = subprocess.Popen(
        [str(ATOMQ), "run", str(envelope), "--json"],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(home) | {"PREFECT_API_URL": prefect_url},
    )
    wait_for_stage(home, first, "admit")
    second = atomq(home, "run", envelope, "--json", PREFECT_API_URL=prefect_url)
    first.communicate(timeout=120)
    assert first.returncode == 0
    if second.code == 5:
        assert second.json["error"]["code"] == "manifest-running"
    assert outcomes(home).count("completed") == 1


@pytest.mark.parametrize("limit_bytes", [20_000, 120_000])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, prefect_url, limit_bytes):
    home = tmp_path / "home"
    assert atomq(home, "check", "data/manifests/breast_cancer.toml").code == 0

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    run = begin(home, prefect_url, preexec_fn=small_files)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 5, (out, err)
    assert '"error"' in out
    assert not list(home.glob("tenants/*/runs/[!.]*"))
    assert atomq(home, "check", "data/manifests/breast_cancer.toml").code == 0
    assert partial_folders(home) == []


def test_a_simulation_outlives_its_killed_run_by_no_more_than_the_deadline(tmp_path, prefect_url):
    home = tmp_path / "home"
    run = begin(home, prefect_url)
    wait_for_stage(home, run, "evaluate")
    workers = psutil.Process(run.pid).children(recursive=True)
    assert workers
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert psutil.wait_procs(workers, timeout=DEADLINE_S)[1] == []
