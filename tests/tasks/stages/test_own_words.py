"""Whatever goes wrong, what is told, logged and kept is a code and a place in our code."""

import re
import subprocess
import sys

import pytest

from policy_checks.errors import AtomqError, IntegrityError, ManifestError, StageError, UnavailableError
from tasks.adapters.faults import described
from tasks.adapters.submission import parse_toml
from tasks.quantum.worker import WorkerLost
from tasks.stages.own_words import LEFT_OUT, own_words, said, told
from tests.documents import PROJECT

CELL = "Zoë Quist, call +49 151 23456789"
HOOKS = """
import logging, sys, threading, warnings, asyncio, gc
from tasks.stages.log_lines import keep_values_out
keep_values_out()
cell = {cell!r}
def fail(*_): raise ValueError(cell)
{act}
"""


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    "foreign",
    [ValueError(CELL), KeyError(CELL), OSError(5, CELL), UnicodeDecodeError("utf-8", CELL.encode(), 0, 1, CELL),
     RuntimeError({"row": CELL}), ExceptionGroup(CELL, [ValueError(CELL)]), MemoryError(CELL)],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_nothing_that_a_library_says_is_told(foreign):
    with pytest.raises(AtomqError) as caught, own_words("stage train"):
        raise foreign
    assert "Zoë" not in str(caught.value)
    assert "23456789" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_foreign_exception_is_told_by_class_and_our_own_places():
    fault = told(raised(ValueError(CELL)), "stage train")
    assert isinstance(fault, StageError)
    assert fault.code == "internal-fault"
    assert "stage train ended with ValueError" in fault.message


def test_places_are_those_of_our_own_code_only():
    inside = raised(ValueError(CELL))
    assert described(inside) == "ValueError"
    with pytest.raises(ManifestError) as caught:
        parse_toml(b"[")
    assert re.fullmatch(r"ManifestError at tasks/adapters/submission[.]py:\d+", described(caught.value))


@pytest.mark.parametrize("branch", [ManifestError, IntegrityError, StageError, UnavailableError])
def test_our_own_error_keeps_branch_and_code_but_not_somebody(branch):
    fault = told(branch("some-code", f"found {CELL}", "change it"), "anywhere")
    assert type(fault) is branch
    assert (fault.code, fault.message) == ("some-code", LEFT_OUT)


def test_an_error_that_says_nothing_personal_stays_itself():
    error = WorkerLost("quantum-deadline", "The circuits were not done in the 2.00 s allowed.")
    assert told(error, "anywhere") is error


@pytest.mark.parametrize("signal", [KeyboardInterrupt(), SystemExit(3)], ids=["interrupt", "exit"])
def test_an_interruption_stays_what_it_is(signal):
    with pytest.raises(type(signal)), own_words("anywhere"):
        raise signal


def test_a_text_that_cannot_be_searched_is_left_out(monkeypatch):
    def broken(text: str) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr("tasks.tabular.outgoing.found_in", broken)
    assert said("anything") == LEFT_OUT


@pytest.mark.parametrize(
    ("act", "tells"),
    [
        pytest.param("fail()", "ended: ValueError", id="uncaught"),
        pytest.param("t = threading.Thread(target=fail); t.start(); t.join()", "a thread ended: ValueError", id="thread"),
        pytest.param("class C: __del__ = fail\nC(); gc.collect()", "left behind: ValueError", id="finaliser"),
        pytest.param("warnings.warn(cell)", "", id="warning"),
        pytest.param("logging.getLogger('pandas').error('bad %s', cell)", "a line of pandas is left out", id="library"),
        pytest.param("logging.getLogger('atomq').error('bad %s', cell)", "a line is left out", id="our-logger"),
        pytest.param("logging.getLogger('atomq').error('%s %s %d %.2f', 'train', 'sha256:ab', 3, 1.5)",
                     "train sha256:ab 3 1.50", id="codes-and-numbers"),
        pytest.param("logging.getLogger('prefect.task_runs').error('bad %s', cell)", LEFT_OUT, id="prefect"),
        pytest.param("logging.getLogger('prefect.task_runs').error('x %r', ValueError('Zoë Quist'))",
                     "a line is left out", id="prefect-quotes-an-exception"),
        pytest.param("logging.getLogger('prefect').error('no %s %s', cell)", "does not fit", id="unfit-line"),
        pytest.param("try: fail()\nexcept ValueError: logging.getLogger('prefect').exception('oh')",
                     "oh (ValueError)", id="traceback"),
        pytest.param("async def f(): asyncio.get_running_loop().call_soon(fail); await asyncio.sleep(.1)\nasyncio.run(f())",
                     "a line of asyncio is left out", id="asyncio"),
        pytest.param("logging.getLogger('atomq').error('%(a)s', {'a': cell})", "a line is left out", id="mapping"),
    ],
)  # fmt: skip
def test_no_hook_of_python_repeats_what_is_in_a_cell(act, tells):
    code = HOOKS.format(cell=CELL, act=act)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    assert tells in done.stderr
    assert "Zoë" not in done.stdout + done.stderr
    assert "23456789" not in done.stdout + done.stderr
