"""Tell whoever watches how far a run has come, and hear whether it shall stop."""

from typing import Protocol


class Observer(Protocol):
    """Somebody who watches a run; the command line draws a bar, tests collect."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def advance(self, done: int, total: int, what: str) -> None:
        """Within the stage, `done` of `total` steps are behind; `what` names them."""


class Silent:
    """Nobody watches."""

    def stage(self, name: str) -> None:
        """Ignore the stage."""

    def advance(self, done: int, total: int, what: str) -> None:
        """Ignore the step."""


_observer: Observer = Silent()
_interrupted = False


def observe(observer: Observer) -> None:
    """Let this observer hear of everything from now on, in this process."""
    global _observer  # noqa: PLW0603
    _observer = observer


def interrupt() -> None:
    """Remember that somebody wants the run to stop.

    An exception raised by a signal handler is lost where the interpreter runs a finaliser; so the
    next step asks, too.
    """
    global _interrupted  # noqa: PLW0603
    _interrupted = True


def stage(name: str) -> None:
    """Say that a stage begins.

    Raises:
        KeyboardInterrupt: somebody wants the run to stop.
    """
    _go_on()
    _observer.stage(name)


def advance(done: int, total: int, what: str) -> None:
    """Say that a step of the present stage is done.

    Raises:
        KeyboardInterrupt: somebody wants the run to stop.
    """
    _go_on()
    _observer.advance(done, total, what)


def _go_on() -> None:
    if _interrupted:
        raise KeyboardInterrupt
