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


def test_the_audit_benchmarks_short_form_compares_what_it_measures(tmp_path):
    from tests.bench import audit

    rows = {row[0].split(" ")[0]: row for row in audit.measure(n_entries=5_000, n_appends=64)}
    assert re.match(r"[\d,]+/s", rows["verify"][1])
    assert re.match(r"plain SHA-256 [\d,]+/s", rows["verify"][2])
    assert "times" in rows["append_all"][3]
    assert "ms" in rows["slowest"][1]
