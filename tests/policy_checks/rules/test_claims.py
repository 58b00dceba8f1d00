"""No claim of quantum superiority without a record, and none exists: neither declared nor in any text."""

import pytest

from policy_checks.claim_language.published import published_texts
from policy_checks.rules.claims import claims
from tests.documents import COLUMNS, a_manifest, the_facts

CLAIM = "the circuit outperforms all classical models"


def found_in(**changes):
    manifest = a_manifest(**changes)
    return list(claims(manifest, the_facts(manifest)))


@pytest.mark.parametrize(("level", "effects"), [("none", []), ("parity", ["deny"]), ("advantage", ["deny"])])
def test_every_declared_claim_is_denied(level, effects):
    assert [finding.effect for finding in found_in(claim__level=level)] == effects


def test_a_claim_in_words_is_denied_with_the_word_the_field_and_a_remedy():
    (finding,) = found_in(claim__text=f"In our hands {CLAIM}.")
    assert (finding.effect, finding.clause, finding.rule) == ("deny", "R2.2", "claims")
    assert finding.message.startswith("claim.text ")
    assert '"outperforms", at character 26' in finding.message
    assert "measured" in finding.remedy


@pytest.mark.parametrize("level", ["parity", "advantage"])
def test_a_declared_claim_is_denied_once_whatever_its_words(level):
    (finding,) = found_in(claim__level=level, claim__text=CLAIM)
    assert repr(level) in finding.message


@pytest.mark.parametrize(
    "text",
    ["", "We test whether the circuit outperforms logistic regression.", "No quantum advantage is claimed."],
    ids=["empty", "tested", "denied"],
)
def test_words_without_a_claim_pass(text):
    assert found_in(claim__text=text) == []


def a_column(name="age", **changes):
    return COLUMNS | {name: {"kind": "measure", "action": "keep"} | changes}


IN_A_TABLE = {
    "dataset.path": {"dataset__path": "quantum_advantage.csv"},
    "dataset.columns.quantumAdvantage": {"dataset__columns": a_column("quantumAdvantage")},
    "dataset.columns.age.reason": {"dataset__columns": a_column(reason=CLAIM)},
    "dataset.columns.age.allow.phone": {"dataset__columns": a_column(allow={"phone": CLAIM})},
    "dataset.columns.ward.values": {
        "dataset__columns": a_column("ward", kind="category", values=["north", "quantum supremacy"])
    },
    "dataset.expectations[1].kwargs.value_set": {
        "dataset__expectations": [
            {
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {"column": "age", "value_set": ["a", CLAIM]},
            }
        ]
    },
}


@pytest.mark.parametrize(("field", "changes"), IN_A_TABLE.items(), ids=IN_A_TABLE)
def test_a_claim_in_a_declaration_is_denied_as_a_finding_about_columns(field, changes):
    (finding,) = found_in(**changes)
    assert (finding.effect, finding.rule) == ("deny", "columns")
    assert finding.message.startswith(f"{field} ")


def test_each_text_is_denied_once():
    assert len(found_in(claim__text=f"{CLAIM}. {CLAIM}. Quantum advantage!")) == 1


def test_every_string_that_an_author_writes_freely_is_published():
    """Compared with the document itself, so that a new text field cannot be forgotten."""
    manifest = a_manifest(
        claim__text="one",
        dataset__columns=a_column(reason="two of them", allow={"phone": "three more"})
        | {"ward": {"kind": "category", "action": "keep", "values": ["four"]}},
        dataset__expectations=[
            {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "ward", "value_set": ["five"]}}
        ],
    )
    bound = {
        "tenant",
        "kind",
        "purpose",
        "mode",
        "id",
        "submitter",
        "parent",
        "created",
        "not_before",
        "not_after",
    }
    free = manifest.model_dump(
        mode="json", include={"claim", "dataset"}, exclude={"claim": {"level"}, "dataset": {"sha256"}}
    )
    texts = set(strings(free)) - {"measure", "keep", "email", "drop", "target", "category", "refuse"}
    assert texts <= {text for _, text in published_texts(manifest)} | {"expect_column_values_to_be_in_set"}
    rest = manifest.model_dump(mode="json", exclude={"claim", "dataset", *bound})
    assert set(strings(rest)) == {"angle_ring", "aer", "none", manifest.code.lock, manifest.code.git, "1.00"}


def strings(value):
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from strings(each)
        case list():
            for each in value:
                yield from strings(each)
