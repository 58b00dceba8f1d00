"""The differentiable twin of any circuit of gates: a batched statevector in torch.

Encoding and first turns give a product state, written down without a gate. Later gates go moment by moment.
"""

import torch
from torch import Tensor, nn

from policy_checks.errors import ManifestError
from tasks.learning.gates import GateList, worth
from tasks.learning.moment_layers import Mixed, Turned, Turns, Worths
from tasks.learning.moments import moments
from tasks.learning.quantum_layer import N_QUBITS_MAX, N_QUBITS_MIN
from tasks.learning.statevectors import bits, means_of_z, product_state

N_STARTS, PROBE = 32, 0.5
"""Starts that are tried, and how far each angle is then turned either way."""

UNSEEN = 1e-4
"""Squared changes below this tell starts apart no more."""


class ProgramLayer(nn.Module):
    """Expectations <Z_q> of a circuit, differentiable in angles and weights.

    Weights start at random; of some such starts the one is taken whose expectations follow the angles most,
    since at others a circuit may not see them at all. Basis states are numbered with qubit 0 leading.

    Raises:
        ManifestError: the circuit is too narrow or too wide.
    """

    signs: Tensor

    def __init__(self, circuit: GateList) -> None:
        super().__init__()
        if not N_QUBITS_MIN <= circuit.n_qubits <= N_QUBITS_MAX:
            raise ManifestError(
                "circuit-width",
                f"{circuit.n_qubits} qubits requested; {N_QUBITS_MIN} to {N_QUBITS_MAX} can be trained",
                "change circuit.qubits",
            )
        self.n_qubits, self.names = circuit.n_qubits, circuit.weights
        first, *later = found = moments(circuit)
        self.angles = Worths.of(circuit)
        self.first = Turns([first.turns.get(qubit, []) for qubit in range(self.n_qubits)], self.angles)
        self.turned = nn.ModuleList(Turned(moment, self.n_qubits, self.angles) for moment in later)
        self.mixed = nn.ModuleList(Mixed(moment, self.angles) for moment in found[:-1])
        signs = 1.0 - 2.0 * bits(self.n_qubits)[:, torch.from_numpy(found[-1].image)]
        self.register_buffer("signs", signs, persistent=False)
        self.weights = nn.Parameter(torch.empty(len(circuit.weights)))
        self._start()

    def forward(self, angles: Tensor) -> Tensor:
        """Map angles (B, n_qubits) in radians to expectations (B, n_qubits) in [-1, 1].

        float32 runs in complex64, float64 in complex128; column q is qubit q.
        """
        shared, rowwise = self._worths(angles)
        qubits = self.first(shared, rowwise)[..., 0].transpose(1, 2)
        state = product_state(qubits.expand(-1, -1, len(angles)).contiguous())
        for mixed, turned in zip(self.mixed, self.turned, strict=True):
            state = turned(mixed(state, shared, rowwise), shared, rowwise)
        return means_of_z(state, self.signs)

    def _worths(self, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Return what all angles' arithmetic is worth: in every row alike (k,), and row by row (m, B)."""
        one = angles.new_ones(())
        known = dict(zip(self.names, self.weights.to(angles.dtype).unbind(), strict=True))
        known |= {f"x{qubit}": column for qubit, column in enumerate(angles.T)}
        shared = torch.stack([worth(angle, known, one) for angle in self.angles.shared])
        rowwise = [worth(angle, known, one) for angle in self.angles.rowwise]
        return shared, torch.stack(rowwise) if rowwise else angles.new_empty(0, len(angles))

    def _start(self) -> None:
        """Draw the weights."""
        starts = torch.empty(N_STARTS, len(self.weights)).uniform_(-torch.pi, torch.pi)
        followed = torch.stack([self._followed(start) for start in starts])
        with torch.no_grad():
            self.weights.copy_(starts[int(followed.nan_to_num(-torch.inf).argmax())])

    def _followed(self, start: Tensor) -> Tensor:
        """Return how well the expectations follow the angles around 0, each angle weighed alike."""
        with torch.no_grad():
            self.weights.copy_(start)
            step = PROBE * torch.eye(self.n_qubits)
            up, down = self(torch.cat([step, -step])).chunk(2)
            changes: Tensor = (up - down).square().sum(dim=1)
            return (changes + UNSEEN).log().sum()
