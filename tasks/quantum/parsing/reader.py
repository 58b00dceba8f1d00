"""The parent's side of the reading process: a fresh one for each text, killed when it is late.

A process that has read a hostile text never reads another tenant's, and nothing that it answers is
believed before it was looked at.
"""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import ClassVar

from tasks.quantum.parsing.answer import ANSWER_BYTES_MAX, AnswerError, decode
from tasks.quantum.parsing.refusal import CircuitRefused
from tasks.quantum.parsing.source import text_of
from tasks.quantum.program import Program

CHUNK_BYTES = 1 << 16


class Reader:
    """Reads circuits' texts, each in a process of its own with bounded time and memory."""

    command: ClassVar[tuple[str, ...]] = (
        sys.executable, "-P", "-S", "-m", "tasks.quantum.parsing.reader_program",
    )  # fmt: skip
    verdict_s_max: ClassVar[float] = 2.2

    def read(self, text: bytes, *, n_qubits_max: int) -> Program:
        """Return the circuit that a text describes.

        Raises:
            CircuitRefused: the text is no circuit, more than is allowed, or was not read in time.
        """
        deadline = monotonic() + self.verdict_s_max
        n_lines = text_of(text).count("\n") + 1
        try:
            payload = self._asked(text, n_qubits_max, deadline)
            answer = decode(payload, n_lines=n_lines, n_qubits_max=n_qubits_max)
        except (AnswerError, OSError):
            raise CircuitRefused("circuit-too-slow") from None
        if isinstance(answer, CircuitRefused):
            raise answer
        return answer

    def _asked(self, text: bytes, n_qubits_max: int, deadline: float) -> bytes:
        """Return what a fresh process answers before the deadline; it is gone afterwards."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            process = subprocess.Popen(  # noqa: S603 (a fixed command of this package, no shell)
                [*self.command, str(n_qubits_max)],
                stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL,
                cwd="/", env=_environment(), close_fds=True, start_new_session=True,
            )  # fmt: skip
            theirs.close()
            try:
                return _exchanged(ours, text, deadline)
            finally:
                with suppress(ProcessLookupError):  # what it may have started is ended with it
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def read(text: bytes, *, n_qubits_max: int) -> Program:
    """Return the circuit that an OpenQASM 2 or 3 text describes, read where it can do no harm.

    Args:
        text: as the author wrote it, of any size and content.
        n_qubits_max: the widest circuit that the tenant may have.

    Raises:
        CircuitRefused: with a stable code, the line it speaks of and a remedy; within 2.5 s.
    """
    return Reader().read(text, n_qubits_max=n_qubits_max)


def _exchanged(ours: socket.socket, text: bytes, deadline: float) -> bytes:
    answer = bytearray()
    _until(ours, deadline)
    ours.sendall(text)
    ours.shutdown(socket.SHUT_WR)
    while chunk := _until(ours, deadline).recv(CHUNK_BYTES):
        answer += chunk
        if len(answer) > ANSWER_BYTES_MAX:
            raise AnswerError
    return bytes(answer)


def _until(ours: socket.socket, deadline: float) -> socket.socket:
    """Return the socket, which waits no longer than until a moment of the monotonic clock."""
    left_s = deadline - monotonic()
    if left_s <= 0:
        raise TimeoutError
    ours.settimeout(left_s)
    return ours


def _environment() -> dict[str, str]:
    return {"LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[3])}
