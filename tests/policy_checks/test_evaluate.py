"""One decision over all findings, the gravest deciding."""

import pytest

from policy_checks.evaluate import ADMISSION, evaluate
from tests.documents import DIGEST, PROJECT, a_manifest, the_facts


def decided(**changes):
    manifest = a_manifest(**changes)
    return evaluate(manifest, DIGEST, the_facts(manifest))


def test_a_plain_dry_run_is_allowed_without_findings():
    assert (decided().effect, decided().findings) == ("allow", ())


def test_the_gravest_finding_decides_and_stands_first():
    decision = decided(circuit__qubits=13, execution__shots=30_000)
    assert decision.effect == "deny"
    assert [f.effect for f in decision.findings][:2] == ["deny", "review"]


def test_all_findings_are_told_not_the_first_only():
    decision = decided(circuit__qubits=40, claim__level="advantage", execution__target="ibm:x")
    assert {f.rule for f in decision.findings} >= {"circuit_limits", "claims", "mode"}


def test_an_empty_policy_is_refused():
    manifest = a_manifest()
    with pytest.raises(ValueError, match="empty policy"):
        evaluate(manifest, DIGEST, the_facts(manifest), rules=())


def test_the_decision_names_the_documents_it_was_judged_by():
    decision = decided()
    assert (decision.policy, decision.tenants, decision.tariff) == (DIGEST, DIGEST, DIGEST)


def test_every_rule_of_the_rooms_is_asked():
    rooms = {path.stem for path in (PROJECT / "policy_checks" / "rules").glob("[!_]*.py")}
    assert {rule.__name__ for rule in ADMISSION} == rooms - {"release"}
