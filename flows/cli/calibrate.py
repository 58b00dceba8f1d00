"""`calibrate`: what simulations cost on this machine."""

import time
from typing import TYPE_CHECKING, Any

from flows.cli.terminal import console, errors, reported, show_json, table

if TYPE_CHECKING:
    from policy_checks.schemas.calibration import Calibration

EVERY_S = 2.0
PARTS = {
    "gate_s": "a gate",
    "amplitude_s": "a gate on an amplitude",
    "far_amplitude_s": "the same beyond the cache",
    "noisy_amplitude_s": "a noisy gate on a matrix element",
    "circuit_s": "a circuit",
    "call_s": "a request",
}


class _Progress:
    """Says on standard error how far the measuring is, at most every two seconds."""

    def __init__(self) -> None:
        self._due = time.monotonic() + EVERY_S

    def stage(self, name: str) -> None:
        """Measuring has one stage only."""

    def advance(self, done: int, total: int, what: str) -> None:
        """Print one line when it is due."""
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + EVERY_S
            errors.print(f"{done} of {total} {what}", style="dim")


def calibrate_command(*, as_json: bool) -> None:
    """Measure, keep and print this machine's cost model."""
    with reported(as_json):
        from tasks.adapters import settings
        from tasks.stages import calibration, progress

        place = settings.load()
        place.prepare_home()
        progress.observe(_Progress())
        found = calibration.calibrate(place.home, settings.now())
        if as_json:
            show_json(found.model_dump(mode="json"))
        else:
            _show(found)


def _show(found: "Calibration") -> None:
    model: dict[str, Any] = found.model.model_dump()
    costs = table("a simulation's", "processor time")
    for name, words in PARTS.items():
        costs.add_row(words, f"{model[name] * 1e9:,.2f} ns")
    console.print(costs)
    console.print(
        f"{found.n_measured} circuits measured on {found.cpu}; a prediction holds within "
        f"{1 / found.model.spread:.2f} to {found.model.spread:.2f} times its value."
    )
    console.print("\nNext: predictions of `atomq check` and `atomq inspect` count with these figures.")
