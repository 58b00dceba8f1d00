"""The audit log: verification beside plain SHA-256 over the same lines, appends with fsync, bursts."""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median

from policy_checks.integrity import hash_chain
from policy_checks.integrity.log_evidence import LogFacts
from policy_checks.integrity.verification import Verification
from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog, Draft
from tests.bench.timing import ms, seconds
from tests.conftest import clean_environment
from tests.documents import PROJECT

N_ENTRIES, N_APPENDS, N_WRITERS, N_THREADS = 1_000_000, 1000, 8, 32
STAGES = ("admit", "sanitise", "train", "evaluate", "record", "report")
DIGEST = "sha256:" + sha256(b"bench").hexdigest()
WRITES = """
import sys, time
from pathlib import Path
from tasks.adapters.audit_log import AuditLog
log, slowest = AuditLog(Path(sys.argv[1])), 0.0
for n in range(int(sys.argv[2])):
    begun = time.perf_counter()
    log.append("intent", {"effect": "train"})
    slowest = max(slowest, time.perf_counter() - begun)
print(slowest)
"""


def measure(n_entries: int = N_ENTRIES, n_appends: int = N_APPENDS) -> Iterator[tuple[str, ...]]:
    """Yield rows about a log of so many entries, and about so many appends, of each of several writers too."""
    with a_folder() as folder:
        build(AuditLog(folder / "large"), n_entries)
        yield from verification(folder / "large", n_entries)
        yield from appends(AuditLog(folder / "small"), n_appends)
        slowest = max(several_writers(folder / "shared", n_appends))
        yield f"slowest append, {N_WRITERS} processes x {n_appends:,}", ms(slowest), "", "", "under 1 s"


@contextmanager
def a_folder() -> Iterator[Path]:
    """Give a folder of the benchmark's own; the log lies there, whatever the environment says."""
    before = os.environ.pop("ATOMQ_DATABASE_URL", None)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    finally:
        if before is not None:
            os.environ["ATOMQ_DATABASE_URL"] = before


