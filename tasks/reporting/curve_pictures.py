"""Pictures of curves and counts: ROC, calibration, confusion."""

from collections.abc import Mapping, Sequence
from math import floor, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from policy_checks.schemas.artifacts import CircuitResults, Scores
from tasks.reporting.look import INK, Picture, canvas, drawn_labels, look_of, settled, square
from tasks.reporting.models import answered_by, named, scored

ZOOM_AUC_MIN = 0.9
ZOOM = 0.25
FALSE_POSITIVE_RATE = 0.05
Z_95 = 1.959964
N_CLASSES_LARGE = 4
LABEL_CHARS_LEVEL_MAX = 40


def roc(results: CircuitResults) -> Picture:
    """Draw how many positives each model finds at each rate of false alarms."""
    rated, figure = scored(results), canvas(5.0)
    axes = figure.add_subplot()
    confusion = results.curves[answered_by(results)].confusion
    mean = " (mean of one class against the rest)" if len(confusion) > 2 else ""
    square(axes, 0.0, f"false positive rate{mean}", "true positive rate")
    _plot_roc(axes, results, rated)
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
        handlelength=2.6,
        columnspacing=1.2,
    )
    if min(scores.auc.value for scores in rated.values()) > ZOOM_AUC_MIN:
        corner = axes.inset_axes((0.4, 0.12, 0.54, 0.54))
        _plot_roc(corner, results, rated)
        corner.set(xlim=(0, ZOOM), ylim=(1 - ZOOM, 1.005))
        corner.set_title("upper left corner", fontsize=8.5, fontweight="normal")
        corner.grid(visible=True)
        corner.tick_params(labelsize=8)
        axes.indicate_inset((0, 1 - ZOOM, ZOOM, ZOOM), edgecolor=INK)
    areas = ", ".join(f"{named(model)} {scores.auc.value:.3f}" for model, scores in rated.items())
    found = ", ".join(f"{named(model)} {_found(results, model):.0%}" for model in rated)
    return Picture(
        "ROC curves",
        f"ROC curves over {results.n_test} test rows: area under the curve {areas}; where "
        f"{FALSE_POSITIVE_RATE:.0%} of the negatives are false alarms, the models find these shares of the "
        f"positives: {found}.",
        min(sum(row) for row in confusion),
        settled(figure),
    )


def calibration(results: CircuitResults) -> Picture:
    """Draw how often each model is right when it says how sure it is, with 95 % Wilson intervals."""
    rated = scored(results)
    shown = [model for model in rated if model in ("hybrid", "neural", results.best_classical)]
    bins = {model: results.curves[model].reliability for model in shown}
    points = [point for found in bins.values() for point in found]
    lowest = min(min(confidence, wilson(accuracy, n_rows)[0]) for confidence, accuracy, n_rows in points)
    figure = canvas(5.0)
    axes = figure.add_subplot()
    square(axes, floor(lowest * 10) / 10, "mean confidence in a bin", "share that is right")
    for model in shown:
        _plot_bins(axes, model, bins[model])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=len(shown))
    fewest = min(n_rows for _, _, n_rows in points)
    errors = ", ".join(f"{named(model)} {rated[model].ece.value:.3f}" for model in shown)
    return Picture(
        "Calibration",
        f"Confidence beside the share that is right, over {results.n_test} test rows in bins of {fewest} or "
        f"more: expected calibration error {errors}; on the diagonal the two are equal.",
        fewest,
        settled(figure),
    )


def confusion(results: CircuitResults, classes: Sequence[str]) -> Picture:
    """Draw what was answered beside what is true: counts, shaded by their share of the true class."""
    answering = answered_by(results)
    counts = np.array(results.curves[answering].confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = canvas(3.7 if len(counts) <= N_CLASSES_LARGE else 4.9)
    axes = figure.add_subplot()
    axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1.25, edgecolors="white", linewidth=2)
    size = 13 if len(counts) <= N_CLASSES_LARGE else 8.5
    for (row, column), count in np.ndenumerate(counts):
        ink = "white" if shares[row, column] > 0.6 else INK
        axes.text(column + 0.5, row + 0.5, f"{count}", ha="center", va="center", color=ink, fontsize=size)
    _label_classes(axes, drawn_labels(classes))
    right = ", ".join(f"{name} {counts[k, k]} of {counts[k].sum()}" for k, name in enumerate(classes))
    return Picture(
        f"Confusion matrix of the {named(answering)} answer",
        f"The {named(answering)} answer is right for {np.trace(counts)} of {results.n_test} test rows: "
        f"{right}.",
        int(counts[counts > 0].min()),
        settled(figure),
    )


def _plot_roc(axes: Axes, results: CircuitResults, rated: Mapping[str, Scores]) -> None:
    for number, (model, scores) in enumerate(rated.items()):
        fpr, tpr = np.array(results.curves[model].roc).T
        look = look_of(model)
        axes.plot(
            fpr,
            tpr,
            color=look.colour,
            linestyle=look.line,
            zorder=10 - number,
            label=f"{named(model)}, AUC {scores.auc.value:.3f}",
        )


def _plot_bins(axes: Axes, model: str, bins: Sequence[tuple[float, float, int]]) -> None:
    look = look_of(model)
    confidence, accuracy, _ = np.array(bins).T
    low, high = np.array([wilson(share, n_rows) for _, share, n_rows in bins]).T
    axes.vlines(confidence, low, high, color=look.colour, linewidth=1, alpha=0.45)
    axes.plot(
        confidence,
        accuracy,
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        linewidth=1.2,
        label=named(model),
    )


def _label_classes(axes: Axes, labels: Sequence[str]) -> None:
    middles = np.arange(len(labels)) + 0.5
    upright = sum(map(len, labels)) > LABEL_CHARS_LEVEL_MAX
    axes.set_xticks(middles, labels, rotation=45 if upright else 0, ha="right" if upright else "center")
    axes.set_yticks(middles, labels)
    axes.set(xlabel="answered", ylabel="true")
    axes.invert_yaxis()
    axes.set_aspect("equal")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _found(results: CircuitResults, model: str) -> float:
    """Return the true positive rate where the false positive rate is `FALSE_POSITIVE_RATE`."""
    fpr, tpr = np.array(results.curves[model].roc).T
    return float(np.interp(FALSE_POSITIVE_RATE, fpr, tpr))


def wilson(share: float, n_rows: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share.

    >>> [round(bound, 3) for bound in wilson(1.0, 11)]
    [0.741, 1.0]

    Source:
        Wilson (1927), equation 3.
    """
    spread = Z_95**2 / n_rows
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * sqrt(share * (1 - share) / n_rows + spread / (4 * n_rows)) / (1 + spread)
    return middle - half, middle + half
