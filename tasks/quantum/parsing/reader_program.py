"""The reading process: takes one text on stdin, answers on stdout, and ends; it reads no second one.

Its limits are set before the text is looked at. Start it as
`python -m tasks.quantum.parsing.reader_program N_QUBITS_MAX`; `reader` is the other side.
"""

import os
import resource
import signal
import sys

from policy_checks.circuit_text import TEXT_BYTES_MAX
from tasks.quantum.parsing.answer import encode, encode_refusal
from tasks.quantum.parsing.reading import program_of
from tasks.quantum.parsing.refusal import CircuitRefused

MEMORY_BYTES_MAX = 3 * 1024**3
CPU_S_MAX = 2
WALL_S_MAX = 3.0
"""The parent kills it before; this is for the case that the parent is gone."""


def main() -> None:
    """Read one text and write what it is."""
    _limit()
    text = sys.stdin.buffer.read(TEXT_BYTES_MAX + 1)
    unsent = memoryview(_answer(text, int(sys.argv[1])))
    while unsent:
        unsent = unsent[os.write(1, unsent) :]


def _answer(text: bytes, n_qubits_max: int) -> bytes:
    try:
        return encode(program_of(text, n_qubits_max=n_qubits_max))
    except CircuitRefused as refused:
        return encode_refusal(refused)
    except MemoryError:
        return encode_refusal(CircuitRefused("circuit-too-slow"))
    except BaseException:  # whatever it is, its text may quote the circuit
        return encode_refusal(CircuitRefused("circuit-unreadable"))


def _limit() -> None:
    """Bound memory, processor and wall time; from here on no file can be opened or written, no core left."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, WALL_S_MAX)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, CPU_S_MAX),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        _, allowed = resource.getrlimit(what)
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (bound, bound))


if __name__ == "__main__":
    main()
