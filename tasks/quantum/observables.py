"""Sums of Pauli operators, and in how few bases they can be measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

PauliSum = tuple[tuple[str, float], ...]
"""(label, coefficient) in any order; labels as long as the circuit is wide, qubit 0 rightmost (Qiskit order)."""


@dataclass(slots=True)
class Basis:
    """Which qubits are turned before they are read, and the labels whose value is read then.

    Attributes:
        x, z: bit q is set where qubit q's letter has an X part, a Z part; Y has both.
    """

    x: int = 0
    z: int = 0
    labels: list[str] = field(default_factory=list)

    def takes(self, x: int, z: int) -> bool:
        """Return whether operators agree on every qubit on which both act."""
        return not ((x | z) & (self.x | self.z) & ((x ^ self.x) | (z ^ self.z)))


def bases(observables: Iterable[PauliSum]) -> tuple[Basis, ...]:
    """Return the bases in which every label can be read, the same for every order of terms.

    Operators that commute qubit by qubit share a basis; the heaviest are placed first, each where it
    fits first. The identity needs none.
    """
    labels = {label for observable in observables for label, _ in observable}
    found: list[Basis] = []
    for label in sorted(labels, key=lambda label: (label.count("I"), label)):
        x, z = _mask(label, "XY"), _mask(label, "YZ")
        if not x | z:
            continue
        basis = next((each for each in found if each.takes(x, z)), None)
        if basis is None:
            found.append(basis := Basis())
        basis.x, basis.z = basis.x | x, basis.z | z
        basis.labels.append(label)
    return tuple(found)


def n_circuits(observables: Sequence[PauliSum]) -> int:
    """Return how many circuits a row needs if the observables are sampled, each in its own basis.

    >>> n_circuits(((("ZZ", 1.0), ("IZ", 0.5), ("XX", 0.5)),))
    2
    """
    return max(1, len(bases(observables)))


def magnetisation(n_qubits: int) -> PauliSum:
    """Return the mean of Z over all qubits.

    >>> magnetisation(2)
    (('IZ', 0.5), ('ZI', 0.5))
    """
    labels = ("I" * (n_qubits - 1 - qubit) + "Z" + "I" * qubit for qubit in range(n_qubits))
    return tuple(sorted((label, 1 / n_qubits) for label in labels))


def each_z(n_qubits: int) -> tuple[PauliSum, ...]:
    """Return the observables Z_q, qubit by qubit.

    >>> each_z(2)
    ((('IZ', 1.0),), (('ZI', 1.0),))
    """
    return tuple((("I" * (n_qubits - 1 - qubit) + "Z" + "I" * qubit, 1.0),) for qubit in range(n_qubits))


def support(label: str) -> int:
    """Return the qubits on which a label acts, qubit 0 as bit 0."""
    return _mask(label, "XYZ")


def _mask(label: str, letters: str) -> int:
    return int("".join("1" if letter in letters else "0" for letter in label), 2)
