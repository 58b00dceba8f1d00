"""Predictions from a cost model: additive, monotonous, and what was shipped before."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.complexity import (
    SHIPPED,
    Work,
    cost_counts,
    n_simulated,
    predicted,
    predicted_bytes,
    predicted_s,
)
from policy_checks.schemas.calibration import CostModel
from policy_checks.schemas.circuit import CircuitProfile

PARTS = [name for name in CostModel.model_fields if name != "spread"]


def a_profile(n_qubits: int = 4, n_1q: int = 20, n_2q: int = 12, **changes) -> CircuitProfile:
    sizes = {"depth": 10, "depth_2q": 6, "n_measure": 4, "n_weights": 0, "n_inputs": 1}
    named = {"n_qubits": n_qubits, "n_1q": n_1q, "n_2q": n_2q, "template": f"sha256:{0:064x}", **changes}
    return CircuitProfile(**sizes, **named)


def a_model(**costs: float) -> CostModel:
    return CostModel(**{**dict.fromkeys(PARTS, 0.0), "spread": 1.5, **costs})


WORKS = st.builds(
    Work, st.integers(1, 256), st.integers(0, 9), st.integers(1, 99), st.none() | st.integers(16, 10**6)
)


@given(work=WORKS, n_qubits=st.integers(1, 26))
def test_an_interval_is_as_wide_as_the_model_says_and_holds_its_middle(work: Work, n_qubits: int) -> None:
    found = predicted(a_profile(n_qubits), work, a_model(call_s=0.1, amplitude_s=1e-9))
    assert found.low < found.mid < found.high
    assert found.high / found.low == pytest.approx(1.5**2)


@given(work=WORKS, part=st.sampled_from(PARTS), n_qubits=st.integers(1, 26))
def test_every_part_is_paid_as_often_as_it_is_counted(work: Work, part: str, n_qubits: int) -> None:
    profile = a_profile(n_qubits)
    times = cost_counts(profile, work).get(part, 0.0)
    assert predicted(profile, work, a_model(**{part: 2.0})).mid == pytest.approx(2.0 * times)


@given(work=WORKS, n_qubits=st.integers(1, 25), n_2q=st.integers(0, 500))
def test_more_of_anything_never_costs_less(work: Work, n_qubits: int, n_2q: int) -> None:
    less = predicted(a_profile(n_qubits, n_2q=n_2q), work).mid
    more = Work(work.n_rows + 1, work.n_bases, work.n_terms + 1, work.shots and work.shots * 2)
    for profile, asked in (
        (a_profile(n_qubits, n_2q=n_2q + 1), work),
        (a_profile(n_qubits, n_2q=n_2q), more),
    ):
        assert predicted(profile, asked).mid > less
    assert predicted(a_profile(n_qubits + 1, n_2q=n_2q), work).mid >= less


def test_a_circuit_more_costs_by_the_shipped_model_what_it_did_before() -> None:
    profile = a_profile(n_qubits=12, n_1q=100, n_2q=50)
    one, two = (predicted_s(profile, n_circuits=n) for n in (100, 101))
    assert two - one == pytest.approx(113e-6 + 150 * (1.43e-6 + 1.96e-9 * 2**12))


@pytest.mark.parametrize(("n_qubits", "far"), [(15, 0), (16, 0), (17, 1)], ids=str)
def test_states_beyond_the_cache_have_a_price_of_their_own(n_qubits: int, far: int) -> None:
    counts = cost_counts(a_profile(n_qubits), Work())
    assert ("far_amplitude_s" in counts) == bool(far)
    assert ("amplitude_s" in counts) != bool(far)


def test_gates_are_counted_as_the_simulator_has_them() -> None:
    gates = (("barrier", 9), ("ccx", 2), ("cx", 3), ("iswap", 1), ("measure", 4))
    profile = a_profile(n_1q=18, n_2q=16, n_wide=2, gates=gates)
    assert n_simulated(profile) == 2 + 3 + 6
    assert n_simulated(profile, noisy=True) == 18 + 16 + 5
    assert n_simulated(a_profile(n_1q=7, n_2q=5)) == 12


def test_bytes_hold_state_and_distribution_of_the_widest_circuit() -> None:
    assert predicted_bytes(a_profile(26)) > 24 * 2**26
    assert predicted_bytes(a_profile(26)) < 16 * 2**30
    assert predicted_bytes(a_profile(6), noisy=True) > 24 * 4**6


def test_a_model_with_a_cost_that_is_none_is_refused() -> None:
    for cost in (-1e-9, math.nan, math.inf):
        with pytest.raises(ValueError, match="call_s"):
            a_model(call_s=cost)
    assert SHIPPED.spread > 1
