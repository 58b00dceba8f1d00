"""A drawing of the template circuit: its gates and the names of its parameters, never a value.

Drawn from the ansatz's definition, since the crafts know nothing of each other; a test holds what is
drawn against the circuit that is run.
"""

import io
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Circle, FancyBboxPatch
from PIL import Image

from policy_checks.schemas.manifest import Circuit, CircuitRequest
from tasks.reporting.look import INK, MUTED, look_of, styled

WIRE_IN, BOX_IN, LINK_IN, LABEL_IN, SIDE_IN, END_IN, HEAD_IN, FOOT_IN = (
    0.46,
    0.62,
    0.3,
    0.64,
    0.1,
    1.05,
    0.4,
    0.32,
)
WIDTH_MIN_IN = 5.5
HALF_BOX, TARGET = 0.17, 0.085
DPI = 120
DATA, TRAINED, PAPER = look_of("hybrid").colour, look_of("neural").colour, "white"
TINTS = {DATA: "#e3f0f8", TRAINED: "#fbeadf", INK: PAPER}
FRAME = "#f8f8f8"
BLENDS = (
    (INK, PAPER, 3), (MUTED, PAPER, 2), (INK, FRAME, 2), (DATA, TINTS[DATA], 3), (TRAINED, TINTS[TRAINED], 3),
    (INK, TINTS[DATA], 2), (INK, TINTS[TRAINED], 2),
)  # fmt: skip
KEY = "x: angles from a row's features, one a qubit      w: trained weights      values are never shown"

Gate = Literal["ry", "rz", "cx"]


class Mark(NamedTuple):
    """One drawn gate; `name` is the parameter that it waits for, empty for a fixed gate."""

    gate: Gate
    qubits: tuple[int, ...]
    name: str = ""


class Part(NamedTuple):
    """Marks that share one column of the drawing."""

    width_in: float
    marks: tuple[Mark, ...]


def draw(circuit: Circuit) -> bytes | None:
    """Return `angle_ring` as PNG: the encoding, one layer framed with its repetitions, <Z>.

    Palette colours keep it small: it travels inside Markdown. The same circuit gives the same bytes. Of other
    circuits there is none: they are told in words.
    """
    if not isinstance(circuit, CircuitRequest) or circuit.ansatz != "angle_ring":
        return None
    encoding, layer = columns(circuit)
    inside = sum(part.width_in for part in layer)
    begin = LABEL_IN + encoding.width_in + SIDE_IN
    width = begin + inside + SIDE_IN + END_IN
    with styled():
        figure, axes = _canvas(max(width, WIDTH_MIN_IN), WIRE_IN * circuit.qubits)
        _draw_wires(axes, circuit.qubits, width)
        _draw_parts(axes, LABEL_IN, (encoding,))
        _draw_frame(axes, begin, inside, circuit)
        _draw_parts(axes, begin, layer)
        _draw_measurements(axes, begin + inside + SIDE_IN, circuit.qubits)
        return _png(figure)


