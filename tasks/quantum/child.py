"""A child process that speaks frames over its stdin and stdout, and can be killed at any moment."""

import os
import selectors
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from tasks.quantum.frames import CHUNK_BYTES, Frame, FrameDecoder

REAP_S = 5.0


class Child:
    """One process, started at once, with a scrubbed environment and two non-blocking pipes.

    It inherits neither the descriptors nor the variables of the parent: no key, path or setting
    of the run reaches it.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 (a fixed command of this package, no shell)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=_environment(),
            close_fds=True,
        )
        for descriptor in self._pipes():
            os.set_blocking(descriptor, False)

    @property
    def pid(self) -> int | None:
        """Return the process id while the process lives."""
        return self._process.pid if self._process.poll() is None else None

    def exchange(self, request: bytes, deadline: float) -> Frame:
        """Send a request, which may be empty, and return the one frame that answers it.

        Neither direction can block past the deadline: a stopped process fills its pipe.

        Args:
            request: an encoded frame.
            deadline: a moment of the monotonic clock, in seconds.

        Raises:
            TimeoutError: the deadline passed; the answer may still come, so kill the process.
            EOFError: the process ended or closed its side.
            FrameError: the answer is no frame.
        """
        decoder, unsent = FrameDecoder(), memoryview(request)
        stdin, stdout = self._pipes()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if unsent:
                selector.register(stdin, selectors.EVENT_WRITE)
            while (left_s := deadline - monotonic()) > 0:
                for key, _ in selector.select(left_s):
                    if key.fd == stdin:
                        unsent = unsent[_written(stdin, unsent) :]
                        if not unsent:
                            selector.unregister(stdin)
                    elif frame := _received(stdout, decoder):
                        return frame
        raise TimeoutError

    def kill(self) -> None:
        """End the process at once and reap it."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        # A process that hangs in the kernel dies later; waiting for it would pass the hang on.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(REAP_S)

    def _pipes(self) -> tuple[int, int]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        return stdin.fileno(), stdout.fileno()


def _written(stdin: int, unsent: memoryview) -> int:
    try:
        return os.write(stdin, unsent)
    except BrokenPipeError:
        raise EOFError from None


def _received(stdout: int, decoder: FrameDecoder) -> Frame | None:
    chunk = os.read(stdout, CHUNK_BYTES)
    if not chunk:
        raise EOFError
    return decoder.feed(chunk)


def _environment() -> Mapping[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
