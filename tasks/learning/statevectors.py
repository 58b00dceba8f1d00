"""Batches of states and what is done to them: shape (2**n_qubits, rows), qubit 0 leading."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor


class _Permute(torch.autograd.Function):
    """Reorder rows; the gradient is the inverse reordering, where torch would scatter and add."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
        ctx.inverse = inverse
        return state.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        return grads[0].index_select(0, ctx.inverse), None, None


permuted = cast(Callable[[Tensor, Tensor, Tensor], Tensor], _Permute.apply)
"""Return a state in another order: state, order and inverse order give `state[order]`."""


def bits(n_qubits: int) -> Tensor:
    """Return (n_qubits, 2**n_qubits): the bit of each qubit in each basis state."""
    return (torch.arange(2**n_qubits)[None] >> shifts(n_qubits)) & 1


def shifts(n_qubits: int) -> Tensor:
    """Return (n_qubits, 1): the place of each qubit's bit in a basis state's number."""
    return torch.arange(n_qubits - 1, -1, -1)[:, None]


def product_state(qubits: Tensor) -> Tensor:
    """Return the amplitudes (2**k, B) of k qubits (k, 2, B)."""
    state = qubits[0]
    for qubit in qubits[1:]:
        state = (state[:, None] * qubit[None]).flatten(0, 1)
    return state


def kron(gates: Tensor) -> Tensor:
    """Return the Kronecker products (L, 2**k, 2**k) of gates (k, L, 2, 2), the first leading."""
    matrix = gates[0]
    for gate in gates[1:]:
        size = 2 * matrix.shape[-1]
        matrix = (matrix[:, :, None, :, None] * gate[:, None, :, None, :]).reshape(-1, size, size)
    return matrix


def means_of_z(state: Tensor, signs: Tensor) -> Tensor:
    """Return <Z_q> (B, n_qubits) of a state.

    Args:
        signs: the value of each qubit's Z in each basis state, shape (n_qubits, 2**n_qubits).
    """
    parts = torch.view_as_real(state).flatten(1)
    squares = (signs.to(parts.dtype) @ (parts * parts)).view(len(signs), -1, 2)
    return squares.sum(-1).T
