"""The named circuits into which rows of data enter as angles: RY and CX, layer by layer."""

from collections.abc import Iterator
from math import pi

from tasks.quantum.program import Instruction
from tasks.quantum.repeating import Repeating

FEATURE_REPETITIONS = 2


def angle_ring(n_qubits: int, n_layers: int) -> Repeating:
    """Return angle encoding, then layers of RY, RZ and a ring of CX; weights are (layers, qubits, 2) in C order.

    On |0...0>: RY(x[q]) on each qubit; then in each layer RY(w[l, q, 0]) and RZ(w[l, q, 1]) on each qubit
    and CX(q, q + 1 mod n) for q = 0 ... n - 1 in that order. One qubit has no ring, two have both
    directions.

    Source: after the cyclic code blocks of Schuld, Bocharov, Svore and Wiebe, "Circuit-centric quantum
        classifiers", Phys. Rev. A 101, 032308 (2020), with fixed CX gates in the ring.
    """

    def layer(k: int) -> Iterator[Instruction]:
        yield from _rotations(("ry", "rz"), n_qubits, k)
        yield from _ring(n_qubits, 1)

    return Repeating(n_qubits, n_qubits, 2 * n_qubits * n_layers, _encoded(n_qubits), layer, n_layers)


def strongly_entangling(n_qubits: int, n_layers: int) -> Repeating:
    """Return angle encoding, then layers of RZ RY RZ and CX of growing range; weights (layers, qubits, 3).

    In layer l CX(q, q + r mod n) stands for q = 0 ... n - 1 with r = l mod (n - 1) + 1.

    Source: Schuld, Bocharov, Svore and Wiebe, "Circuit-centric quantum classifiers", Phys. Rev. A 101,
        032308 (2020).
    """
    period = max(n_qubits - 1, 1)

    def layer(k: int) -> Iterator[Instruction]:
        yield from _rotations(("rz", "ry", "rz"), n_qubits, k)
        yield from _ring(n_qubits, k % period + 1)

    return Repeating(
        n_qubits,
        n_data=n_qubits,
        n_weights=3 * n_qubits * n_layers,
        before=_encoded(n_qubits),
        block=layer,
        n_blocks=n_layers,
        period=period,
    )


def zz_two_local(n_qubits: int, n_layers: int) -> Repeating:
    """Return a ZZ feature map of linear neighbours, then RY and linear CX; weights (layers + 1, qubits).

    Source: Havlicek et al., "Supervised learning with quantum-enhanced feature spaces", Nature 567, 209
        (2019), for the feature map, with phases 2 x_i and 2 (pi - x_i) (pi - x_j).
    """

    def layer(k: int) -> Iterator[Instruction]:
        yield from _rotations(("ry",), n_qubits, k)
        for qubit in range(n_qubits - 1):
            yield Instruction("cx", (qubit, qubit + 1))

    return Repeating(
        n_qubits,
        n_data=n_qubits,
        n_weights=n_qubits * (n_layers + 1),
        before=tuple(_feature_map(n_qubits)) * FEATURE_REPETITIONS,
        block=layer,
        n_blocks=n_layers,
        after=tuple(_rotations(("ry",), n_qubits, n_layers)),
    )


def _encoded(n_qubits: int) -> tuple[Instruction, ...]:
    return tuple(Instruction("ry", (qubit,), params=(f"x{qubit}",)) for qubit in range(n_qubits))


def _rotations(names: tuple[str, ...], n_qubits: int, layer: int) -> Iterator[Instruction]:
    """Give one layer of rotations; its weights are (layer, qubit, rotation) in C order."""
    for qubit in range(n_qubits):
        first = (layer * n_qubits + qubit) * len(names)
        for index, name in enumerate(names, first):
            yield Instruction(name, (qubit,), params=(f"w{index}",))


def _ring(n_qubits: int, reach: int) -> Iterator[Instruction]:
    if n_qubits > 1:
        for qubit in range(n_qubits):
            yield Instruction("cx", (qubit, (qubit + reach) % n_qubits))


def _feature_map(n_qubits: int) -> Iterator[Instruction]:
    for qubit in range(n_qubits):
        yield Instruction("h", (qubit,))
        yield Instruction("p", (qubit,), params=(f"(2*x{qubit})",))
    for low in range(n_qubits - 1):
        high = low + 1
        yield Instruction("cx", (low, high))
        yield Instruction("p", (high,), params=(f"(2*(({pi}-x{low})*({pi}-x{high})))",))
        yield Instruction("cx", (low, high))
