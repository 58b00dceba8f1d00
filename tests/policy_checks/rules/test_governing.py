"""Overdue reviews and unsigned drafts are said in every decision."""

from datetime import timedelta

import pytest

from policy_checks.facts import GoverningDigests
from policy_checks.rules.governing import governing
from tests.documents import DIGEST, NOW, a_manifest, the_facts, the_policy


@pytest.mark.parametrize(("days", "n_notes"), [(-1, 1), (0, 0), (1, 0)])
def test_a_review_date_that_has_passed_is_noted(days, n_notes):
    manifest = a_manifest()
    policy = the_policy().model_copy(update={"next_review": NOW.date() + timedelta(days=days)})
    findings = list(governing(manifest, the_facts(manifest, policy=policy)))
    assert [f.effect for f in findings] == ["note"] * n_notes


def test_the_shipped_policys_review_is_overdue_and_says_since_when():
    manifest = a_manifest()
    (finding,) = governing(manifest, the_facts(manifest, policy=the_policy()))
    assert "2024-04-15" in finding.message


@pytest.mark.parametrize(("profile", "effect"), [("development", "note"), ("production", "deny")])
def test_a_draft_is_noted_under_development_keys_and_refused_under_production_ones(profile, effect):
    manifest = a_manifest()
    drafts = GoverningDigests(DIGEST, DIGEST, DIGEST, drafts=("policy", "tariff"))
    findings = list(governing(manifest, the_facts(manifest, governing=drafts, key_profile=profile)))
    assert [f.effect for f in findings] == [effect, effect]


@pytest.mark.parametrize("profile", ["development", "production"])
def test_a_document_whose_validity_is_over_denies_every_run(profile):
    manifest = a_manifest()
    late = GoverningDigests(DIGEST, DIGEST, DIGEST, lapsed=("tariff",))
    (finding,) = governing(manifest, the_facts(manifest, governing=late, key_profile=profile))
    assert finding.effect == "deny"
    assert "tariff" in finding.message
