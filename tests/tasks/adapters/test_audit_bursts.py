"""Many writers at once, and writers that are killed: no fork, no loss, no duplicate."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.adapters.audit_log import AuditLog, event_of
from tests.documents import PROJECT

N_WRITERS, N_APPENDS = 8, 1000
N_KILLED_WRITERS, N_KILLS = 4, 40
PATIENCE_S = 120
APPENDS = """
import sys
from pathlib import Path
from tasks.adapters.audit_log import AuditLog
log = AuditLog(Path(sys.argv[1]))
for n in range(int(sys.argv[3])):
    log.append("intent", {"effect": f"w{sys.argv[2]}-{n}"})
"""
APPENDS_UNTIL_KILLED = """
import os, sys
from itertools import count
from pathlib import Path
from tasks.adapters.audit_log import AuditLog, event_of
log, writer = AuditLog(Path(sys.argv[1])), sys.argv[2]
told = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for n in count(int(sys.argv[4])):
    entry = log.append("intent", {"effect": f"w{writer}-{n}"}, event=event_of("burst", writer, str(n)))
    os.write(told, f"{entry.event}\\n".encode())
"""


@pytest.fixture(autouse=True)
def in_a_file(monkeypatch):
    monkeypatch.delenv("ATOMQ_DATABASE_URL", raising=False)


def python(program: str, *words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program, *map(str, words)], cwd=PROJECT)


def effects(home: Path) -> list[str]:
    """What was logged, in order, after the chain was checked."""
    return [str(entry.data["effect"]) for entry in AuditLog(home).entries()]


def test_eight_processes_append_a_thousand_entries_each_without_fork_loss_or_duplicate(tmp_path):
    writers = [python(APPENDS, tmp_path, number, N_APPENDS) for number in range(N_WRITERS)]
    assert [writer.wait(timeout=PATIENCE_S) for writer in writers] == [0] * N_WRITERS
    found = effects(tmp_path)
    assert sorted(found) == sorted(f"w{w}-{n}" for w in range(N_WRITERS) for n in range(N_APPENDS))
    for number in range(N_WRITERS):
        own = [effect for effect in found if effect.startswith(f"w{number}-")]
        assert own == [f"w{number}-{n}" for n in range(N_APPENDS)]


@dataclass
class Writer:
    """One that appends known events, tells each after its append returned, and goes on there when restarted."""

    home: Path
    number: int

    def start(self) -> None:
        told = self.home / f"told-{self.number}"
        self.n_before = len(self.acknowledged())
        self.process = python(APPENDS_UNTIL_KILLED, self.home, self.number, told, self.n_before)

    def acknowledged(self) -> list[str]:
        told = self.home / f"told-{self.number}"
        return told.read_text().split() if told.exists() else []

    def wait_until_it_appends(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while len(self.acknowledged()) == self.n_before:
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE_S)


def test_forty_kills_among_four_writers_lose_nothing_that_was_acknowledged(tmp_path):
    moments, writers = random.Random(0), [Writer(tmp_path, number) for number in range(N_KILLED_WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for round_ in range(N_KILLS):
            victim = writers[round_ % N_KILLED_WRITERS]
            victim.wait_until_it_appends()
            time.sleep(moments.uniform(0, 0.02))
            victim.kill()
            victim.start()
        for writer in writers:
            writer.wait_until_it_appends()
    finally:
        for writer in writers:
            writer.kill()
    found = effects(tmp_path)
    assert max(Counter(found).values()) == 1
    log = AuditLog(tmp_path)
    for writer in writers:
        told = writer.acknowledged()
        assert told == [event_of("burst", str(writer.number), str(n)) for n in range(len(told))]
        assert all(log.find(event) for event in told[:: max(1, len(told) // 50)])
        own = [effect for effect in found if effect.startswith(f"w{writer.number}-")]
        assert own == [f"w{writer.number}-{n}" for n in range(len(own))]
        # The last one may have been written without a chance to tell.
        assert len(told) <= len(own) <= len(told) + 1
