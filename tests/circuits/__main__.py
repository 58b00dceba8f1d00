"""Write the benchmark into a folder to look at, and say how long it took.

python -m tests.circuits [--seed 1] [--cases 2000] [--write FOLDER]
"""

import argparse
import time
from collections import Counter
from pathlib import Path

from tests.circuits.corpus import Case, corpus

ENDINGS = {"openqasm2": "qasm2", "openqasm3": "qasm3"}


def _write(folder: Path, number: int, case: Case) -> None:
    name = f"{number:04d}-{case.label}-{case.disguise}.{ENDINGS[case.language]}"
    (folder / name).write_text(case.text)
    if case.approved is not None:
        (folder / f"{name}.approved").write_text(case.approved)


def main() -> None:
    """Print how many cases each class has in each split, and the seconds that writing them took."""
    words = argparse.ArgumentParser(prog="python -m tests.circuits")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--cases", type=int, default=2000)
    words.add_argument("--write", type=Path)
    asked = words.parse_args()
    started = time.monotonic()
    cases = list(corpus(asked.seed, asked.cases))
    took_s = time.monotonic() - started
    if asked.write:
        asked.write.mkdir(parents=True, exist_ok=True)
        for number, case in enumerate(cases):
            _write(asked.write, number, case)
    counted = Counter((case.label, case.held_out) for case in cases)
    for label in sorted({label for label, _ in counted}):
        print(f"{label:24} tuning {counted[label, False]:4}   held out {counted[label, True]:4}")
    print(f"{len(cases)} cases in {took_s:.1f} s")


if __name__ == "__main__":
    main()
