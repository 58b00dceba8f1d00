"""Every column is declared, and no identity is kept."""

import pytest

from policy_checks.rules.columns import columns
from tests.documents import COLUMNS, a_manifest, the_facts


def judged(found=None, **extra):
    manifest = a_manifest(dataset__columns=COLUMNS | extra)
    facts = the_facts(manifest, **({"columns": found} if found else {}))
    return list(columns(manifest, facts))


def test_a_table_as_declared_raises_nothing():
    assert judged() == []


def test_an_undeclared_column_is_denied_by_name():
    (finding,) = judged(found=("age", "email", "outcome", "diary"))
    assert (finding.effect, "'diary'" in finding.message) == ("deny", True)


def test_a_declared_column_that_is_absent_is_denied_by_name():
    (finding,) = judged(found=("age", "outcome"))
    assert (finding.effect, "'email'" in finding.message) == ("deny", True)


@pytest.mark.parametrize(
    "kind", ["id", "email", "phone", "name", "birth_date", "address", "card", "national_id"]
)
def test_an_identity_may_not_be_kept(kind):
    assert [f.effect for f in judged(extra={"kind": kind, "action": "keep"})] == ["deny"]


@pytest.mark.parametrize("kind", ["free_text", "other"])
def test_text_is_kept_only_with_a_reason_and_a_reviewer(kind):
    assert [f.effect for f in judged(extra={"kind": kind, "action": "keep"})] == ["deny"]
    reason = {"kind": kind, "action": "keep", "reason": "firmware version strings"}
    assert [f.effect for f in judged(extra=reason)] == ["review"]


def test_a_birth_date_is_generalised_to_something():
    assert [f.effect for f in judged(extra={"kind": "birth_date", "action": "generalise"})] == ["deny"]
    assert judged(extra={"kind": "birth_date", "action": "generalise", "to": "year"}) == []


def test_many_columns_are_counted_and_not_all_listed():
    found = tuple(COLUMNS) + tuple(f"x{i}" for i in range(30))
    (finding,) = judged(found=found)
    assert "30 columns" in finding.message
    assert "22 more" in finding.message


def test_a_first_line_that_is_no_header_is_not_quoted():
    findings = judged(found=("Jane Doe", "jane@example.org", "malignant"))
    assert not any("Jane" in f.message or "jane" in f.message for f in findings)
