"""What a scan found is denied, reviewed or noted as its entry is grave, and told with line, source and remedy."""

import pytest

from policy_checks import attack_catalogue
from policy_checks.attack_catalogue import CATALOGUE, PREVENTIVE
from policy_checks.rules import attack_patterns as rule
from policy_checks.rules.attack_patterns import attack_patterns
from policy_checks.schemas.pattern import Pattern
from tests.documents import a_manifest, the_facts

EFFECTS = {"critical": "deny", "high": "review", "medium": "review", "low": "note"}


def judged(*patterns: Pattern):
    manifest = a_manifest()
    return list(attack_patterns(manifest, the_facts(manifest, patterns=patterns)))


def a_pattern(name: str = "repeated-run", line: int = 12) -> Pattern:
    return Pattern(id=name, line=line, evidence="40 gates on one pair")


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_entry_has_the_effect_of_its_severity(name):
    (finding,) = judged(a_pattern(name))
    entry = CATALOGUE[name]
    assert (finding.effect, finding.severity) == (EFFECTS[entry.severity], entry.severity)
    assert (finding.clause, finding.remedy, finding.rule) == (entry.clause, entry.remedy, "attack_patterns")


@pytest.mark.parametrize("severity", EFFECTS)
def test_every_severity_has_an_effect(severity, monkeypatch):
    entry = attack_catalogue.Entry("a title", "arXiv 2504.07048", "C.4", severity, "a remedy")
    monkeypatch.setattr(rule, "CATALOGUE", {"repeated-run": entry})
    assert [finding.effect for finding in judged(a_pattern())] == [EFFECTS[severity]]


def test_the_message_names_title_source_line_and_evidence():
    (finding,) = judged(a_pattern())
    entry = CATALOGUE["repeated-run"]
    assert finding.message == (
        f"{entry.title} ({entry.citation}), line 12: 40 gates on one pair; {PREVENTIVE}"
    )


def test_a_circuit_without_a_text_has_no_line():
    (finding,) = judged(a_pattern(line=0))
    assert "line" not in finding.message


def test_only_what_a_simulator_cannot_show_is_called_preventive():
    for name, entry in CATALOGUE.items():
        (finding,) = judged(a_pattern(name))
        assert (PREVENTIVE in finding.message) is not entry.verified


def test_several_findings_of_one_entry_are_told_once_with_their_lines():
    (finding,) = judged(*(a_pattern(line=line) for line in (5, 3, 5)))
    assert ", lines 3, 5: " in finding.message


@pytest.mark.parametrize(
    ("n", "told"), [(7, "6, 7: "), (8, "7, 8: "), (9, "7, 8 and 1 more: ")], ids=["fewer", "just", "more"]
)
def test_at_most_eight_lines_are_told(n, told):
    (finding,) = judged(*(a_pattern(line=line) for line in range(1, n + 1)))
    assert told in finding.message


def test_findings_of_several_entries_are_told_apart():
    assert len(judged(a_pattern("trojan"), a_pattern("bb84"), a_pattern("trojan"))) == 2


def test_what_the_catalogue_does_not_hold_is_denied():
    (finding,) = judged(a_pattern("new-attack"))
    assert (finding.effect, finding.severity) == ("deny", "critical")
    assert "'new-attack'" in finding.message


def test_a_circuit_in_which_nothing_was_found_passes():
    assert judged() == []
