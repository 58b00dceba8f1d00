"""Tables as streams: rows a second, memory, the gate beside bare detection, pseudonyms."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from policy_checks.schemas.dataset import ColumnRule, Dataset
from policy_checks.schemas.privacy import Anonymity
from tasks.tabular.columns import Sanitiser
from tasks.tabular.detect import detect
from tasks.tabular.expectations import Gate
from tasks.tabular.pseudonymise import pseudonyms
from tasks.tabular.read import BATCH_ROWS, read_batches
from tests.bench.timing import in_turn, seconds

SIZES = (1_000_000, 10_000_000)
PIECE_ROWS = 250_000
PEPPER = b"p" * 32
COLUMNS = {
    "age": ColumnRule(kind="measure", action="generalise", bin_width=5.0),
    "born": ColumnRule(kind="birth_date", action="generalise", to="5_years"),
    "dose": ColumnRule(kind="measure", action="keep", minimum=0.0),
    "patient": ColumnRule(kind="id", action="pseudonymise"),
    "seen": ColumnRule(kind="target", action="keep", values=("no", "yes")),
    "ward": ColumnRule(kind="category", action="keep"),
}
WANTED = Dataset(
    path="table.parquet",
    sha256="sha256:" + "0" * 64,
    target="seen",
    columns=COLUMNS,
    anonymity=Anonymity(quasi_identifiers=("age", "ward"), k=5),
)


def measure() -> Iterator[tuple[str, ...]]:
    """Yield a row for each size in a process of its own, then one for each part of the way."""
    with tempfile.TemporaryDirectory() as folder:
        peaks = []
        for n_rows in SIZES:
            path = Path(folder) / "table.parquet"
            a_table(path, n_rows)
            told = in_a_process(path)
            peaks.append(told["peak_mib"])
            yield (
                f"sanitise {n_rows:,} rows x 6",
                f"{told['rows_per_s']:,.0f} rows/s",
                f"{told['wall_s']:.0f} s",
                "",
                "",
            )
            asked = "under 1,000 MiB" if n_rows == SIZES[0] else "under 1,000 MiB and flat"
            yield "  peak memory", f"{told['peak_mib']} MiB", "", f"{peaks[-1] / peaks[0]:.2f}", asked
            path.unlink()
        a_table(path, SIZES[0])
        yield from parts(path)
    yield from hashing()


def a_table(path: Path, n_rows: int) -> None:
    """Write rows of random patients, a piece at a time."""
    random = np.random.default_rng(7)
    writer = None
    for first in range(0, n_rows, PIECE_ROWS):
        n = min(PIECE_ROWS, n_rows - first)
        days = random.integers(0, 25_000, n).astype("datetime64[D]")
        piece = pa.table(
            {
                "age": random.integers(0, 100, n).astype(float),
                "born": pa.array(days.astype(str)),
                "dose": random.random(n) * 20,
                "patient": pa.array([f"patient {first + i}" for i in range(n)]),
                "seen": pa.array(np.array(["no", "yes"])[random.integers(0, 2, n)]),
                "ward": pa.array(np.array([f"ward {i}" for i in range(40)])[random.integers(0, 40, n)]),
            }
        )
        writer = writer or pq.ParquetWriter(path, piece.schema)
        writer.write_table(piece)
    writer.close()


def in_a_process(path: Path) -> dict:
    """Return what a fresh process tells of sanitising one file."""
    program = "from tests.bench.tables import sanitise_alone; import sys; sanitise_alone(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def sanitise_alone(name: str) -> None:
    """Sanitise one file as the stage does, and print rows a second and this process's peak."""
    import resource
    from contextlib import ExitStack

    from tasks.adapters.datasets import OpenTable
    from tasks.adapters.run_folder import RunFolder
    from tasks.stages.sanitisation import TABLE, Passage
    from tasks.tabular.anonymity import Combinations

    with tempfile.TemporaryDirectory() as home, ExitStack() as stack:
        folder = RunFolder(Path(home), "t", "run")
        folder.path.mkdir(parents=True)
        staged = stack.enter_context(folder.staging(TABLE))
        passage = Passage(
            WANTED,
            Sanitiser(COLUMNS, "t", "g", PEPPER),
            Gate(COLUMNS),
            Combinations(WANTED.anonymity, WANTED.target),
        )
        started = time.perf_counter()
        table = OpenTable(stack.enter_context(open(name, "rb")), name, WANTED.sha256, 0)
        passage.through(table, staged)
        passage.sanitiser.outcomes()
        if passage.anonymity(staged, folder, stack)[0].smallest_after < 5:
            raise AssertionError("the rows do not hide; the figures mean nothing")
        if not all(one.success for one in passage.verdict(passage.n_read, 0)):
            raise AssertionError("the gate refuses the table; the figures mean nothing")
        wall_s = time.perf_counter() - started
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(json.dumps({"rows_per_s": passage.n_read / wall_s, "wall_s": wall_s, "peak_mib": peak_mib}))


def parts(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield seconds of each part over the same batches, and the gate beside bare detection."""
    with path.open("rb") as file:
        spent = {"read": seconds(lambda: [None for _ in read_batches(file, path.name)])}
        batches = list(read_batches(file, path.name))
    sanitiser, gate = Sanitiser(COLUMNS, "t", "g", PEPPER), Gate(COLUMNS)
    clean = []
    spent["sanitise"] = seconds(lambda: clean.extend(map(sanitiser.sanitised, batches)))
    n_rows = sum(map(len, batches))
    spent["gate"] = seconds(lambda: [gate.check(batch) for batch in clean])
    gate.outcomes(n_read=n_rows, n_suppressed=0, n_left=n_rows)
    spent["write"] = seconds(lambda: write(clean))
    whole = sum(spent.values())
    for name, each in spent.items():
        yield f"  {name}", f"{each:.2f} s", "a million rows", f"{each / whole:.0%}", ""
    some = clean[:4]
    bare, wrapped = in_turn(
        lambda: [detect(batch[name], name) for batch in some for name in batch.columns],
        lambda: [gate.check(batch) for batch in some],
        rounds=5,
    )
    n_rows = sum(map(len, some))
    rate = f"{n_rows / wrapped:,.0f} rows/s"
    yield (
        "gate (Great Expectations)",
        rate,
        f"bare {n_rows / bare:,.0f}",
        f"{bare / wrapped:.2f}",
        "at least 0.6",
    )


def write(clean: list[pd.DataFrame]) -> None:
    """Write sanitised batches as the stage does."""
    sink = pa.BufferOutputStream()
    tables = [pa.Table.from_pandas(batch, preserve_index=False) for batch in clean]
    with pq.ParquetWriter(sink, tables[0].schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def hashing() -> Iterator[tuple[str, ...]]:
    """Yield pseudonyms a second for values that are all different, and for few that repeat."""
    unique = pd.Series(
        pa.array([f"patient {i}" for i in range(BATCH_ROWS)]), dtype=pd.ArrowDtype(pa.large_string())
    )
    repeated = pd.concat([unique[:500]] * 131, ignore_index=True)
    key = b"k" * 32
    for name, values, asked in (("unique", unique, "150,000/s"), ("repeated", repeated, "5,000,000/s")):
        (spent,) = in_turn(lambda values=values: pseudonyms(values, key, "id"), rounds=7)
        yield f"pseudonymise, {name} values", f"{len(values) / spent:,.0f}/s", "", "", f"at least {asked}"
