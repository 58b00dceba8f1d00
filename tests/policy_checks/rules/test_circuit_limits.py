"""A circuit is allowed, sent to a person or denied by its size."""

import pytest

from policy_checks.rules.circuit_limits import circuit_limits
from policy_checks.schemas.decision import Finding
from tests.documents import a_manifest, an_estimate, the_facts


def effects(findings: list[Finding]) -> set[str]:
    return {finding.effect for finding in findings}


def judged(estimate=None, **changes) -> list[Finding]:
    manifest = a_manifest(**changes)
    facts = the_facts(manifest, **({"estimate": estimate} if estimate else {}))
    return list(circuit_limits(manifest, facts))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"circuit__qubits": 1}, {"deny"}, id="one-qubit-entangles-nothing"),
        pytest.param({"circuit__qubits": 2}, set(), id="two-qubits"),
        pytest.param({"circuit__qubits": 11}, set(), id="below-width"),
        pytest.param({"circuit__qubits": 12}, set(), id="at-width"),
        pytest.param({"circuit__qubits": 13}, {"deny"}, id="one-qubit-too-wide"),
        pytest.param({"circuit__qubits": 40}, {"deny"}, id="forty-qubits"),
        pytest.param({"execution__shots": 19_999}, set(), id="below-automatic-shots"),
        pytest.param({"execution__shots": 20_000}, set(), id="at-automatic-shots"),
        pytest.param({"execution__shots": 20_001}, {"review"}, id="one-shot-above-automatic"),
        pytest.param({"execution__shots": 1_000_000}, {"review"}, id="at-allowed-shots"),
        pytest.param({"execution__shots": 1_000_001}, {"deny"}, id="one-shot-too-many"),
        pytest.param({"execution__shots": 10**9}, {"deny"}, id="a-billion-shots"),
        pytest.param({"circuit__layers": 125}, set(), id="at-automatic-gates"),
        pytest.param({"circuit__layers": 126}, {"review"}, id="above-automatic-gates"),
        pytest.param({"circuit__layers": 1000, "circuit__qubits": 12}, {"deny"}, id="too-many-gates"),
    ],
)
def test_size_decides_who_is_asked(changes, expected):
    assert effects(judged(**changes)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(59.9, set(), id="below-automatic"),
        pytest.param(60.0, set(), id="at-automatic"),
        pytest.param(60.1, {"review"}, id="above-automatic"),
        pytest.param(600.1, {"deny"}, id="above-allowed"),
    ],
)
def test_predicted_seconds_decide_who_is_asked(seconds, expected):
    assert effects(judged(an_estimate(quantum_s=seconds))) == expected


def test_memory_beyond_the_limit_is_denied():
    assert effects(judged(an_estimate(peak_bytes=2**30 + 1))) == {"deny"}


@pytest.mark.parametrize(("qubits", "expected"), [(5, set()), (6, set()), (7, {"note"})])
def test_noise_on_wide_circuits_is_left_out_with_a_note(qubits, expected):
    assert effects(judged(circuit__qubits=qubits, execution__noise="depolarising_readout")) == expected


def test_a_denial_says_what_was_found_what_is_allowed_and_what_to_do():
    (finding,) = judged(circuit__qubits=40)
    assert "40 qubits" in finding.message
    assert "12 allowed" in finding.message
    assert "circuit.qubits" in finding.remedy
