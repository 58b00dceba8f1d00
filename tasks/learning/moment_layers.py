"""What happens at one moment of a circuit, done to a whole batch of states.

Turns that do not depend on the row take one matrix product a half register for the whole batch; those that
do are taken qubit by qubit. Phases of a moment are one factor, and its flips one reordering.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from tasks.learning.gates import ONE, Arithmetic, Gate, GateList, names
from tasks.learning.moments import Moment
from tasks.learning.statevectors import kron, permuted

AXES = {"rx": ((0, -1j), (-1j, 0)), "ry": ((0, -1), (1, 0)), "phase": ((-1j, 0), (0, 1j))}
"""Kind of gate -> -i times the Pauli operator that it turns about, a phase up to a global one."""


@dataclass(frozen=True)
class Worths:
    """All different angles of a circuit.

    Attributes:
        shared: those that are worth the same in every row, beginning with 1; each has its place.
        rowwise: those that are worth something else in each row, their places counted on.
    """

    shared: dict[Arithmetic, int]
    rowwise: dict[Arithmetic, int]

    @classmethod
    def of(cls, circuit: GateList) -> "Worths":
        """Return the angles of a circuit."""
        weights = frozenset(circuit.weights)
        found = dict.fromkeys([ONE, *(gate.angle for gate in circuit.gates)])
        shared = [angle for angle in found if names(angle) <= weights]
        rowwise = [angle for angle in found if not names(angle) <= weights]
        return cls(_numbered(shared, 0), _numbered(rowwise, len(shared)))

    def place(self, angle: Arithmetic) -> int:
        """Return the place of an angle."""
        return self.shared[angle] if angle in self.shared else self.rowwise[angle]


class Turns(nn.Module):
    """The matrix of each qubit's turns one after the other: (qubits, rows or 1, 2, 2)."""

    places: Tensor
    factors: Tensor
    axes: Tensor

    def __init__(self, turns: Sequence[Sequence[Gate]], worths: Worths) -> None:
        super().__init__()
        self.depth, self.n_qubits = max(1, *map(len, turns)), len(turns)
        idle = Gate("ry", (0,), 0.0)
        padded = [
            gate
            for step in range(self.depth)
            for gates in turns
            for gate in [gates[step] if step < len(gates) else idle]
        ]
        places = [worths.place(gate.angle) for gate in padded]
        self.is_rowwise = max(places) >= len(worths.shared)
        halves = torch.tensor([gate.factor / 2 for gate in padded], dtype=torch.float64)
        self.register_buffer("places", torch.tensor(places), persistent=False)
        self.register_buffer("factors", halves[:, None], persistent=False)
        axes = torch.tensor([AXES[gate.kind] for gate in padded], dtype=torch.complex128)
        self.register_buffer("axes", axes[:, None], persistent=False)

    def forward(self, shared: Tensor, rowwise: Tensor) -> Tensor:
        """Return the matrices by what the angles are worth, (k,) and (m, B)."""
        values = shared[:, None]
        if self.is_rowwise:
            values = torch.cat([values.expand(-1, rowwise.shape[1]), rowwise])
        half = values.index_select(0, self.places) * self.factors.to(values.dtype)
        axes = self.axes.to(half.dtype.to_complex())
        cos, sin = half.cos()[..., None, None], half.sin()[..., None, None]
        turns = cos * torch.eye(2, dtype=axes.dtype) + sin * axes
        whole, *others = turns.view(self.depth, self.n_qubits, -1, 2, 2).unbind()
        for turn in others:
            whole = turn @ whole
        return whole


class Turned(nn.Module):
    """A moment's turns."""

    def __init__(self, moment: Moment, n_qubits: int, worths: Worths) -> None:
        super().__init__()
        qubits = range(n_qubits)
        shared = {q for q in moment.turns if all(gate.angle in worths.shared for gate in moment.turns[q])}
        self.n_high = n_qubits // 2
        self.is_high = min(shared, default=n_qubits) < self.n_high
        self.is_low = max(shared, default=0) >= self.n_high
        self.shared = Turns([moment.turns[q] if q in shared else () for q in qubits], worths)
        self.qubits = sorted({*moment.turns} - shared)
        self.rowwise = Turns([moment.turns[q] for q in self.qubits] or [()], worths)

    def forward(self, state: Tensor, shared: Tensor, rowwise: Tensor) -> Tensor:
        """Return the state (2**n, B) after them."""
        gates, size = self.shared(shared, rowwise), state.shape
        if self.is_high:
            state = (kron(gates[: self.n_high])[0] @ state.view(1 << self.n_high, -1)).view(size)
        if self.is_low:
            state = (kron(gates[self.n_high :])[0] @ state.view(1 << self.n_high, -1, size[1])).view(size)
        if self.qubits:
            for qubit, gate in zip(self.qubits, self.rowwise(shared, rowwise), strict=True):
                state = _row_by_row(state, gate, qubit)
        return state


class Mixed(nn.Module):
    """A moment's phases and flips."""

    image: Tensor
    order: Tensor

    def __init__(self, moment: Moment, worths: Worths) -> None:
        super().__init__()
        self.shared, self.rowwise = (_Phases(moment, places) for places in (worths.shared, worths.rowwise))
        self.is_reordered = bool((moment.image != np.arange(len(moment.image))).any())
        image = torch.from_numpy(moment.image)
        self.register_buffer("image", image, persistent=False)
        self.register_buffer("order", torch.argsort(image), persistent=False)

    def forward(self, state: Tensor, shared: Tensor, rowwise: Tensor) -> Tensor:
        """Return the state (2**n, B) after it."""
        if self.shared.n_angles:
            state = state * self.shared(shared[:, None])
        if self.rowwise.n_angles:
            state = state * self.rowwise(rowwise)
        return permuted(state, self.order, self.image) if self.is_reordered else state


class _Phases(nn.Module):
    """The factor (2**n, B or 1) of each basis state, from angles (k, B or 1) of one kind."""

    places: Tensor
    turned: Tensor

    def __init__(self, moment: Moment, places: dict[Arithmetic, int]) -> None:
        super().__init__()
        angles = [angle for angle in moment.phases if angle in places]
        self.n_angles, first = len(angles), min(places.values(), default=0)
        chosen = torch.tensor([places[angle] - first for angle in angles], dtype=torch.int64)
        turned = np.array([moment.phases[angle] for angle in angles]).T
        self.register_buffer("places", chosen, persistent=False)
        self.register_buffer("turned", torch.from_numpy(turned), persistent=False)

    def forward(self, values: Tensor) -> Tensor:
        phases = self.turned.to(values.dtype) @ values.index_select(0, self.places)
        return torch.polar(torch.ones_like(phases), phases)


def _numbered(angles: Sequence[Arithmetic], first: int) -> dict[Arithmetic, int]:
    return {angle: place for place, angle in enumerate(angles, first)}


def _row_by_row(state: Tensor, gate: Tensor, qubit: int) -> Tensor:
    """Return a state (2**n, B) after each row's own gate (B, 2, 2) on a qubit."""
    zero, one = state.view(1 << qubit, 2, -1, state.shape[1]).unbind(1)
    (a, b), (c, d) = (row.unbind(1) for row in gate.unbind(1))
    return torch.stack([a * zero + b * one, c * zero + d * one], dim=1).view(state.shape)
