"""How every picture looks: type, lines, and one colour, marker and line style for each model.

Colours are those of Okabe and Ito, which stay apart under the common kinds of colour blindness; a
marker and a line style say the same again for those who see or print no colours.

Source: Okabe & Ito (2008), Color Universal Design.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

INK, MUTED, GRID = "#222222", "#666666", "#dddddd"
WIDTH_IN = 4.9
PNG_DPI = 140
LABEL_CHARS_MAX = 16
FONT = "DejaVu Sans"
STYLE: dict[str, Any] = {
    "font.family": [FONT],
    "font.size": 9.5,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.7,
    "lines.markersize": 5.5,
    "svg.hashsalt": "atomq",
}


@dataclass(frozen=True)
class Look:
    """What tells one model's marks from another's."""

    colour: str
    marker: str
    line: Any


OTHER = Look("#333333", "P", (0, (5, 1, 1, 1, 1, 1)))
LOOKS = {
    "hybrid": Look("#0072B2", "o", "-"),
    "neural": Look("#D55E00", "s", "--"),
    "mlp": Look("#009E73", "^", "-."),
    "logistic_regression": Look("#CC79A7", "D", ":"),
    "gradient_boosting": Look("#555555", "v", (0, (7, 2))),
}


@dataclass(frozen=True)
class Picture:
    """A drawn figure and what it shows, in words.

    Attributes:
        alt: one sentence that states in numbers what is seen.
        n_rows_min: the fewest test rows behind any one figure in it; None where there are no rows.
    """

    title: str
    alt: str
    n_rows_min: int | None
    figure: Figure

    def svg(self) -> bytes:
        """Return the picture as SVG, text as outlines; the same bytes every time."""
        return self._saved("svg", dict.fromkeys(("Date", "Creator", "Format", "Type")))

    def png(self) -> bytes:
        """Return the picture as PNG, 686 pixels wide; the same bytes every time."""
        return self._saved("png", {"Software": None})

    def _saved(self, form: str, metadata: dict[str, None]) -> bytes:
        sink = io.BytesIO()
        with styled():
            self.figure.savefig(sink, format=form, metadata=metadata, dpi=PNG_DPI)
        return sink.getvalue()


@contextmanager
def styled() -> Iterator[None]:
    """Draw with matplotlib's own defaults and our style, whatever the machine's matplotlibrc says."""
    defaults: dict[Any, Any] = {
        k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")
    }
    with matplotlib.rc_context(defaults | STYLE):
        yield


def canvas(height_in: float) -> Figure:
    """Return an empty white figure, as wide as all others."""
    return Figure(figsize=(WIDTH_IN, height_in), layout="constrained", facecolor="white")


def settled(figure: Figure) -> Figure:
    """Return the figure with its layout computed and frozen, so that saving it twice gives equal bytes."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    return figure


def square(axes: Axes, low: float, xlabel: str, ylabel: str) -> None:
    """Give both axes one range, from `low` to 1, with a grid and the diagonal."""
    pad = (1 - low) * 0.03
    axes.set(xlim=(low - pad, 1 + pad), ylim=(low - pad, 1 + pad), xlabel=xlabel, ylabel=ylabel)
    axes.set_aspect("equal")
    axes.grid(visible=True)
    axes.plot((low, 1), (low, 1), color=MUTED, linewidth=0.8, zorder=1)


def look_of(name: str) -> Look:
    """Return how a model is drawn; unknown ones share one look."""
    return LOOKS.get(name, OTHER)


def drawn_labels(labels: Sequence[str]) -> list[str]:
    """Return labels that fit a picture and differ from each other; where that fails, numbers.

    A label of the table may hold anything: characters without a glyph, a page of text, two long
    beginnings that are the same.
    """
    short = [
        label if len(label) <= LABEL_CHARS_MAX else f"{label[: LABEL_CHARS_MAX - 1]}…" for label in labels
    ]
    if all(_is_drawable(label) for label in short) and len(set(short)) == len(short):
        return short
    return [f"class {number}" for number in range(1, len(labels) + 1)]


def _is_drawable(label: str) -> bool:
    has_ink = any(not character.isspace() for character in label)
    return has_ink and all(
        unicodedata.category(character)[0] not in "CZ" or character == " " for character in label
    ) and set(map(ord, label)) <= _glyphs()  # fmt: skip


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont(FONT)).get_charmap())
