"""A run is alive while a process holds its mark, however that process began or ends."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.adapters import live_runs
from tasks.adapters.files import Busy

RUN = "0" * 36


def test_a_run_that_nobody_began_is_not_alive(tmp_path):
    assert not live_runs.is_alive(tmp_path, RUN)


def test_it_lives_as_long_as_the_block(tmp_path):
    with live_runs.held(tmp_path, RUN):
        assert live_runs.is_alive(tmp_path, RUN)
        with pytest.raises(Busy), live_runs.held(tmp_path, RUN):
            pass
    assert not live_runs.is_alive(tmp_path, RUN)


def test_it_outlives_a_block_that_failed_while_its_process_lives(tmp_path):
    process = None
    with pytest.raises(RuntimeError), live_runs.held(tmp_path, RUN) as descriptor:
        process = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(descriptor,)
        )
        raise RuntimeError
    assert process is not None
    assert live_runs.is_alive(tmp_path, RUN)
    process.kill()
    process.wait()
    assert not live_runs.is_alive(tmp_path, RUN)


def test_asking_never_keeps_a_run_from_beginning(tmp_path):
    with live_runs.held(tmp_path, RUN):
        pass
    with ThreadPoolExecutor(1) as pool:
        for _ in range(200):
            asked = pool.submit(lambda: [live_runs.is_alive(tmp_path, RUN) for _ in range(20)])
            with live_runs.held(tmp_path, RUN):
                pass
            asked.result()
