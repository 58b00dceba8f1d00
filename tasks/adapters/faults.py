"""Foreign exceptions, translated once: what they say may quote a cell of the table."""

import traceback
from pathlib import Path

from policy_checks.errors import AtomqError, StageError
from tasks.adapters.files import unwritable


def translated(error: BaseException, where: str) -> BaseException:
    """Return the error in atomq's own words; an interruption stays what it is."""
    if isinstance(error, AtomqError) or not isinstance(error, Exception):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return unwritable(error)
    if isinstance(error, MemoryError):
        return StageError("memory-exhausted", f"Memory ran out in {where}.", "Use fewer rows or qubits.")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return StageError(
        "crashed",
        f"{where} ended with {type(error).__name__} at {place}.",
        "Report this with the run id; the table's content was left out of this message on purpose.",
    )
