"""Circuits that run elsewhere disclose what their angles tell, and a person weighs that."""

import pytest

from policy_checks.rules.disclosure import disclosure
from tests.documents import COLUMNS, a_manifest, the_facts

HIDDEN = {"quasi_identifiers": ["age"], "k": 5}


def judged(manifest, **changes):
    return list(disclosure(manifest, the_facts(manifest, **changes)))


def test_circuits_that_stay_here_disclose_nothing():
    assert judged(a_manifest(mode="production")) == []


def test_a_remote_target_is_a_review_of_its_own_that_says_what_leaves_and_to_whom():
    found = judged(
        a_manifest(mode="production", execution__target="ibm:brisbane", dataset__anonymity=HIDDEN),
        n_test=1234,
    )
    (asked,) = [finding for finding in found if finding.effect == "review"]
    assert asked.clause == "P1.1"
    for told in ("1,234 rows", "IBM", "brisbane", "4 angles a row", "no names, no identifiers"):
        assert told in asked.message


@pytest.mark.parametrize(("shots", "effects"), [(None, ["review", "deny", "note"]), (1, ["review", "note"])])
def test_a_device_measures_in_shots_so_they_must_be_asked_for(shots, effects):
    manifest = a_manifest(
        mode="production", execution__target="ibm:x", execution__shots=shots, dataset__anonymity=HIDDEN
    )
    assert [finding.effect for finding in judged(manifest)] == effects


def test_rows_that_nobody_has_hidden_among_others_do_not_leave():
    found = judged(a_manifest(mode="production", execution__target="ibm:x", execution__shots=1))
    assert [(f.clause, f.effect) for f in found if f.effect == "deny"] == [("P1.1", "deny")]


def test_features_by_which_a_row_could_still_be_told_apart_are_counted():
    columns = COLUMNS | {"weight": {"kind": "measure", "action": "keep"}}
    manifest = a_manifest(
        mode="production", execution__target="ibm:x", execution__shots=1,
        dataset__columns=columns, dataset__anonymity=HIDDEN,
    )  # fmt: skip
    (told,) = [
        finding
        for finding in judged(manifest)
        if "told apart" in finding.message or "1 of 2" in finding.message
    ]
    assert (told.effect, "1 of 2 features" in told.message) == ("note", True)