def columns(circuit: CircuitRequest) -> tuple[Part, tuple[Part, ...]]:
    """Return the encoding, and the first layer column by column; later layers differ in their weights only."""
    qubits = range(circuit.qubits)
    encoding = Part(BOX_IN, tuple(Mark("ry", (q,), f"x[{q}]") for q in qubits))
    turns = (
        Part(BOX_IN, tuple(Mark("ry", (q,), f"w[{2 * q}]") for q in qubits)),
        Part(BOX_IN, tuple(Mark("rz", (q,), f"w[{2 * q + 1}]") for q in qubits)),
    )
    ring = qubits if circuit.qubits > 1 else ()
    links = tuple(Part(LINK_IN, (Mark("cx", (q, (q + 1) % circuit.qubits)),)) for q in ring)
    return encoding, (*turns, *links)


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure and its axes in inches, the first wire on top, with the key below the last."""
    figure = Figure(figsize=(width, HEAD_IN + height + FOOT_IN), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height + FOOT_IN, -HEAD_IN))
    axes.text(0.12, height + FOOT_IN / 2, KEY, color=MUTED, fontsize=7.5, va="center")
    return figure, axes


def _png(figure: Figure) -> bytes:
    drawn, sink = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    picture = Image.open(drawn).convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
    picture.save(sink, "PNG", optimize=True)
    return sink.getvalue()


def _palette() -> Image.Image:
    """Return our own colours and what lies between them on the edges: a computed palette would merge some."""
    found: dict[tuple[int, ...], None] = {}
    for ink, paper, steps in BLENDS:
        ends = np.array([to_rgb(ink), to_rgb(paper)])
        for share in np.linspace(0, 1, steps + 1):
            found[tuple((255 * (ends[0] * (1 - share) + ends[1] * share)).round().astype(int).tolist())] = (
                None
            )
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in found for level in colour])
    return palette


def _draw_wires(axes: Axes, n_qubits: int, width: float) -> None:
    for qubit in range(n_qubits):
        axes.text(0.12, _at(qubit), f"q{qubit}", va="center", fontsize=9)
        axes.text(LABEL_IN - 0.1, _at(qubit), "|0⟩", va="center", ha="center", fontsize=8, color=MUTED)
        axes.hlines(_at(qubit), LABEL_IN + 0.04, width - 0.62, color=MUTED, linewidth=0.9, zorder=1)


def _draw_parts(axes: Axes, begin: float, parts: tuple[Part, ...]) -> None:
    draw_mark: dict[Gate, Callable[[Axes, float, Mark], None]] = {
        "ry": _draw_box, "rz": _draw_box, "cx": _draw_link,
    }  # fmt: skip
    for x, part in _centres(begin, parts):
        for mark in part.marks:
            draw_mark[mark.gate](axes, x, mark)


def _centres(begin: float, parts: tuple[Part, ...]) -> Iterator[tuple[float, Part]]:
    for part in parts:
        yield begin + part.width_in / 2, part
        begin += part.width_in


def _draw_box(axes: Axes, x: float, mark: Mark) -> None:
    colour, y = DATA if mark.name.startswith("x") else TRAINED, _at(mark.qubits[0])
    _draw_square(axes, x, y, colour)
    axes.text(x, y - 0.065, mark.gate.upper(), ha="center", va="center", fontsize=8, color=colour, zorder=4,
              fontweight="bold")  # fmt: skip
    axes.text(x, y + 0.085, mark.name, ha="center", va="center", fontsize=6.5, color=INK, zorder=4)


def _draw_square(axes: Axes, x: float, y: float, colour: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x - 0.235, y - HALF_BOX),
            0.47,
            2 * HALF_BOX,
            boxstyle="round,pad=0,rounding_size=0.045",
            facecolor=TINTS[colour],
            edgecolor=colour,
            linewidth=1,
            zorder=3,
        )
    )


def _draw_link(axes: Axes, x: float, mark: Mark) -> None:
    control, target = (_at(qubit) for qubit in mark.qubits)
    axes.vlines(x, min(control, target), max(control, target), color=INK, linewidth=1.1, zorder=2)
    axes.add_patch(Circle((x, control), 0.045, facecolor=INK, edgecolor=INK, zorder=3))
    axes.add_patch(Circle((x, target), TARGET, facecolor=PAPER, edgecolor=INK, linewidth=1.1, zorder=3))
    axes.hlines(target, x - TARGET, x + TARGET, color=INK, linewidth=1.1, zorder=4)
    axes.vlines(x, target - TARGET, target + TARGET, color=INK, linewidth=1.1, zorder=4)


def _draw_frame(axes: Axes, begin: float, inside: float, circuit: CircuitRequest) -> None:
    times = f"{circuit.layers} times" if circuit.layers > 1 else "once"
    axes.add_patch(
        FancyBboxPatch(
            (begin, -0.04),
            inside,
            WIRE_IN * circuit.qubits + 0.02,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=FRAME,
            edgecolor=MUTED,
            linewidth=0.9,
            linestyle=(0, (4, 3)),
            zorder=0,
        )
    )
    axes.text(begin + 0.05, -0.19, times, va="center", fontsize=9, fontweight="bold")
    if circuit.layers > 1:
        told = f"layer 1 of {circuit.layers} is shown; layer 2 begins at w[{2 * circuit.qubits}]"
        axes.text(begin + 0.85, -0.19, told, va="center", fontsize=7.5, color=MUTED)


def _draw_measurements(axes: Axes, begin: float, n_qubits: int) -> None:
    x = begin + 0.28
    for qubit in range(n_qubits):
        y = _at(qubit)
        _draw_square(axes, x, y, INK)
        axes.add_patch(
            Arc((x, y + 0.075), 0.26, 0.24, theta1=180, theta2=360, color=INK, linewidth=1, zorder=4)
        )
        axes.plot((x, x + 0.1), (y + 0.075, y - 0.1), color=INK, linewidth=1, zorder=4)
        axes.text(x + 0.32, y, f"⟨Z{qubit}⟩", va="center", fontsize=8.5)


def _at(qubit: int) -> float:
    return WIRE_IN * (qubit + 0.5)
