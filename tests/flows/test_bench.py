"""The benchmark's short form: it runs, and its rows carry figures."""

import re
import subprocess
import sys

from tests.conftest import clean_environment
from tests.documents import PROJECT


def test_the_governance_benchmark_prints_a_figure_for_each_part(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "governance"],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=clean_environment(tmp_path / "home"),
    )
    assert done.returncode == 0, done.stderr
    for part in ("admission, imports warm", "audit append", "governance in all", "Great Expectations gate"):
        (line,) = [line for line in done.stdout.splitlines() if part in line]
        assert re.search(r"\d+\.\d\d ms", line)
