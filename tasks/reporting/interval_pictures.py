"""Pictures of measured values beside their intervals, or beside what is allowed."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from policy_checks.schemas.artifacts import CircuitResults, Latency, Measured
from tasks.reporting.look import INK, MUTED, Look, Picture, canvas, look_of, settled
from tasks.reporting.models import compared, named
from tasks.reporting.summary import measured
from tasks.reporting.tables import duration, operation_of

SHORTEST_S = 1e-5
METRICS = {"auc": "AUC", "accuracy": "accuracy"}
OPERATIONS = {"neural": look_of("neural"), "quantum": look_of("mlp"), "hybrid": look_of("hybrid")}


def comparison(results: CircuitResults) -> Picture:
    """Draw AUC and accuracy of every model with 95 % intervals."""
    rated = compared(results)
    figure = canvas(1.1 + 0.3 * len(rated))
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (metric, title) in zip(panels, METRICS.items(), strict=True):
        for row, (_, model, scores) in enumerate(rated):
            _plot_measured(axes, row, getattr(scores, metric), look_of(model))
        axes.set_title(title)
        axes.margins(x=0.14)
        axes.axvline(getattr(rated[0].scores, metric).value, color=MUTED, linewidth=0.8, zorder=0)
        _as_rows(axes, [label for label, _, _ in rated])
        axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    texts = [
        f"{title} " + ", ".join(f"{each.label} {measured(getattr(each.scores, metric))}" for each in rated)
        for metric, title in METRICS.items()
    ]
    return Picture(
        "Every model, with 95 % intervals",
        f"Over {results.n_test} test rows, with 95 % intervals: {'; '.join(texts)}.",
        results.n_test,
        settled(figure),
    )


def difference(results: CircuitResults) -> Picture:
    """Draw hybrid minus best classical for AUC and accuracy, and the zero line."""
    figure = canvas(2.3)
    axes = figure.add_subplot()
    values: list[Measured] = [getattr(results.difference, metric) for metric in METRICS]
    for row, value in enumerate(values):
        _plot_measured(axes, row, value, look_of("hybrid"))
        axes.annotate(
            measured(value, sign=True),
            (value.value, row),
            (0, 9),
            textcoords="offset points",
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    reach = 1.25 * max(max(abs(value.low), abs(value.high)) for value in values) or 0.01
    axes.axvline(0, color=INK, linewidth=1.2)
    axes.set(xlim=(-reach, reach), xlabel="← hybrid lower      hybrid higher →")
    _as_rows(axes, list(METRICS.values()))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    best = named(results.best_classical)
    texts = ", ".join(
        f"{title} {measured(getattr(results.difference, m), sign=True)}" for m, title in METRICS.items()
    )
    return Picture(
        f"Hybrid minus {best}",
        f"Hybrid minus {best} on the same {results.n_test} test rows, with 95 % intervals: {texts}; where "
        "the interval contains zero, this test set shows no difference.",
        results.n_test,
        settled(figure),
    )


def latency(results: CircuitResults) -> Picture:
    """Draw the seconds of the first and of the later batches beside each operation's budget."""
    shown = results.latencies
    figure = canvas(1.3 + 0.34 * len(shown))
    axes = figure.add_subplot()
    axes.set_xscale("log")
    for row, timed in enumerate(shown):
        _plot_latency(axes, row, timed)
    _as_rows(axes, [operation_of(timed) for timed in shown])
    axes.set_xlim(right=max(timed.budget_s for timed in shown) * 3)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: duration(seconds)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("one batch, logarithmic scale")
    figure.legend(handles=_latency_key(), loc="outside lower center", ncols=3)
    texts = ", ".join(
        f"{operation_of(timed)} {duration(timed.cold_s)} cold{_warm(timed)} of {duration(timed.budget_s)}"
        for timed in shown
    )
    return Picture(
        "Seconds for one batch, beside the budgets",
        f"Each operation on one batch of at most 256 rows, beside its budget: {texts}.",
        results.n_test,
        settled(figure),
    )


def _plot_measured(axes: Axes, row: int, value: Measured, look: Look) -> None:
    axes.hlines(row, value.low, value.high, color=look.colour, linewidth=2)
    axes.plot(value.value, row, color=look.colour, marker=look.marker, linestyle="", markersize=6.5)


def _as_rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=True, axis="x")


def _plot_latency(axes: Axes, row: int, timed: Latency) -> None:
    look = OPERATIONS[timed.operation]
    warm = [max(seconds, SHORTEST_S) for seconds in timed.warm_s]
    axes.plot(warm, [row] * len(warm), color=look.colour, marker="o", linestyle="", alpha=0.55, markersize=5)
    cold = max(timed.cold_s, SHORTEST_S)
    axes.plot(cold, row, color=look.colour, marker="D", linestyle="", markersize=7, fillstyle="none")
    axes.vlines(timed.budget_s, row - 0.3, row + 0.3, color=INK, linewidth=2.4)
    axes.annotate(
        duration(timed.budget_s), (timed.budget_s, row), (5, 0), textcoords="offset points", va="center"
    )


def _latency_key() -> list[Line2D]:
    key: dict[str, Any] = {"linestyle": "", "color": INK}
    return [
        Line2D([], [], marker="D", fillstyle="none", markersize=7, label="first (cold)", **key),
        Line2D([], [], marker="o", markersize=5, label="later (warm)", **key),
        Line2D([], [], marker="|", markersize=12, markeredgewidth=2.4, label="budget", **key),
    ]


def _warm(timed: Latency) -> str:
    return f", {duration(median(timed.warm_s))} warm" if timed.warm_s else ""
