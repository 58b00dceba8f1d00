"""Stabiliser states of any width, a bit of a Python integer for each generator.

Source: Aaronson & Gottesman, "Improved simulation of stabilizer circuits", Phys. Rev. A 70, 052328 (2004).
"""

from collections.abc import Iterable, Sequence
from math import pi

import numpy as np

from tasks.quantum.scanning.evaluation import Inputs, angle
from tasks.quantum.scanning.wires import Gate

Word = str
Pauli = tuple[int, int, int]
"""Letters X and Z of each wire as bits, Y being both, and the power of i in front."""

TOLERANCE = 1e-6
FIXED = {
    "x": "x0", "y": "x0 z0", "z": "z0", "h": "h0", "s": "s0", "sdg": "z0 s0", "sx": "h0 s0 h0",
    "sxdg": "h0 z0 s0 h0", "cx": "c01", "cz": "h1 c01 h1", "cy": "z1 s1 c01 s1", "swap": "c01 c10 c01",
    "dcx": "c01 c10", "iswap": "s0 s1 h0 c01 c10 h1", "ecr": "s0 h1 s1 h1 c01 x0",
}  # fmt: skip
"""Gates as words over h, s, x, z and the controlled x, each followed by the places it acts on."""

AROUND = {
    "rz": ("", ""), "p": ("", ""), "u1": ("", ""), "rx": ("h0", "h0"), "ry": ("z0 s0 h0", "h0 s0"),
}  # fmt: skip
"""Rotations as one about Z between two words."""

PAIRED = {
    "rzz": ("", ""), "rxx": ("h0 h1", "h0 h1"), "rzx": ("h1", "h1"),
    "ryy": ("z0 s0 h0 z1 s1 h1", "h0 s0 h1 s1"),
}  # fmt: skip
QUARTERS = ("", "s0", "z0", "z0 s0")


class Tableau:
    """The stabiliser of |0...0> of n wires, changed by Clifford gates."""

    def __init__(self, wires: Sequence[int]) -> None:
        self.wires = tuple(wires)
        self.x = dict.fromkeys(self.wires, 0)
        self.z = {wire: 1 << row for row, wire in enumerate(self.wires)}
        self.minus = 0

    def apply(self, word: Word, wires: Sequence[int]) -> None:
        """Apply a word such as "h0 c01" to the wires."""
        x, z = self.x, self.z
        for step in word.split():
            a = wires[int(step[1])]
            if step[0] == "h":
                self.minus ^= x[a] & z[a]
                x[a], z[a] = z[a], x[a]
            elif step[0] == "s":
                self.minus ^= x[a] & z[a]
                z[a] ^= x[a]
            elif step[0] == "x":
                self.minus ^= z[a]
            elif step[0] == "z":
                self.minus ^= x[a]
            else:
                b = wires[int(step[2])]
                self.minus ^= x[a] & z[b] & ~(x[b] ^ z[a])
                x[b] ^= x[a]
                z[a] ^= z[b]

    def certain(self, read: Iterable[int]) -> int:
        """Return how many parities of the wires read are certain: 0 where all words are equally likely."""
        inner = set(read)
        outer = [wire for wire in self.wires if wire not in inner]
        columns = [self.x[wire] for wire in self.wires] + [self.z[wire] for wire in outer]
        return len(self.wires) - _rank(columns)

    def parities(self, read: Sequence[int]) -> frozenset[tuple[int, bool]]:
        """Return the certain parities of the wires read, reduced: (bit i for read[i], whether it is odd)."""
        inner = {wire: 1 << place for place, wire in enumerate(read)}
        kernel = self._reduced([w for w in self.wires if w not in inner])
        words = [
            (sum(bit for wire, bit in inner.items() if z >> self.wires.index(wire) & 1), bool(i & 2))
            for _, z, i in kernel
        ]
        return _echelon(words)

    def _reduced(self, outer: Sequence[int]) -> list[Pauli]:
        """Return products of generators that are free of X everywhere and of Z on the outer wires."""
        places = {wire: place for place, wire in enumerate(self.wires)}
        hidden = sum(1 << places[wire] for wire in outer)
        rows = []
        for number in range(len(self.wires)):
            x = sum(1 << place for wire, place in places.items() if self.x[wire] >> number & 1)
            z = sum(1 << place for wire, place in places.items() if self.z[wire] >> number & 1)
            rows.append((x, z, 2 * (self.minus >> number & 1)))
        free, pivots = [], dict[int, Pauli]()
        for row in rows:
            left = row
            while key := left[0] << len(self.wires) | left[1] & hidden:
                top = key.bit_length()
                if top not in pivots:
                    pivots[top] = left
                    break
                left = product(left, pivots[top])
            else:
                free.append(left)
        return free


def product(one: Pauli, other: Pauli) -> Pauli:
    """Return the product of two Pauli operators i**k * (their letters), each as (x, z, k)."""
    (a, b, k), (c, d, m) = one, other
    x, z = a ^ c, b ^ d
    power = k + m + (a & b).bit_count() + (c & d).bit_count() + 2 * (b & c).bit_count() - (x & z).bit_count()
    return x, z, power % 4


