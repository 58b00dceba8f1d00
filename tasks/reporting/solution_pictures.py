"""Pictures of the answer of a job without a table: curves over time or questions, and values side by side."""

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.solution import Series, Solution
from tasks.reporting.look import INK, MUTED, Picture, canvas, look_of, settled, styled
from tasks.reporting.solutions import METHODS, QUANTITIES, interval, number

QUANTUM, EXACT, OTHER = look_of("hybrid"), look_of("neural"), look_of("gradient_boosting")


def draw(solution: Solution) -> dict[str, Picture]:
    """Return the pictures by name, in reading order; those that have nothing to show are absent."""
    series = {each.name: each for each in solution.series}
    with styled():
        found = {
            "magnetisation": _over_time(series),
            "methods": _methods(solution),
            "search": _search(series, solution),
        }
    return {name: picture for name, picture in found.items() if picture is not None}


def _over_time(series: dict[str, Series]) -> Picture | None:
    """Draw the magnetisation over time, measured and exact."""
    shown = {name: series[name] for name in ("magnetisation", "exact") if name in series}
    if not shown or len(next(iter(shown.values())).x) < 2:
        return None
    figure = canvas(3.6)
    axes = figure.add_subplot()
    if "exact" in shown:
        axes.plot(shown["exact"].x, shown["exact"].y, color=EXACT.colour, linestyle=EXACT.line, label="exact")
    if "magnetisation" in shown:
        _with_errors(axes, shown["magnetisation"])
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=0)
    axes.set(xlabel="time", ylabel="mean of Z over all spins")
    axes.grid(visible=True)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    texts = "; ".join(
        f"{'circuits' if name == 'magnetisation' else name} {_told(curve)}" for name, curve in shown.items()
    )
    return Picture("Magnetisation over time", f"Mean of Z over all spins: {texts}.", None, settled(figure))


def _with_errors(axes: Axes, curve: Series) -> None:
    axes.plot(
        curve.x, curve.y, color=QUANTUM.colour, marker=QUANTUM.marker, linestyle="", label="circuits, 95 % interval"
    )  # fmt: skip
    if curve.low:
        axes.vlines(curve.x, curve.low, curve.high, color=QUANTUM.colour, linewidth=1.4)


def _methods(solution: Solution) -> Picture | None:
    """Draw the answer beside the classical ones."""
    if solution.answer is None or not solution.references:
        return None
    rows = [(QUANTITIES[name][0], found) for name, found in _comparable(solution)]
    rows += [
        (METHODS[name][0], Measured(value=value, low=value, high=value))
        for name, value in solution.references.items()
    ]
    figure = canvas(0.9 + 0.34 * len(rows))
    axes = figure.add_subplot()
    for row, (title, found) in enumerate(rows):
        look = QUANTUM if row < len(rows) - len(solution.references) else EXACT if title == "Exact" else OTHER
        axes.hlines(row, found.low, found.high, color=look.colour, linewidth=2)
        axes.plot(found.value, row, color=look.colour, marker=look.marker, linestyle="", markersize=6.5)
    if "exact" in solution.references:
        axes.axvline(solution.references["exact"], color=INK, linewidth=0.9, zorder=0)
    axes.set_yticks(range(len(rows)), [title for title, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.6)
    axes.margins(x=0.1)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="x")
    texts = ", ".join(f"{title.lower()} {interval(found)}" for title, found in rows)
    return Picture("Beside classical methods", f"Values of the same problem: {texts}.", None, settled(figure))


def _comparable(solution: Solution) -> list[tuple[str, Measured]]:
    """Return the quantities that stand on the references' own scale."""
    scale = ("best_value", "expected_value") if solution.kind == "optimise" else (solution.answer,)
    return [(name, solution.quantities[name]) for name in scale if name in solution.quantities]


def _search(series: dict[str, Series], solution: Solution) -> Picture | None:
    """Draw the best value so far at each question of the optimiser."""
    curve = series.get("search")
    if curve is None or len(curve.x) < 2:
        return None
    figure = canvas(3.0)
    axes = figure.add_subplot()
    axes.plot(curve.x, curve.y, color=QUANTUM.colour, linestyle=QUANTUM.line, drawstyle="steps-post")
    if "exact" in solution.references:
        axes.axhline(solution.references["exact"], color=EXACT.colour, linestyle=EXACT.line, label="exact")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center")
    axes.set(xlabel="questions to the circuit", ylabel="best expected value so far")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(visible=True)
    return Picture(
        "The search for angles",
        f"Best expected value so far over {len(curve.x):,} questions: {_told(curve)}.",
        None,
        settled(figure),
    )


def _told(curve: Series) -> str:
    return f"from {number(curve.y[0])} to {number(curve.y[-1])}"
