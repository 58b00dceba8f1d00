"""A job is allowed, sent to one or two people, or denied by its size."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policy_checks import tiers
from policy_checks.rules.circuit_limits import circuit_limits
from policy_checks.schemas.decision import Finding
from policy_checks.schemas.governing import Tier, Tiers
from policy_checks.tiers import BEYOND, bounded, excesses, tier_of
from tests.documents import a_manifest, an_estimate, the_facts, the_policy, the_tenants
from tests.jobs import a_job

GIB = 2**30
NOBODY, ONE, TWO = set(), {("review", "medium")}, {("review", "high")}
DENIED = {("deny", "high")}
DEFAULTS = Tiers()


def asked(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.effect, finding.severity) for finding in findings}


def judged(estimate=None, profile=None, policy=None, **changes) -> list[Finding]:
    manifest = a_manifest(**changes)
    facts = the_facts(manifest, **({"estimate": estimate} if estimate else {}))
    sizes = facts.profile.model_copy(update=profile or {})
    limits = facts.policy.limits.model_copy(update=policy or {})
    named = the_facts(
        manifest,
        profile=sizes,
        estimate=facts.estimate,
        policy=facts.policy.model_copy(update={"limits": limits}),
    )
    return list(circuit_limits(manifest, named))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"circuit__qubits": 1}, DENIED, id="one-qubit-entangles-nothing"),
        pytest.param({"circuit__qubits": 2}, NOBODY, id="two-qubits"),
        pytest.param({"circuit__qubits": 11}, NOBODY, id="below-width"),
        pytest.param({"circuit__qubits": 12}, NOBODY, id="at-width"),
        pytest.param({"circuit__qubits": 13}, DENIED | ONE, id="one-qubit-too-wide-to-train"),
        pytest.param({"circuit__qubits": 40}, DENIED, id="forty-qubits"),
        pytest.param({"execution__shots": 19_999}, NOBODY, id="below-automatic-shots"),
        pytest.param({"execution__shots": 20_000}, NOBODY, id="at-automatic-shots"),
        pytest.param({"execution__shots": 20_001}, ONE, id="one-shot-above-automatic"),
        pytest.param({"circuit__layers": 125}, NOBODY, id="at-automatic-gates"),
        pytest.param({"circuit__layers": 126}, ONE, id="above-automatic-gates"),
    ],
)
def test_size_decides_who_is_asked(changes, expected):
    assert asked(judged(**changes)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(59.9, NOBODY, id="below-t0"),
        pytest.param(60.0, NOBODY, id="at-t0"),
        pytest.param(60.01, ONE, id="above-t0"),
        pytest.param(600.0, ONE, id="at-t1"),
        pytest.param(600.1, TWO, id="above-t1"),
        pytest.param(3_600.0, TWO, id="at-t2"),
        pytest.param(3_600.1, DENIED, id="above-t2"),
    ],
)
def test_predicted_seconds_decide_who_is_asked(seconds, expected):
    assert asked(judged(an_estimate(quantum_s=seconds))) == expected


@pytest.mark.parametrize(
    ("peak_bytes", "expected"),
    [
        pytest.param(GIB, NOBODY, id="at-t0"),
        pytest.param(GIB + 1, ONE, id="above-t0"),
        pytest.param(8 * GIB + 1, TWO, id="above-t1"),
        pytest.param(16 * GIB + 1, DENIED, id="above-t2"),
    ],
)
def test_predicted_memory_decides_who_is_asked(peak_bytes, expected):
    assert asked(judged(an_estimate(peak_bytes=peak_bytes))) == expected


@pytest.mark.parametrize(("n_qubits", "tier"), [(12, 0), (13, 1), (20, 1), (21, 2), (26, 2), (27, BEYOND)])
def test_width_decides_the_tier(n_qubits, tier):
    manifest = a_manifest()
    sizes = the_facts(manifest).profile.model_copy(update={"n_qubits": n_qubits})
    assert tier_of(sizes, an_estimate(), 0, DEFAULTS) == tier


@pytest.mark.parametrize(("qubits", "expected"), [(5, set()), (6, set()), (7, {("note", "info")})])
def test_noise_on_wide_circuits_is_left_out_with_a_note(qubits, expected):
    assert asked(judged(circuit__qubits=qubits, execution__noise="depolarising_readout")) == expected


def test_a_denial_says_what_was_found_what_is_allowed_and_what_to_do():
    trained, beyond = judged(circuit__qubits=40)
    assert "40 qubits requested, 12 allowed" in trained.message
    assert beyond.message == "beyond every tier: 40 qubits (tier 2 allows 26)"
    assert beyond.remedy == "lower circuit.qubits"


def test_a_review_names_its_tier_and_what_the_next_lower_one_allows():
    (finding,) = judged(an_estimate(quantum_s=700.0, peak_bytes=9 * GIB), execution__shots=30_000)
    assert finding.message == (
        "tier 2, two reviewers: 700 predicted quantum seconds (tier 1 allows 600), "
        "9,663,676,416 predicted bytes (8,589,934,592)"
    )
    assert finding.remedy.endswith("or ask for approval")


SIZES = st.fixed_dictionaries(
    {
        "n_qubits": st.integers(1, 40),
        "n_2q": st.integers(0, 2_000),
        "shots": st.integers(0, 10**6),
        "quantum_s": st.floats(0, 10_000),
        "peak_bytes": st.integers(0, 2**36),
    }
)


def found_tier(sizes: dict) -> int:
    profile = the_facts(a_manifest()).profile.model_copy(
        update={"n_qubits": sizes["n_qubits"], "n_2q": sizes["n_2q"]}
    )
    estimate = an_estimate(quantum_s=sizes["quantum_s"], peak_bytes=sizes["peak_bytes"])
    return tier_of(profile, estimate, sizes["shots"], DEFAULTS)


@given(SIZES, SIZES)
def test_more_of_anything_never_asks_fewer_people(one, other):
    larger = {name: max(one[name], other[name]) for name in one}
    assert found_tier(larger) >= max(found_tier(one), found_tier(other))


@given(SIZES)
def test_a_job_fits_its_own_tier_and_not_the_one_below(sizes):
    tier, every = found_tier(sizes), (DEFAULTS.t0, DEFAULTS.t1, DEFAULTS.t2)
    profile = the_facts(a_manifest()).profile.model_copy(
        update={"n_qubits": sizes["n_qubits"], "n_2q": sizes["n_2q"]}
    )
    estimate = an_estimate(quantum_s=sizes["quantum_s"], peak_bytes=sizes["peak_bytes"])
    over = [bool(excesses(profile, estimate, sizes["shots"], each)) for each in every]
    assert over == [n < tier for n in range(BEYOND)]


@pytest.mark.parametrize(
    ("bounds", "job", "expected"),
    [
        pytest.param({"shots_max": 25_000}, {"execution__shots": 25_000}, ONE, id="at-the-policys-shots"),
        pytest.param({"shots_max": 25_000}, {"execution__shots": 25_001}, DENIED, id="beyond-them"),
        pytest.param({"shots_automatic_max": 100}, {"execution__shots": 101}, ONE, id="automatic-shots"),
        pytest.param({"gates_2q_max": 7}, {}, DENIED, id="gates"),
        pytest.param({"quantum_s_max": 0.5}, {}, DENIED, id="seconds"),
        pytest.param({"quantum_s_automatic_max": 0.5}, {}, ONE, id="automatic-seconds"),
        pytest.param({"peak_bytes_max": 100}, {}, DENIED, id="memory"),
        pytest.param(
            {"shots_max": 10**9}, {"execution__shots": 20_001}, ONE, id="a-wider-bound-widens-nothing"
        ),
    ],
)
def test_a_bound_of_the_policy_binds_every_tenant(bounds, job, expected):
    assert asked(judged(policy=bounds, **job)) == expected


def test_the_shipped_tenant_has_the_default_tiers_and_quotas():
    tenant = the_tenants().tenants[0]
    assert "tiers" in tenant.model_fields_set
    assert tenant.tiers == DEFAULTS
    assert tenant.quotas == type(tenant.quotas)()
    assert bounded(tenant.tiers, the_policy().limits) == DEFAULTS


@pytest.mark.parametrize("name", list(Tier.model_fields))
@pytest.mark.parametrize(("low", "high"), list(itertools.pairwise(("t0", "t1", "t2"))))
def test_a_tier_never_allows_less_than_the_one_below_it(name, low, high):
    content = DEFAULTS.model_dump()
    content[low][name] = 1000
    content[high][name] = 999
    with pytest.raises(ValidationError, match="must not fall"):
        Tiers.model_validate(content)


def test_the_number_of_tiers_is_where_denial_begins():
    assert len(Tiers.model_fields) == tiers.BEYOND


@pytest.mark.parametrize(("shots", "effects"), [(15, ["deny"]), (16, []), (None, [])])
def test_a_mean_of_a_few_shots_would_tell_single_outcomes(shots, effects):
    manifest = a_job("variational", execution__shots=shots)
    found = circuit_limits(manifest, the_facts(manifest))
    assert [finding.effect for finding in found if finding.clause == "R2.1"] == effects
