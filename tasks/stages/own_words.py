"""What goes wrong is told in our own words: a code and a place in our code, and nothing personal."""

from collections.abc import Iterator
from contextlib import contextmanager

from policy_checks.errors import AtomqError, IntegrityError, ManifestError, StageError, UnavailableError
from tasks.adapters.faults import translated

LEFT_OUT = "What was found is left out here: it holds what looks like personal data."
REMEDY = "Look at what was handed in; `atomq scan` says which entity was found where."
BRANCHES = (ManifestError, IntegrityError, UnavailableError, StageError)


@contextmanager
def own_words(where: str) -> Iterator[None]:
    """Let no exception but atomq's own pass, and none that says something personal.

    Prefect keeps the text of what a task or flow raises, with everything that led to it.

    Raises:
        AtomqError: in the place of whatever was raised; interruptions and Prefect's own signals pass.
    """
    try:
        yield
    except BaseException as error:
        raise told(error, where) from None


def told(error: BaseException, where: str) -> BaseException:
    """Return an error as it may be told; an interruption stays what it is."""
    fault = translated(error, where)
    if not isinstance(fault, AtomqError) or not says_something_personal(f"{fault.message} {fault.remedy}"):
        return fault
    branch = next(branch for branch in (*BRANCHES, StageError) if isinstance(fault, branch))
    return branch(fault.code, LEFT_OUT, REMEDY)


def said(text: str) -> str:
    """Return a text of ours as it may be said: nothing of it if it holds personal data."""
    return LEFT_OUT if says_something_personal(text) else text


def says_something_personal(text: str) -> bool:
    """Return whether the detector finds anything in a text of ours, or cannot say."""
    from tasks.tabular.outgoing import found_in

    try:
        return bool(found_in(text))
    except Exception:
        return True
