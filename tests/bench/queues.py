"""Whether a tenant waits longer because another has a long queue: two tenants under `atomq up`, a run at a time each."""

import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from tasks.adapters.ring_store import KeyStore
from tasks.stages import trust
from tests.desk import OURS, THEIRS, begin
from tests.stack import Stack

SHORT, LONG = 20, 200
ROUNDS, EACH = 4, 4
RATIO_MAX = 1.3
POLL_S = 0.2
RESAMPLES, SEED = 10_000, 7
BUSY = {"parameters": {"dataset": "breast-cancer"}}
DENIED = {"parameters": {"dataset": "nobodys"}, "enforce_parameter_schema": False}


def measure() -> Iterator[tuple[str, ...]]:
    """Yield one row: the wait behind a long queue of the other's beside that behind a short one."""
    with tempfile.TemporaryDirectory() as folder:
        home = begin(Path(folder)).home
        with Stack(home) as stack:
            ours, theirs = (_deployment(stack, home, tenant) for tenant in (OURS, THEIRS))
            seen = _interleaved(stack, ours, theirs)
    short, long = np.array(seen[SHORT]), np.array(seen[LONG])
    low, high = interval(short, long)
    yield (
        f"submit to Running, {LONG} runs of another tenant waiting",
        f"{np.median(long):.2f} s",
        f"{SHORT} waiting: {np.median(short):.2f} s; {len(long)} of each",
        f"{np.median(long) / np.median(short):.2f} ({low:.2f}-{high:.2f})",
        f"under {RATIO_MAX}: {'yes' if high < RATIO_MAX else 'NO'}",
    )


def interval(short: np.ndarray, long: np.ndarray) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the ratio of medians."""
    rng = np.random.default_rng(SEED)
    medians = [np.median(rng.choice(one, (RESAMPLES, len(one))), axis=1) for one in (long, short)]
    low, high = np.quantile(medians[0] / medians[1], (0.025, 0.975))
    return float(low), float(high)


def _interleaved(stack: Stack, ours: str, theirs: str) -> dict[int, list[float]]:
    """Return seconds to start by length of the other's queue, measured in turns."""
    stack.wait(_submit(stack, ours, BUSY), "RUNNING")
    (holding,) = stack.running("deployments.child")
    holding.suspend()  # It keeps its tenant's slot, and takes no core.
    try:
        waiting, seen = list[str](), dict[int, list[float]]({SHORT: [], LONG: []})
        for _ in range(ROUNDS):
            for length in (SHORT, LONG):
                _fill(stack, ours, waiting, length)
                _starts_in(stack, theirs)  # The server still digests what was submitted just now.
                seen[length] += [_starts_in(stack, theirs) for _ in range(EACH)]
                assert stack.run(waiting[-1])["state_type"] == "SCHEDULED", "the queue has moved"
        return seen
    finally:
        holding.kill()


def _fill(stack: Stack, deployment: str, waiting: list[str], length: int) -> None:
    """Make or delete runs until so many wait."""
    while len(waiting) < length:
        waiting.append(_submit(stack, deployment, BUSY))
    while len(waiting) > length:
        assert stack.api("DELETE", f"/flow_runs/{waiting.pop()}").status == 204


def _starts_in(stack: Stack, deployment: str) -> float:
    """Return the seconds from a run's submission to its start, as the server saw them, once it has ended."""
    done = stack.wait(_submit(stack, deployment, DENIED))
    assert done["state_name"] == "Denied", done["state"]
    while len(stack.running("deployments.child")) > 1:
        time.sleep(POLL_S)
    return (
        datetime.fromisoformat(done["start_time"]) - datetime.fromisoformat(done["created"])
    ).total_seconds()


def _deployment(stack: Stack, home: Path, tenant: str) -> str:
    (pseudonym,) = trust.pseudonyms(KeyStore(home), [tenant])
    return str(stack.deployment("hybrid-run", pseudonym)["id"])


def _submit(stack: Stack, deployment: str, request: dict[str, Any]) -> str:
    made = stack.api("POST", f"/deployments/{deployment}/create_flow_run", request)
    assert made.status == 201, made
    return str(made.json["id"])
