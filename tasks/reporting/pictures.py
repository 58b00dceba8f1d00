"""Every picture of a run, drawn from its results alone: nothing here has seen a row."""

from collections.abc import Callable, Sequence

from policy_checks.schemas.artifacts import CircuitResults
from tasks.reporting import curve_pictures, interval_pictures
from tasks.reporting.look import Picture, styled

__all__ = ["Picture", "draw"]

ORDER = ("comparison", "difference", "roc", "calibration", "confusion", "latency")
CURVED = {"roc", "calibration", "confusion"}
ORDER_DEGRADED = ("comparison", "confusion", "roc", "calibration", "latency")


def draw(results: CircuitResults, classes: Sequence[str]) -> dict[str, Picture]:
    """Return the pictures by name, in reading order.

    A degraded run has no hybrid answer, so there `difference` is absent and the others show the
    neural head and the classical models only; where the results have no curves, their pictures are absent.

    Args:
        classes: the target's labels in the order of the confusion matrix.
    """
    drawers: dict[str, Callable[[], Picture]] = {
        "comparison": lambda: interval_pictures.comparison(results),
        "difference": lambda: interval_pictures.difference(results),
        "roc": lambda: curve_pictures.roc(results),
        "calibration": lambda: curve_pictures.calibration(results),
        "confusion": lambda: curve_pictures.confusion(results, classes),
        "latency": lambda: interval_pictures.latency(results),
    }
    order = ORDER_DEGRADED if results.degraded else ORDER
    with styled():
        return {name: drawers[name]() for name in order if results.curves or name not in CURVED}
