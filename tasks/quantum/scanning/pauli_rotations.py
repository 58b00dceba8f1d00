"""A circuit as rotations about Pauli operators: what is left of it when all its Clifford gates are moved to its end.

A basis change, `cx rz cx` for `rzz` and a gate's twin in another basis all come down to the same rotations.

Source: Litinski, "A game of surface codes", Quantum 3, 128 (2019), section 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import pi

from tasks.quantum.scanning.evaluation import Inputs, angle
from tasks.quantum.scanning.tableau import AROUND, FIXED, PAIRED, QUARTERS, Pauli, product
from tasks.quantum.scanning.wires import Gate

TOLERANCE = 1e-6
LOOK_BACK = 64
"""Earlier rotations among which one about the same operator is looked for."""

EIGHTHS = {"t": pi / 4, "tdg": -pi / 4}
BESIDE = {"cp": ("", ""), "cu1": ("", ""), "crz": ("", ""), "crx": ("h1", "h1"), "cry": ("z1 s1 h1", "h1 s1")}
HALF = {"ch": ("s1 h1", pi / 4, "h1 z1 s1"), "csx": ("h1", pi / 2, "h1")}


@dataclass(slots=True)
class Rotation:
    """exp(-i angle / 2 * P), P an operator on the state that all wires begin in: bit w of x and z for wire w."""

    x: int
    z: int
    angle: float
    line: int

    @property
    def weight(self) -> int:
        """Return on how many wires it acts."""
        return (self.x | self.z).bit_count()

    @property
    def is_parameter(self) -> bool:
        """Whether no Fourier transform or synthesis asks for the angle: it is no half turn halved ten times."""
        steps = self.angle / (pi / 1024)
        return abs(steps - round(steps)) > 1e-4 and abs(self.angle) > pi / 1024

    @property
    def size(self) -> float:
        """Return the angle up to sign and quarter turns, in [0, pi/4]."""
        folded = self.angle % (pi / 2)
        return round(min(folded, pi / 2 - folded), 5)

    def meets(self, other: "Rotation") -> bool:
        """Whether the two do not commute."""
        return bool(((self.x & other.z).bit_count() + (self.z & other.x).bit_count()) % 2)


class _Frame:
    """What X and Z of each wire were before all Clifford gates so far."""

    def __init__(self, n_wires: int) -> None:
        self.x: list[Pauli] = [(1 << wire, 0, 0) for wire in range(n_wires)]
        self.z: list[Pauli] = [(0, 1 << wire, 0) for wire in range(n_wires)]

    def apply(self, word: str, wires: tuple[int, ...]) -> None:
        x, z = self.x, self.z
        for step in word.split():
            a = wires[int(step[1])]
            if step[0] == "h":
                x[a], z[a] = z[a], x[a]
            elif step[0] == "s":
                mixed = product(x[a], z[a])
                x[a] = (mixed[0], mixed[1], (mixed[2] + 3) % 4)
            elif step[0] == "x":
                z[a] = (z[a][0], z[a][1], (z[a][2] + 2) % 4)
            elif step[0] == "z":
                x[a] = (x[a][0], x[a][1], (x[a][2] + 2) % 4)
            else:
                b = wires[int(step[2])]
                x[a], z[b] = product(x[a], x[b]), product(z[a], z[b])


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A circuit as rotations in order, those about one operator merged, and then Clifford gates.

    Attributes:
        n_tangled: wires whose Z the Clifford gates spread over several wires.
    """

    rotations: list[Rotation]
    n_tangled: int


def unfolded(gates: Iterable[Gate], n_wires: int, inputs: Inputs) -> Unfolded:
    """Return the circuit as rotations; gates on three wires and conditional ones are left out."""
    frame, found = _Frame(n_wires), list[Rotation]()
    for gate in gates:
        for word, theta, place in _steps(gate, inputs):
            frame.apply(word, gate.wires)
            quarters = theta / (pi / 2)
            if abs(quarters - round(quarters)) < TOLERANCE:
                frame.apply(QUARTERS[round(quarters) % 4].replace("0", str(place)), gate.wires)
            else:
                x, z, power = frame.z[gate.wires[place]]
                _merged(found, Rotation(x, z, -theta if power == 2 else theta, gate.line))
    tangled = sum(
        min((x | z).bit_count() for x, z, _ in pair) > 1 for pair in zip(frame.x, frame.z, strict=True)
    )
    return Unfolded(found, tangled)


def _merged(found: list[Rotation], new: Rotation) -> None:
    """Append a rotation, or add it to an earlier one about the same operator that nothing holds it back from."""
    x, z = new.x, new.z
    for place in range(len(found) - 1, max(-1, len(found) - 1 - LOOK_BACK), -1):
        each = found[place]
        if each.x == x and each.z == z:
            each.angle += new.angle
            if abs(each.angle) < TOLERANCE:
                del found[place]
            return
        if (each.x & z).bit_count() + (
            each.z & x
        ).bit_count() & 1:  # they meet; called, it takes twice as long
            break
    found.append(new)


def _steps(gate: Gate, inputs: Inputs) -> Iterator[tuple[str, float, int]]:
    """Yield Clifford words, each followed by a turn about Z of one of the gate's places."""
    name = gate.name
    if gate.n_conditions:
        return
    if name in FIXED:
        yield FIXED[name], 0.0, 0
        return
    if name in HALF:
        before, theta, after = HALF[name]
        yield before, 0.0, 0
        yield from _controlled(theta, is_phase=True) if name == "csx" else _hadamard()
        yield after, 0.0, 0
        return
    values = [angle(param, inputs) for param in gate.params]
    if name in EIGHTHS:
        yield "", EIGHTHS[name], 0
    elif name in AROUND:
        yield AROUND[name][0], values[0], 0
        yield AROUND[name][1], 0.0, 0
    elif name in PAIRED:
        yield f"{PAIRED[name][0]} c01", values[0], 1
        yield f"c01 {PAIRED[name][1]}", 0.0, 0
    elif name in BESIDE:
        yield BESIDE[name][0], 0.0, 0
        yield from _controlled(values[0], is_phase=name in ("cp", "cu1"))
        yield BESIDE[name][1], 0.0, 0
    elif name in ("u", "u3", "u2", "r"):
        yield from _euler(name, values)


def _hadamard() -> Iterator[tuple[str, float, int]]:
    """Yield the heart of a controlled H: an eighth turn, a controlled X, an eighth turn back."""
    yield "", pi / 4, 1
    yield "c01", -pi / 4, 1


def _controlled(theta: float, *, is_phase: bool) -> Iterator[tuple[str, float, int]]:
    """Yield a controlled turn about Z; a controlled phase turns the control as well."""
    if is_phase:
        yield "", theta / 2, 0
    yield "", theta / 2, 1
    yield "c01", -theta / 2, 1
    yield "c01", 0.0, 0


def _euler(name: str, values: list[float]) -> Iterator[tuple[str, float, int]]:
    if name == "u2":
        values = [pi / 2, *values]
    elif name == "r":
        values = [values[0], values[1] - pi / 2, pi / 2 - values[1]]
    theta, phi, lam = values
    yield "", lam, 0
    yield AROUND["ry"][0], theta, 0
    yield AROUND["ry"][1], phi, 0
