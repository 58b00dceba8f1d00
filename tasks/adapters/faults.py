"""Foreign exceptions, translated once: what they say may quote a cell of the table."""

import os
import traceback
from pathlib import Path

from policy_checks.errors import AtomqError, StageError
from tasks.adapters.files import unwritable

CODE = "internal-fault"
PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("flows", "tasks", "deployments", "policy_checks")
PLACES_SHOWN_MAX = 4


def translated(error: BaseException, where: str) -> BaseException:
    """Return the error in atomq's own words; an interruption stays what it is."""
    if isinstance(error, AtomqError) or not isinstance(error, Exception):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        # What a library says of the place, an adapter's own path or a cell among it, stays out.
        return unwritable(OSError(error.errno, os.strerror(error.errno)))
    if isinstance(error, MemoryError):
        return StageError("memory-exhausted", f"Memory ran out in {where}.", "Use fewer rows or qubits.")
    return StageError(
        CODE,
        f"{where} ended with {described(error)}.",
        "Report this with the run id; the table's content was left out of this message on purpose.",
    )


def described(error: BaseException) -> str:
    """Return an exception's class and where in our own code it passed: neither its text nor any value."""
    frames = traceback.walk_tb(error.__traceback__)
    passed = [place for frame, line in frames if (place := _place(frame.f_code.co_filename, line))]
    shown = ", ".join(passed[-PLACES_SHOWN_MAX:])
    return f"{type(error).__name__} at {shown}" if shown else type(error).__name__


def _place(file: str, line: int) -> str | None:
    path = Path(file)
    if not path.is_relative_to(PROJECT) or path.relative_to(PROJECT).parts[0] not in ROOMS:
        return None
    return f"{path.relative_to(PROJECT)}:{line}"
