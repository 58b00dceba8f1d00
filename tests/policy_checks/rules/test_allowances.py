"""What looks personal stays only with a reason, and after somebody has weighed it."""

import pytest

from policy_checks.rules.allowances import ALIKE, allowances
from policy_checks.schemas.privacy import Entity
from tests.documents import COLUMNS, a_manifest, the_facts

REASON = "versions of the firmware"


def judged(**rule):
    manifest = a_manifest(dataset__columns=COLUMNS | {"firmware": rule})
    return list(allowances(manifest, the_facts(manifest)))


def test_without_an_allowance_there_is_nothing_to_weigh():
    assert judged(kind="category", action="keep") == []


@pytest.mark.parametrize("entity", sorted(Entity.__args__))
def test_what_harmless_things_look_like_is_weighed_and_all_else_is_denied(entity):
    (finding,) = judged(kind="category", action="keep", allow={entity: REASON})
    assert finding.effect == ("review" if entity in ALIKE else "deny")
    assert entity in finding.message


def test_each_allowance_is_weighed_by_itself():
    allow = {"ip_address": REASON, "phone": REASON, "email": REASON}
    found = judged(kind="category", action="keep", allow=allow)
    assert [finding.effect for finding in found] == ["deny", "review", "review"]


def test_the_classes_may_not_look_like_anybody():
    target = a_manifest().dataset.target
    kept = {"kind": "target", "action": "keep", "allow": {"ip_address": REASON}}
    manifest = a_manifest(dataset__columns=COLUMNS | {target: kept})
    assert [finding.effect for finding in allowances(manifest, the_facts(manifest))] == ["deny"]


def test_an_allowance_for_a_column_that_is_not_kept_is_denied():
    assert [f.effect for f in judged(kind="id", action="mask", allow={"phone": REASON})] == ["deny"]
