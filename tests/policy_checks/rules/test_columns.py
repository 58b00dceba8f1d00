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


@pytest.mark.parametrize(
    ("kind", "to_what"),
    [("birth_date", {"to": "year"}), ("address", {"prefix": 3}), ("measure", {"bin_width": 0.5})],
)
def test_what_is_generalised_says_to_what(kind, to_what):
    rule = {"kind": kind, "action": "generalise"}
    assert [f.effect for f in judged(extra=rule)] == ["deny"]
    assert judged(extra=rule | to_what) == []


@pytest.mark.parametrize("kind", ["id", "email", "name", "category", "free_text", "other", "card"])
def test_nothing_else_can_be_generalised(kind):
    assert [f.effect for f in judged(extra={"kind": kind, "action": "generalise", "to": "year"})] == ["deny"]


@pytest.mark.parametrize(("prefix", "effects"), [(2, []), (3, []), (4, ["review"])])
def test_a_long_beginning_of_an_address_is_weighed_by_a_person(prefix, effects):
    rule = {"kind": "address", "action": "generalise", "prefix": prefix}
    assert [f.effect for f in judged(extra=rule)] == effects


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "email", "action": "drop", "to": "year"},
        {"kind": "measure", "action": "keep", "bin_width": 1.0},
        {"kind": "category", "action": "keep", "minimum": 1.0},
        {"kind": "measure", "action": "drop", "missing": "impute"},
        {"kind": "birth_date", "action": "generalise", "to": "year", "prefix": 2},
        {"kind": "measure", "action": "keep", "values": ["a"]},
    ],
    ids=lambda rule: "-".join(map(str, rule.values())),
)
def test_what_would_change_nothing_is_denied_and_named(rule):
    (finding,) = judged(extra=rule)
    assert finding.effect == "deny"
    idle = set(rule) - {"kind", "action", "to"} or {"to"}
    assert all(name in finding.message for name in idle)


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "measure", "action": "keep", "minimum": 0.0, "maximum": 1.0, "missing": "impute"},
        {"kind": "category", "action": "keep", "values": ["a", "b"], "missing": "impute"},
    ],
    ids=["measure", "category"],
)
def test_what_a_kept_column_may_say_raises_nothing(rule):
    assert judged(extra=rule) == []


def test_many_columns_are_counted_and_not_all_listed():
    found = tuple(COLUMNS) + tuple(f"x{i}" for i in range(30))
    (finding,) = judged(found=found)
    assert "30 columns" in finding.message
    assert "22 more" in finding.message


def test_a_first_line_that_is_no_header_is_not_quoted():
    findings = judged(found=("Jane Doe", "jane@example.org", "malignant"))
    assert not any("Jane" in f.message or "jane" in f.message for f in findings)


def test_what_the_table_warns_of_is_noted():
    manifest = a_manifest()
    (finding,) = columns(manifest, the_facts(manifest, warnings=("2 row groups hold over 1 GiB",)))
    assert (finding.effect, finding.message) == ("note", "2 row groups hold over 1 GiB")
