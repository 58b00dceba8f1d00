"""Log lines, warnings and what ends a thread: our own lines as they are, a library's without what it says.

Each record of Python's logging is made by one factory, whoever logs and wherever it goes: to Prefect's API,
to the worker's log, to a terminal. So that is where values are kept out.
"""

import logging
import re
import sys
import threading
import warnings
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TextIO

from policy_checks.errors import AtomqError
from tasks.adapters.faults import described
from tasks.stages.own_words import LEFT_OUT, said, says_something_personal

OURS, PREFECT = "atomq", "prefect"
CLOSED = re.compile(r"[a-z0-9:_.-]{1,80}")
LOGGER = logging.getLogger(OURS)
SEARCHING = threading.local()


def keep_values_out() -> None:
    """Let no log line, warning or hook of this process repeat what a library says of the data."""
    logging.setLogRecordFactory(_record)
    logging.raiseExceptions = False
    warnings.showwarning = _warned
    sys.excepthook = _ended
    sys.unraisablehook = lambda fault: _noted("left behind", fault.exc_value)
    threading.excepthook = lambda fault: _noted("a thread ended", fault.exc_value)


def _record(
    name: str,
    level: int,
    path: str,
    line: int,
    message: object,
    args: Any,
    exc_info: Any,
    function: str | None = None,
    stack: str | None = None,
    **_: Any,
) -> logging.LogRecord:
    raised = exc_info[1] if isinstance(exc_info, tuple) else None
    because = "" if raised is None else f" ({described(raised)})"
    text = _told(name.split(".")[0], name, message, args) + because
    return logging.LogRecord(name, level, path, line, text, (), None, function)


def _told(root: str, name: str, message: object, args: Any) -> str:
    """Return what may be logged: a code with closed fields of ours, what Prefect says of runs, else only who spoke."""
    if root not in (OURS, PREFECT):
        return f"a line of {name} is left out"
    values = tuple(args.values()) if isinstance(args, Mapping) else args
    if isinstance(message, BaseException) or not all(_may_stand(one, closed=root == OURS) for one in values):
        return "a line is left out: it quotes what is no code or number"
    try:
        text = logging.LogRecord(name, 0, "", 0, message, args, None).getMessage()
    except (TypeError, ValueError, KeyError):
        return "a line is left out: it does not fit its values"
    return LEFT_OUT if _is_personal(text) else text


def _may_stand(value: object, *, closed: bool) -> bool:
    if isinstance(value, BaseException):
        return isinstance(value, AtomqError)
    return not closed or isinstance(value, int | float) or CLOSED.fullmatch(str(value)) is not None


def _is_personal(text: str) -> bool:
    """Search a line; what is logged while it is searched is left out unseen."""
    if getattr(SEARCHING, "now", False):
        return True
    SEARCHING.now = True
    try:
        return says_something_personal(text)
    finally:
        SEARCHING.now = False


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Tell that a library warned, and of what kind; what it says may quote a cell."""
    LOGGER.debug("a library warned: %s", category.__name__.lower())


def _ended(kind: type[BaseException], raised: BaseException, _: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("Interrupted.\n")
    else:
        _noted("ended", raised)


def _noted(what: str, raised: BaseException | None) -> None:
    if raised is None or isinstance(raised, SystemExit):
        return
    told = said(str(raised)) if isinstance(raised, AtomqError) else described(raised)
    sys.stderr.write(f"{what}: {told}\n")
