"""The differentiable twin of the `angle_ring` circuit: a batched statevector in torch.

Three facts make it fast. Encoding and first layer give a product state, written down without a
gate. The gates of a later layer do not depend on the row, so each half register takes one matrix
product for the whole batch. The ring of CX gates only renumbers basis states.
"""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn

from policy_checks.errors import ManifestError

N_QUBITS_MIN, N_QUBITS_MAX = 2, 12
INITIAL_SPREAD = 0.1 * torch.pi


class QuantumLayer(nn.Module):
    """Expectations <Z_q> of the `angle_ring` circuit, differentiable in angles and weights.

    On |0...0>: RY(angle) on each qubit; then per layer l RY(w[l, q, 0]) and RZ(w[l, q, 1]) on each
    qubit q and CX(q, (q + 1) mod n) for q = 0..n-1 in that order. The last layer's RZ commute with
    what is measured, so their gradient is zero. The first RY start near pi / 2, where the cosine of
    a small angle is steepest. Basis states are numbered with qubit 0 leading.

    Args:
        n_qubits: 2 to 12.
        n_layers: at least 1.

    Raises:
        ManifestError: the circuit is too narrow or too wide.
    """

    ring: Tensor
    ring_inverse: Tensor
    swapped_ring: Tensor
    swapped_ring_inverse: Tensor
    signs: Tensor

    def __init__(self, n_qubits: int, n_layers: int) -> None:
        super().__init__()
        if not N_QUBITS_MIN <= n_qubits <= N_QUBITS_MAX:
            raise ManifestError(
                "circuit-width",
                f"{n_qubits} qubits requested; {N_QUBITS_MIN} to {N_QUBITS_MAX} can be trained",
                "change circuit.qubits",
            )
        self.n_qubits, self.n_high = n_qubits, n_qubits // 2
        weights = torch.empty(n_layers, n_qubits, 2).uniform_(-INITIAL_SPREAD, INITIAL_SPREAD)
        weights[0, :, 0] += torch.pi / 2
        self.weights = nn.Parameter(weights)
        bits = _bits(n_qubits)
        came_from = torch.argsort(_after_ring(bits))
        swapped = torch.arange(2**n_qubits).view(2**self.n_high, -1).T.flatten()
        for name, order in (("ring", came_from), ("swapped_ring", torch.argsort(swapped)[came_from])):
            self.register_buffer(name, order, persistent=False)
            self.register_buffer(f"{name}_inverse", torch.argsort(order), persistent=False)
        self.register_buffer("signs", 1.0 - 2.0 * bits, persistent=False)

    def forward(self, angles: Tensor) -> Tensor:
        """Map angles (B, n_qubits) in radians to expectations (B, n_qubits) in [-1, 1].

        float32 runs in complex64, float64 in complex128; column q is qubit q.
        """
        weights = self.weights.to(angles.dtype)
        phases = _rz_diagonals(weights[..., 1].T)
        state = self._first_layer(angles.T + weights[0, :, :1], phases[:, 0])
        gates = _ry_matrices(weights[1:, :, 0].T) * phases[:, 1:, :, None]
        high, low = _kron(gates[: self.n_high]), _kron(gates[self.n_high :])
        for upper, lower in zip(high.unbind(), low.unbind(), strict=True):
            state = self._later_layer(state, upper, lower)
        parts = torch.view_as_real(state).flatten(1)
        squares = (self.signs.to(parts.dtype) @ (parts * parts)).view(self.n_qubits, -1, 2)
        return squares.sum(-1).T

    def _first_layer(self, angles: Tensor, phases: Tensor) -> Tensor:
        """Return the state (2**n, B) after encoding and first layer; their RY angles simply add."""
        qubits = torch.stack([(angles / 2).cos(), (angles / 2).sin()], dim=1) * phases[..., None]
        high, low = _product_state(qubits[: self.n_high]), _product_state(qubits[self.n_high :])
        return _permute((high[:, None] * low[None]).flatten(0, 1), self.ring, self.ring_inverse)

    def _later_layer(self, state: Tensor, upper: Tensor, lower: Tensor) -> Tensor:
        """Turn the high half, swap the halves, turn the low half; the ring also swaps them back."""
        high = (upper @ state.view(len(upper), -1)).view(len(upper), len(lower), -1)
        low = lower @ high.transpose(0, 1).reshape(len(lower), -1)
        return _permute(low.view(state.shape), self.swapped_ring, self.swapped_ring_inverse)


class _Permute(torch.autograd.Function):
    """Reorder rows; the gradient is the inverse reordering, where torch would scatter and add."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
        ctx.inverse = inverse
        return state.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0].index_select(0, ctx.inverse), None, None


_permute = cast(Callable[[Tensor, Tensor, Tensor], Tensor], _Permute.apply)


def _bits(n_qubits: int) -> Tensor:
    """Return (n_qubits, 2**n_qubits): the bit of each qubit in each basis state."""
    return (torch.arange(2**n_qubits)[None] >> _shifts(n_qubits)) & 1


def _after_ring(bits: Tensor) -> Tensor:
    """Return the basis state (2**n_qubits,) that each basis state becomes in the ring."""
    n_qubits, bits = len(bits), bits.clone()
    for control in range(n_qubits):
        bits[(control + 1) % n_qubits] ^= bits[control]
    return (bits << _shifts(n_qubits)).sum(0)


def _shifts(n_qubits: int) -> Tensor:
    return torch.arange(n_qubits - 1, -1, -1)[:, None]


def _rz_diagonals(angles: Tensor) -> Tensor:
    """Return the diagonals (..., 2) of RZ."""
    half = torch.stack([-angles, angles], dim=-1) / 2
    return torch.polar(torch.ones_like(half), half)


def _ry_matrices(angles: Tensor) -> Tensor:
    """Return the matrices (..., 2, 2) of RY."""
    cos, sin = (angles / 2).cos(), (angles / 2).sin()
    return torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)


def _product_state(qubits: Tensor) -> Tensor:
    """Return the amplitudes (2**k, B) of k qubits (k, 2, B)."""
    state = qubits[0]
    for qubit in qubits[1:]:
        state = (state[:, None] * qubit[None]).flatten(0, 1)
    return state


def _kron(gates: Tensor) -> Tensor:
    """Return the Kronecker products (L, 2**k, 2**k) of gates (k, L, 2, 2), the first leading."""
    matrix = gates[0]
    for gate in gates[1:]:
        size = 2 * matrix.shape[-1]
        matrix = (matrix[:, :, None, :, None] * gate[:, None, :, None, :]).reshape(-1, size, size)
    return matrix
