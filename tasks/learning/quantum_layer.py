"""The differentiable twin of the `angle_ring` circuit: a batched statevector in torch.

Three facts make it fast. Encoding and first layer give a product state, written down without a
gate. The gates of a later layer do not depend on the row, so each half register takes one matrix
product for the whole batch. The ring of CX gates only renumbers basis states.
"""

import torch
from torch import Tensor, nn

from policy_checks.errors import ManifestError
from tasks.learning.statevectors import bits as basis_bits
from tasks.learning.statevectors import kron, means_of_z, permuted, product_state, shifts

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
        bits = basis_bits(n_qubits)
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
        high, low = kron(gates[: self.n_high]), kron(gates[self.n_high :])
        for upper, lower in zip(high.unbind(), low.unbind(), strict=True):
            state = self._later_layer(state, upper, lower)
        return means_of_z(state, self.signs)

    def _first_layer(self, angles: Tensor, phases: Tensor) -> Tensor:
        """Return the state (2**n, B) after encoding and first layer; their RY angles simply add."""
        qubits = torch.stack([(angles / 2).cos(), (angles / 2).sin()], dim=1) * phases[..., None]
        high, low = product_state(qubits[: self.n_high]), product_state(qubits[self.n_high :])
        return permuted((high[:, None] * low[None]).flatten(0, 1), self.ring, self.ring_inverse)

    def _later_layer(self, state: Tensor, upper: Tensor, lower: Tensor) -> Tensor:
        """Turn the high half, swap the halves, turn the low half; the ring also swaps them back."""
        high = (upper @ state.view(len(upper), -1)).view(len(upper), len(lower), -1)
        low = lower @ high.transpose(0, 1).reshape(len(lower), -1)
        return permuted(low.view(state.shape), self.swapped_ring, self.swapped_ring_inverse)


def _after_ring(bits: Tensor) -> Tensor:
    """Return the basis state (2**n_qubits,) that each basis state becomes in the ring."""
    n_qubits, bits = len(bits), bits.clone()
    for control in range(n_qubits):
        bits[(control + 1) % n_qubits] ^= bits[control]
    return (bits << shifts(n_qubits)).sum(0)


def _rz_diagonals(angles: Tensor) -> Tensor:
    """Return the diagonals (..., 2) of RZ."""
    half = torch.stack([-angles, angles], dim=-1) / 2
    return torch.polar(torch.ones_like(half), half)


def _ry_matrices(angles: Tensor) -> Tensor:
    """Return the matrices (..., 2, 2) of RY."""
    cos, sin = (angles / 2).cos(), (angles / 2).sin()
    return torch.stack([torch.stack([cos, -sin], -1), torch.stack([sin, cos], -1)], -2)
