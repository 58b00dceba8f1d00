"""A reviewer's packet asks one question, tells what bears on it, and holds nothing that Prefect may not."""

import base64
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from policy_checks.evaluate import evaluate
from policy_checks.schemas.artifacts import ExpectationOutcome
from policy_checks.schemas.decision import deny
from tasks.quantum.inspect import profile
from tasks.reporting.changes import SAME
from tasks.reporting.circuit_picture import draw
from tasks.reporting.packet import FIRST, NOT_SANITISED, Packet, render
from tests.documents import COLUMNS, DIGEST, NOW, a_manifest, the_facts, the_policy, the_tenants
from tests.tasks.reporting.builders import a_sanitised_table

RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"
OTHER = "sha256:" + "7" * 64


def a_packet(**changes: Any) -> Packet:
    """A question about a production run on a device; `manifest` changes what it is about."""
    manifest = changes.pop("manifest", a_manifest(mode="production", execution__target="ibm:brisbane"))
    packet = Packet(
        run=RUN,
        tenant="t-" + "a" * 16,
        manifest=manifest,
        decision=evaluate(manifest, DIGEST, the_facts(manifest)),
        policy=the_policy(),
        tiers=the_tenants().tenants[0].tiers,
        profile=profile(manifest.circuit),
        submitter="alice",
        n_reviewers=1,
        attempt=1,
        askings_max=5,
        until=NOW + timedelta(hours=1),
        previous=None,
        sanitised=a_sanitised_table(),
        picture=draw(manifest.circuit),
    )
    return replace(packet, **changes)


def section(text: str, title: str) -> str:
    """The part of a packet under one heading."""
    return text.split(f"### {title}\n", 1)[1].split("\n### ", 1)[0]


def test_the_question_stands_first_in_one_sentence():
    first = render(a_packet()).splitlines()[0]
    assert first.startswith("## May run 01a206cd train and evaluate a circuit of 4 qubits and 28 gates")
    assert "in production, on ibm:brisbane, for about 0.01 EUR" in first


def test_the_deadline_the_number_of_reviewers_and_the_commands_are_exact():
    text = render(a_packet(n_reviewers=2, attempt=3))
    assert "**2 different reviewers must approve before 23 November 2026, 13:00:00 UTC.**" in text
    assert "Question 3; after 5 answers that do not count" in text
    commands = section(text, "How to answer")
    for command in (
        "atomq approve 01a206cd --as KEYFILE\n",
        "atomq reject 01a206cd --as KEYFILE --reason cost",
        "atomq approve 01a206cd --as KEYFILE --print",
    ):
        assert command in commands


def test_each_part_that_a_reviewer_needs_is_there():
    text = render(a_packet())
    assert re.findall(r"^### (.*)$", text, re.MULTILINE) == [
        "How to answer", "Why it asks", "Who and what", "What changed", "Cost and complexity", "The circuit",
        "Privacy", "Claim",
    ]  # fmt: skip
    assert "alice" in section(text, "Who and what")
    assert DIGEST in section(text, "Who and what")
    assert "rows leave this machine for IBM" in section(text, "Why it asks")


def test_why_the_last_answer_did_not_count_is_told_before_the_commands():
    why = deny("approval", "P3.2", "The approval is refused: it is not base64url.", "Answer anew.")
    text = render(a_packet(attempt=2, unanswered=(why,)))
    assert "it is not base64url" in section(text, "The last answer did not count")
    assert text.index("not base64url") < text.index("How to answer")


def test_the_picture_travels_inside_the_text():
    packet = a_packet()
    (found,) = re.findall(r"!\[([^]]+)\]\(data:image/png;base64,([A-Za-z0-9+/=]+)\)", render(packet))
    assert base64.b64decode(found[1]) == packet.picture
    assert "4 qubits" in found[0]


def test_privacy_tells_verdict_and_counts_without_names():
    text = section(render(a_packet()), "Privacy")
    assert "All 21 checks passed over 569 rows" in text
    assert "| measure | kept as it is | 4 |" in text
    for name in ("mean_radius", "mean&#95;radius", "patient", "diagnosis"):
        assert name not in text


def test_failed_checks_are_counted():
    table = a_sanitised_table()
    failed = ExpectationOutcome(
        expectation="expect_column_values_to_not_be_null",
        column="Mrs Hale",
        success=False,
        n_cells=569,
        n_unexpected=3,
    )
    text = render(a_packet(sanitised=table.model_copy(update={"gate": (*table.gate, failed)})))
    assert "1 of 22 checks failed" in text
    assert "Hale" not in text


