from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import Pauli

from tasks.quantum.observables import bases, n_circuits, support
from tests.tasks.quantum.drawing import pauli_sums

SUMS = st.integers(1, 5).flatmap(lambda n: st.lists(pauli_sums(n), min_size=1, max_size=5))


def agree(a: str, b: str) -> bool:
    """Whether two operators commute on every single qubit, as Qiskit says."""
    return all(Pauli(one).commutes(Pauli(other)) for one, other in zip(a, b, strict=True))


@given(sums=SUMS)
def test_labels_of_one_basis_commute_qubit_by_qubit_and_none_is_lost(sums: list) -> None:
    found = bases(sums)
    for basis in found:
        assert all(agree(a, b) for a, b in combinations(basis.labels, 2))
    wanted = {label for each in sums for label, _ in each if set(label) != {"I"}}
    assert sorted(label for basis in found for label in basis.labels) == sorted(wanted)


@given(sums=SUMS, data=st.data())
def test_the_order_of_terms_changes_no_basis(sums: list, data: st.DataObject) -> None:
    terms = data.draw(st.permutations([term for each in sums for term in each]))
    assert bases(sums) == bases([tuple(terms)])


@pytest.mark.parametrize(
    ("observables", "n"),
    [
        pytest.param(((("ZZI", 1.0), ("IZZ", 1.0)), (("ZIZ", 1.0),)), 1, id="diagonal"),
        pytest.param(((("III", 1.0),),), 1, id="identity"),
        pytest.param(((("XXX", 1.0), ("ZZZ", 1.0), ("YYY", 1.0)),), 3, id="each-its-own"),
        pytest.param(((("ZZI", 1.0), ("XII", 1.0), ("IXI", 1.0), ("IIX", 1.0)),), 2, id="ising-chain"),
        pytest.param(((("XZ", 1.0), ("XI", 1.0), ("IZ", 1.0)),), 1, id="mixed-letters"),
    ],
)
def test_so_many_circuits_are_needed(observables: tuple, n: int) -> None:
    assert n_circuits(observables) == n


def test_a_label_acts_on_the_qubits_whose_letter_is_not_the_identity() -> None:
    assert support("XIYZI") == 0b10110


def test_every_label_of_six_qubits_needs_the_bases_of_the_full_ones() -> None:
    letters = "IXYZ"
    sums = tuple((("".join(letters[n >> 2 * q & 3] for q in range(6)) * 4, 1.0),) for n in range(4096))
    assert n_circuits(sums) == 729, "3**6, as many as there are full labels"
