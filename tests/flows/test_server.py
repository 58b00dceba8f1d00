"""A run's own Prefect server: what its event loop must never do."""

import subprocess
import sys

GARBAGE = """
import threading, time
from flows.server import collect_elsewhere

class Circle:
    freed = set()

    def __init__(self):
        self.me = self

    def __del__(self):
        self.freed.add(threading.get_ident())

collect_elsewhere()
deadline = time.monotonic() + 60
while not Circle.freed and time.monotonic() < deadline:
    for _ in range(10_000):
        Circle()
print(len(Circle.freed), threading.get_ident() in Circle.freed)
"""


def test_garbage_is_freed_and_never_by_the_thread_that_runs_the_event_loop():
    done = subprocess.run([sys.executable, "-c", GARBAGE], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "False"], done.stderr