def test_few_rows_are_told_vaguely():
    text = section(render(a_packet(sanitised=a_sanitised_table(n_rows=19))), "Privacy")
    assert "fewer than 20 rows" in text
    assert "Cells checked" not in text


def test_a_table_that_is_not_sanitised_yet_is_said_to_be_so():
    assert NOT_SANITISED in render(a_packet(sanitised=None))


def test_the_first_manifest_of_a_template_changed_from_nothing():
    assert FIRST in section(render(a_packet()), "What changed")


def test_a_new_window_alone_is_no_change():
    manifest = a_manifest(mode="production")
    before = a_manifest(
        mode="production", id=RUN, not_after=(NOW + timedelta(hours=2)).isoformat(), parent=OTHER
    )
    assert SAME in section(render(a_packet(manifest=manifest, previous=before)), "What changed")


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        pytest.param({"circuit__layers": 3}, ("circuit.layers", "3", "2"), id="layers"),
        pytest.param(
            {"execution__shots": None}, ("execution.shots", "none", "1024"), id="a-field-that-was-absent"
        ),
        pytest.param({"submitter": "c" * 64}, ("submitter", "c" * 64, "b" * 64), id="another-submitter"),
        pytest.param(
            {"code": {"lock": OTHER, "git": "a" * 40}},
            ("code.lock", "sha256:777777777777", "sha256:111111111111"),
            id="code",
        ),
        pytest.param(
            {"dataset__path": "secret/other.csv"}, ("dataset.path", "not shown", "not shown"), id="path"
        ),
        pytest.param(
            {"claim": {"level": "none", "text": "a | b <i>"}},
            ("claim.text", "a &#124; b &#60;i&#62;", "none"),
            id="free-text",
        ),
        pytest.param(
            {"dataset__columns": {k: v for k, v in COLUMNS.items() if k != "email"}},
            ("dataset.columns", "2", "3: 1 added, 0 removed, 0 declared otherwise"),
            id="a-column-more",
        ),
        pytest.param(
            {"dataset__columns": {**COLUMNS, "email": {"kind": "email", "action": "mask"}}},
            ("dataset.columns", "3", "3: 0 added, 0 removed, 1 declared otherwise"),
            id="a-column-declared-otherwise",
        ),
        pytest.param(
            {
                "dataset__anonymity": {"quasi_identifiers": ["age"], "k": 9, "l": 3, "sensitive": "email"},
                "dataset__columns": {**COLUMNS, "email": {"kind": "email", "action": "mask"}},
            },
            ("dataset.anonymity", "quasi identifiers 1, k 9, l 3, sensitive not shown", "none"),
            id="how-far-rows-hide",
        ),
        pytest.param(
            {
                "dataset__expectations": [
                    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "age"}}
                ]
            },
            ("dataset.expectations", "not shown", "not shown"),
            id="expectations-that-name-columns",
        ),
    ],
)
def test_what_changed_is_told_field_by_field(changes, row):
    before = a_manifest(mode="production", **changes)
    text = section(render(a_packet(manifest=a_manifest(mode="production"), previous=before)), "What changed")
    field, old, new = row
    (line,) = [line for line in text.splitlines() if line.startswith(f"| `{field}`")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1].startswith(old)
    assert cells[2].startswith(new)


def test_no_path_no_tenant_and_no_column_is_named_anywhere():
    columns = {**COLUMNS, "Mrs Hale": {"kind": "free_text", "action": "keep", "reason": "needed by Hale"}}
    manifest = a_manifest(
        mode="production",
        dataset__columns=columns,
        dataset__path="private/wards.csv",
        dataset__group="Mrs Hale",
        execution__target="ibm:brisbane",
    )
    text = render(a_packet(manifest=manifest, previous=a_manifest(dataset__path="old/wards.csv")))
    for secret in ("Hale", "wards", "sample-clinic", "outcome", "private/"):
        assert secret not in text


def test_the_same_values_give_the_same_text_and_others_another():
    assert render(a_packet()) == render(a_packet()) != render(a_packet(attempt=2))


def test_a_claim_is_quoted_with_its_level():
    manifest = a_manifest(mode="production", claim={"level": "parity", "text": "as good as <any>"})
    text = section(render(a_packet(manifest=manifest)), "Claim")
    assert "Level `parity`: as good as &#60;any&#62;" in text