def _echelon(words: Iterable[tuple[int, bool]]) -> frozenset[tuple[int, bool]]:
    """Return the reduced basis of parities, the same for the same space."""
    basis: list[tuple[int, bool]] = []
    for word_mask, word_odd in words:
        mask, odd = word_mask, word_odd
        for base, base_odd in basis:
            if mask >> (base.bit_length() - 1) & 1:
                mask, odd = mask ^ base, odd ^ base_odd
        if mask:
            top = mask.bit_length() - 1
            basis = [(b ^ mask, o ^ odd) if b >> top & 1 else (b, o) for b, o in basis]
            basis.append((mask, odd))
    return frozenset(basis)


def _rank(columns: Iterable[int]) -> int:
    """Return the rank over GF(2) of the matrix whose columns are given as integers."""
    pivots: dict[int, int] = {}
    for column in columns:
        left = column
        while left:
            top = left.bit_length()
            if top not in pivots:
                pivots[top] = left
                break
            left ^= pivots[top]
    return len(pivots)


def word(gate: Gate, inputs: Inputs, draw: np.random.Generator | None) -> Word | None:
    """Return the Clifford word of a gate.

    Args:
        draw: puts a drawn quarter turn in the place of an angle that is none; without it the answer is None.
    """
    name, places = gate.name, len(gate.wires)
    if gate.n_conditions or (name not in FIXED and name not in AROUND and name not in PAIRED):
        return _other(gate, inputs, draw)
    if name in FIXED:
        return FIXED[name]
    quarters = _quarters(angle(gate.params[0], inputs), draw)
    if quarters is None:
        return None
    if places == 1:
        return " ".join((AROUND[name][0], QUARTERS[quarters], AROUND[name][1]))
    inner = QUARTERS[quarters].replace("0", "1")
    return " ".join((PAIRED[name][0], "c01", inner, "c01", PAIRED[name][1]))


def _quarters(theta: float, draw: np.random.Generator | None) -> int | None:
    turns = theta / (pi / 2)
    if abs(turns - round(turns)) < TOLERANCE:
        return round(turns) % 4
    return None if draw is None else int(draw.integers(4))


def _other(gate: Gate, inputs: Inputs, draw: np.random.Generator | None) -> Word | None:
    """Return a word for Euler angles and controlled gates; what is no Clifford gate acts or not, by lot."""
    values = [angle(param, inputs) for param in gate.params]
    if gate.name in ("u", "u3", "u2", "r") and not gate.n_conditions:
        return _euler(gate.name, values, draw)
    if gate.name in ("cp", "cu1", "crz", "crx", "cry") and not gate.n_conditions:
        quarters = _quarters(values[0] / 2, draw)
        return None if quarters is None else _turned(gate.name, quarters)
    if draw is None:
        return None
    if gate.name in ("t", "tdg"):
        return QUARTERS[int(draw.integers(4))]
    if len(gate.wires) == 1:
        return "h0" if draw.integers(2) else ""
    last = len(gate.wires) - 1
    pair = f"{int(draw.integers(last))}{last}"
    if last > 9 or not draw.integers(2):
        return ""
    flat = gate.name in ("z", "s", "sdg", "t", "tdg", "rz", "p", "u1", "cz", "ccz", "mcphase", "cp")
    return f"h{last} c{pair} h{last}" if flat else f"c{pair}"


def _turned(name: str, quarters: int) -> Word:
    """Return the word of a controlled turn by twice as many quarters, which also turns the control's phase."""
    if name in ("cp", "cu1"):
        return "h1 c01 h1" if quarters % 2 else ""
    if quarters % 2 == 0:
        return "z0" if quarters == 2 else ""
    pauli = {"crz": "h1 c01 h1", "crx": "c01", "cry": "z1 s1 c01 s1"}[name]
    return f"{pauli} {'z0 s0' if quarters == 1 else 's0'}"


def _euler(name: str, values: list[float], draw: np.random.Generator | None) -> Word | None:
    if name == "u2":
        values = [pi / 2, *values]
    elif name == "r":
        values = [values[0], values[1] - pi / 2, pi / 2 - values[1]]
    turns = [_quarters(value, draw) for value in values]
    if None in turns:
        return None
    theta, phi, lam = (QUARTERS[turn or 0] for turn in turns)
    return " ".join((lam, AROUND["ry"][0], theta, AROUND["ry"][1], phi))


def stabilised(gates: Iterable[Gate], wires: Sequence[int], inputs: Inputs, draw: np.random.Generator | None) -> Tableau | None:  # fmt: skip
    """Return the stabiliser of the state that the gates make of |0...0>, or None at a gate that has no word."""
    found = Tableau(wires)
    for gate in gates:
        step = word(gate, inputs, draw)
        if step is None:
            return None
        found.apply(step, gate.wires)
    return found
