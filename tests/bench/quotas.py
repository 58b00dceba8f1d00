"""What quotas cost a run: booking and renewing, alone and with seven other processes, over a full window."""

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from policy_checks.quotas import limits_of
from policy_checks.schemas.quota import Needs
from tasks.adapters.quota_ledger import QuotaLedger
from tests.documents import the_tenants

RUNS, WINDOW, CROWD = 100, 900, 8
ALONE_S, CROWDED_S = 0.1, 1.0
NEEDS = Needs(ccu=1.0, quantum_s=0.1, neural_s=0.1, storage_bytes=1)


def measure() -> Iterator[tuple[str, ...]]:
    """Yield seconds of each step beside a window that is nearly full, and of a crowd."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = QuotaLedger(Path(folder))
        for n in range(WINDOW):
            _booked(ledger, f"earlier-{n}")
            ledger.settle(f"earlier-{n}", NEEDS)
        steps = {
            "ask": lambda run: ledger.ask(run, run, NEEDS, _limits()),
            "reserve": lambda run: _booked(ledger, run),
            "renew": ledger.renew,
            "settle": lambda run: ledger.settle(run, Needs()),
        }
        seen: dict[str, list[float]] = {name: [] for name in steps}
        for n in range(RUNS):
            for name, step in steps.items():
                begun = time.perf_counter()
                step(f"now-{n}")
                seen[name].append(time.perf_counter() - begun)
        for name, seconds in seen.items():
            yield _row(f"{name}, {WINDOW} runs in the window", np.array(seconds), ALONE_S)
        yield _row(f"reserve, {CROWD} processes at once", _crowd(Path(folder)), CROWDED_S)


def _row(what: str, seconds: np.ndarray, most_s: float) -> tuple[str, ...]:
    median, late = np.median(seconds), np.quantile(seconds, 0.99)
    told = f"under {most_s * 1e3:.0f} ms: {'yes' if late < most_s else 'NO'}"
    return what, f"{median * 1e3:.1f} ms", f"99 %: {late * 1e3:.1f} ms", "", told


def _crowd(folder: Path) -> np.ndarray:
    context = multiprocessing.get_context("fork")
    with context.Pool(CROWD) as pool:
        return np.concatenate(pool.starmap(_worker, [(folder, n) for n in range(CROWD)]))


def _worker(folder: Path, number: int) -> list[float]:
    ledger, seconds = QuotaLedger(folder), []
    for n in range(RUNS // CROWD):
        begun = time.perf_counter()
        _booked(ledger, f"{number}-{n}")
        seconds.append(time.perf_counter() - begun)
        ledger.settle(f"{number}-{n}", Needs())
    return seconds


def _booked(ledger: QuotaLedger, run: str) -> None:
    ledger.reserve(run, run, NEEDS, _limits())


def _limits():
    limits = limits_of(the_tenants().tenants[0])
    limits.most["runs_at_once"] = float(CROWD)
    return limits
