"""The reading process under its own limits: what they stop, tried from inside."""

import subprocess
import sys

import pytest

BEGIN = "from tasks.quantum.parsing.reader_program import _limit\n_limit()\n"
ATTEMPTS = {
    "memory": "try:\n    bytearray(4 * 1024**3)\nexcept MemoryError:\n    print('stopped')",
    "a file of the machine": "try:\n    open('/etc/hostname')\nexcept OSError:\n    print('stopped')",
    "a socket": "import socket\ntry:\n    socket.socket()\nexcept OSError:\n    print('stopped')",
}


def tried(program: str) -> subprocess.CompletedProcess[str]:
    # Imported before the limits are set: afterwards no file can be opened, a module's neither.
    return subprocess.run(
        [sys.executable, "-c", f"import resource, socket\n{BEGIN}{program}"], capture_output=True, text=True
    )


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_text_that_took_the_process_over_finds_a_closed_door(name):
    assert tried(ATTEMPTS[name]).stdout == "stopped\n"


def test_a_loop_without_end_is_stopped_by_the_processor_limit():
    assert tried("while True: pass").returncode < 0
