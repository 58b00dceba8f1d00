"""Processes that end when the one that started them does, however that ends.

The parent keeps the writing end of their standard input; the kernel closes it when the parent is gone.
"""

import os
import sys
import threading

DRAIN_S = 30  # how long a worker that is told to end lets its runs go on
KILL_S = 5  # how long they may take after that


def end_with_parent() -> None:
    """End this process at once when standard input closes; nothing is read from it."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os._exit(os.EX_UNAVAILABLE)

    threading.Thread(target=watch, daemon=True).start()