def build(log: AuditLog, n_entries: int) -> None:
    """Fill a log with entries as runs write them."""
    for begin in range(0, n_entries, 5000):
        drafts = [draft for run in range(5000 // 14 + 1) for draft in a_run(f"t-{run % 5:016x}")]
        log.append_all(drafts[: min(5000, n_entries - begin)])
    log.close()


def a_run(tenant: str) -> list[Draft]:
    """Return what one run writes."""
    run = settings.new_id()
    manifest = "sha256:" + sha256(run.encode()).hexdigest()
    digests = dict.fromkeys(("decision", "envelope", "policy", "tariff", "tenants"), manifest)
    data = [("run.admitted", {**digests, "effect": "allow", "n_findings": 0})]
    for stage in STAGES:
        data += [("intent", {"effect": stage}), ("completed", {"effect": stage, "digest": manifest})]
    data.append(("run.completed", {"degraded": "no", "receipt": manifest}))
    return [Draft(kind, fields, tenant=tenant, run=run, manifest=manifest) for kind, fields in data]


def verification(home: Path, n_entries: int) -> Iterator[tuple[str, ...]]:
    """Yield what verifying cost a process that does nothing else."""
    words = [sys.executable, "-m", "tests.bench.audit", str(home)]
    done = subprocess.run(words, capture_output=True, check=True, cwd=PROJECT, env=clean_environment(home))
    told = json.loads(done.stdout)
    if told["n"] != n_entries:
        raise AssertionError(f"{told['n']} entries were verified, {n_entries} are there")
    rate, plain = n_entries / told["verify_s"], n_entries / told["hash_s"]
    what = f"verify {n_entries:,} entries (fields, chain, tree), a CPU second"
    yield (
        what,
        f"{rate:,.0f}/s",
        f"plain SHA-256 {plain:,.0f}/s",
        f"{plain / rate:.1f} times as long",
        "at least 250,000/s",
    )
    growth, size = told["growth_bytes"] / 2**20, told["bytes"] / 2**20
    yield "  memory while verifying", f"{growth:+.1f} MiB", f"{size:,.0f} MiB of lines", "", "flat"
    facts = n_entries / told["facts_s"]
    yield (
        "  and what they say of runs (`atomq verify`'s pass)",
        f"{facts:,.0f}/s",
        f"{told['facts_growth_bytes'] / told['n_runs']:,.0f} bytes a run",
        f"{rate / facts:.2f} times as long",
        "",
    )


def verify(home: Path) -> dict[str, float]:
    """Return CPU seconds of verifying, of hashing the same lines alone, and of gathering runs; and memory's growth."""
    log = AuditLog(home)
    first = next(log.lines())
    for _ in hash_chain.walk([first], hash_chain.Roots([1])):
        pass
    before = peak_bytes()
    roots = hash_chain.Roots([log.size()])
    begun = time.process_time()
    for _ in hash_chain.walk(log.lines(), roots):
        pass
    verify_s = time.process_time() - begun
    growth = peak_bytes() - before
    hash_s, n_bytes = 0.0, 0
    for rows in log.lines():
        bodies = [row[3] for row in rows]
        begun = time.process_time()
        for body in bodies:
            sha256(body).digest()
        hash_s += time.process_time() - begun
        n_bytes += sum(map(len, bodies))
    told = {"n": roots.frontier.size, "verify_s": verify_s, "hash_s": hash_s, "bytes": n_bytes}
    before, facts, begun = (
        peak_bytes(),
        LogFacts(Verification(), set(), witnessed=told["n"]),
        time.process_time(),
    )
    facts.read(log.lines)
    facts_s, facts_growth = time.process_time() - begun, peak_bytes() - before
    return told | {
        "growth_bytes": growth,
        "facts_s": facts_s,
        "facts_growth_bytes": facts_growth,
        "n_runs": len(facts.results),
    }


def peak_bytes() -> int:
    """Return the most memory that this process ever held; `getrusage` would count its parent's too."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]) * 1024


def appends(log: AuditLog, n: int) -> Iterator[tuple[str, ...]]:
    """Yield the time of single appends, and how much faster they are together."""
    one = lambda: log.append("intent", {"effect": "train"})  # noqa: E731
    spent = sorted(seconds(one) for _ in range(n))
    p99 = spent[min(n - 1, n * 99 // 100)]
    yield (
        "append, durable: p50 / p99 / slowest",
        f"{ms(median(spent))} / {ms(p99)} / {ms(spent[-1])}",
        "",
        "",
        "",
    )
    single = n / sum(spent)
    drafts = [Draft("intent", {"effect": "train"})] * N_THREADS
    batches = N_THREADS * (n // 10) / sum(seconds(lambda: log.append_all(drafts)) for _ in range(n // 10))
    threads = n / seconds(lambda: at_once(one, n))
    for what, rate in (
        (f"append_all of {N_THREADS}", batches),
        (f"append from {N_THREADS} threads", threads),
    ):
        yield (
            what,
            f"{rate:,.0f}/s",
            f"one by one {single:,.0f}/s",
            f"{rate / single:.1f} times",
            "at least 5 times",
        )


def at_once(work, n: int) -> None:
    """Do some work n times, shared among threads."""
    threads = [
        threading.Thread(target=lambda: [work() for _ in range(n // N_THREADS)]) for _ in range(N_THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def several_writers(home: Path, n: int) -> list[float]:
    """Return the slowest append of each process, in seconds."""
    words = [sys.executable, "-c", WRITES, str(home), str(n)]
    environment = clean_environment(home)
    writers = [
        subprocess.Popen(words, stdout=subprocess.PIPE, cwd=PROJECT, env=environment)
        for _ in range(N_WRITERS)
    ]
    return [float(writer.communicate()[0]) for writer in writers]


if __name__ == "__main__":
    print(json.dumps(verify(Path(sys.argv[1]))))
