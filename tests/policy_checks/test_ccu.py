"""Complexity units are what the formula says, and more of anything never costs less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.complexity import ccu
from policy_checks.schemas.circuit import CircuitProfile
from tests.documents import DIGEST

COUNTS = st.integers(0, 10_000)
SIZES = {
    "n_qubits": st.integers(1, 26), "n_1q": COUNTS, "n_2q": COUNTS, "n_measure": COUNTS, "n_reset": COUNTS,
    "n_circuits": st.integers(1, 1_000), "shots": st.integers(1, 10**7),
    "multiplier": st.floats(1.0, 100.0),
}  # fmt: skip


def a_profile(**sizes: int) -> CircuitProfile:
    fields = {
        "n_qubits": 2, "depth": 1, "depth_2q": 0, "n_1q": 0, "n_2q": 0, "n_measure": 0, "n_weights": 0,
        "n_inputs": 0, "template": DIGEST,
    }  # fmt: skip
    return CircuitProfile(**(fields | sizes))


def units(sizes: dict) -> float:
    others = {"n_circuits", "shots", "multiplier"}
    profile = a_profile(**{name: size for name, size in sizes.items() if name not in others})
    return ccu(profile, **{name: sizes[name] for name in others})


@pytest.mark.parametrize(
    ("sizes", "n_circuits", "shots", "multiplier", "by_hand"),
    [
        pytest.param({}, 1, 1000, 1.0, 5.0, id="nothing-in-it"),
        pytest.param({"n_1q": 5}, 1, 1000, 1.0, 6.0, id="5-plus-1000-times-5-over-5000"),
        pytest.param({"n_2q": 3}, 1, 1000, 1.0, 11.0, id="a-two-qubit-gate-weighs-ten"),
        pytest.param({"n_measure": 2}, 1, 1000, 1.0, 7.0, id="a-measurement-weighs-five"),
        pytest.param({"n_reset": 2}, 1, 1000, 1.0, 7.0, id="a-reset-as-much-as-a-measurement"),
        pytest.param({"n_1q": 5, "n_2q": 3, "n_measure": 2}, 10, 1000, 3.0, 420.0, id="3-x-10-x-14"),
        pytest.param({"n_qubits": 10, "n_1q": 5000}, 1, None, 1.0, 1029.0, id="exact-counts-2-to-the-n"),
        pytest.param(
            {"n_qubits": 10, "n_1q": 5000}, 1, 24, 1.0, 1029.0, id="few-shots-are-evaluated-exactly"
        ),
        pytest.param({"n_qubits": 10, "n_1q": 5000}, 1, 2000, 1.0, 2005.0, id="many-shots-count"),
    ],
)
def test_the_units_are_those_worked_out_by_hand(sizes, n_circuits, shots, multiplier, by_hand):
    found = ccu(a_profile(**sizes), n_circuits=n_circuits, shots=shots, multiplier=multiplier)
    assert found == pytest.approx(by_hand)


@given(st.fixed_dictionaries(SIZES), st.fixed_dictionaries(SIZES), st.sets(st.sampled_from(list(SIZES))))
def test_more_of_anything_never_costs_less(one, other, raised):
    more = {name: max(one[name], other[name]) if name in raised else one[name] for name in one}
    assert units(more) >= units(one)


@given(st.fixed_dictionaries(SIZES), st.integers(2, 10))
def test_splitting_a_job_into_many_never_costs_less(sizes, n):
    whole = units(sizes | {"n_circuits": n * sizes["n_circuits"]})
    assert n * units(sizes) >= whole * (1 - 1e-12)
