"""What leaves is a document of known types, or text, and nobody is found in it."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import TrainedModel
from policy_checks.schemas.decision import note
from tasks.reporting import markdown, page, pictures
from tasks.tabular.outgoing import found_in, personal_place, require_clean, require_clean_text
from tests.canaries.clinic import searchable
from tests.canaries.identities import Canary, canaries
from tests.documents import a_manifest
from tests.tasks.reporting.builders import a_summary, a_trained_model
from tests.tasks.reporting.results_builders import circuit_results

SOMEBODY = {canary.kind: canary for canary in searchable(canaries(40, 5))}
PERSONS = pytest.mark.parametrize("somebody", SOMEBODY.values(), ids=SOMEBODY.keys())
CLASSES = ("malignant", "benign")
EMAIL = "ann.other@example.org"


def labelled(label: str) -> TrainedModel:
    return a_trained_model(classes=(label, "benign"))


@PERSONS
def test_a_document_with_somebody_in_it_is_held_back_and_the_field_is_named_not_the_value(somebody: Canary):
    with pytest.raises(StageError) as caught:
        require_clean(labelled(somebody.sentence), "train.json")
    assert caught.value.code == "personal-data-outgoing"
    assert "train.json.classes.1 " in caught.value.message
    assert not [core for core in somebody.cores if core in str(caught.value)]


@PERSONS
def test_a_text_with_somebody_in_it_is_held_back_and_the_line_is_told(somebody: Canary):
    with pytest.raises(StageError) as caught:
        require_clean_text(f"# Report\n\n<td>{somebody.sentence}</td>\n", "report.html")
    assert "line 3 of report.html" in caught.value.message
    assert not [core for core in somebody.cores if core in str(caught.value)]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("ann&#46;other&#64;example&#46;org", id="as-markdown-escapes-it"),
        pytest.param(markdown.prose(EMAIL), id="as-our-own-markdown-writes-it"),
        pytest.param(f'<a href="mailto:{EMAIL}">', id="in-an-attribute"),
        pytest.param(f'"note": "{EMAIL}"', id="in-json"),
        pytest.param(f"digest sha256:{'0' * 64} of {EMAIL}", id="behind-a-digest"),
    ],
)
def test_an_address_is_found_however_it_is_written(written):
    with pytest.raises(StageError, match="personal-data-outgoing"):
        require_clean_text(written, "artifact")


def test_a_whole_report_and_all_that_prefect_is_shown_pass():
    summary = a_summary()
    drawn = pictures.draw(circuit_results(), CLASSES)
    require_clean(summary.results, "evaluate.json")
    require_clean_text(page.render(summary, drawn).decode(), "report.html")
    for key, text in markdown.render(summary, drawn).items():
        require_clean_text(text, key)


def test_what_a_signed_bundle_and_a_picture_hold_in_base64_is_not_searched():
    digits = "NDExMSAxMTExIDExMTEgMTExMQ" * 30  # a card's number, encoded, by chance among random bytes
    bundle = dict.fromkeys(("decision", "manifest", "question"), digits) | {"rings": [digits, digits]}
    require_clean_text(json.dumps(bundle, separators=(",", ":")), "bundle")
    with pytest.raises(StageError):
        require_clean_text(
            json.dumps(bundle | {"packet": f"seen by {EMAIL}"}, separators=(",", ":")), "bundle"
        )
    require_clean_text(f"![x](data:image/png;base64,{digits})", "picture")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.datetimes(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    )
)
def test_numbers_moments_and_truth_values_always_pass(content):
    require_clean(content, "anything")


@pytest.mark.parametrize(
    "foreign", [b"bytes", object(), ValueError("x"), {1, 2}], ids=["bytes", "object", "exception", "set"]
)
def test_a_type_that_is_not_listed_never_leaves(foreign):
    with pytest.raises(StageError, match="of a type that may not leave"):
        require_clean({"a": [foreign]}, "anything")


@pytest.mark.parametrize(
    "closed",
    ["sha256:" + "4111" * 16, "4111" * 16, "t-4111111111111111", "41111111-1111-4111-8111-111111111111"],
    ids=["digest", "key-id", "pseudonym", "run"],
)
def test_digests_and_ids_pass_by_their_shape(closed):
    assert not found_in(closed)
    require_clean(note("columns", "P1.1", f"of {closed}", "-"), "finding")


def test_keys_of_a_mapping_are_searched_and_counted_not_named():
    with pytest.raises(StageError, match=r"the name of metrics\.2 ") as caught:
        require_clean({"accuracy": 1.0, EMAIL: Decimal(1)}, "metrics")
    assert "ann" not in str(caught.value)


def test_money_and_moments_of_a_document_pass():
    require_clean((Decimal("4111111111111111"), datetime.now(UTC)), "bill")


@PERSONS
def test_a_manifest_tells_the_place_of_somebody_in_it(somebody: Canary):
    assert personal_place(a_manifest()) is None
    assert personal_place(a_manifest(claim__text=somebody.sentence)) == "claim.text"
    header = somebody.sentence[-128:]
    columns = {header: {"kind": "measure", "action": "keep"}, "outcome": {"kind": "target", "action": "keep"}}
    number = (
        sorted(columns).index(header) + 1
    )  # A manifest's bytes are sorted, so that is how columns are counted.
    assert personal_place(a_manifest(dataset__columns=columns)) == f"the name of dataset.columns.{number}"
