"""The whole sample run as its user starts it, temporary server included: fresh state, then again."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import clean_environment

ATOMQ = Path(sys.executable).with_name("atomq")


def measure() -> Iterator[tuple[str, ...]]:
    """Yield wall seconds of the first and second run, and where the second one's time went."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for name, asked in (("fresh state", "under 30 s"), ("second run", "under 20 s")):
            wall, told = timed_run(home)
            stages = ", ".join(f"{stage} {spent:.1f}" for stage, spent in told["stages"].items())
            inside = sum(told["stages"].values())
            yield f"whole run, {name}", f"{wall:.1f} s", "", "", asked
            yield "  in stages", f"{inside:.1f} s", stages, "", ""
            yield "  server, imports, Prefect, exit", f"{wall - inside:.1f} s", "", "", ""
    for words in (["--help"], ["run", "--help"], ["policy", "--json"]):
        started = time.perf_counter()
        subprocess.run([ATOMQ, *words], stdout=subprocess.DEVNULL, check=True)
        asked = "0.3 s" if "--help" in words else ""
        yield f"atomq {' '.join(words)}", f"{time.perf_counter() - started:.2f} s", "", "", asked


def timed_run(home: Path) -> tuple[float, dict]:
    """Run the sample; return wall seconds and what it told."""
    started = time.perf_counter()
    done = subprocess.run(
        [ATOMQ, "run", "--json"], capture_output=True, text=True, check=True, env=clean_environment(home)
    )
    return time.perf_counter() - started, json.loads(done.stdout)
