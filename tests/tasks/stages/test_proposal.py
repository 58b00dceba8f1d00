"""A proposal keeps nothing that could be a person, and says why it thinks so."""

import tomllib

import pandas as pd
import pytest

from policy_checks.errors import ManifestError
from tasks.stages import manifest_text, proposal
from tasks.tabular import evidence

N = 60
TARGET = ["yes", "no"] * (N // 2)


def proposed(target: list[str] | None = None, **columns: list[str]):
    frame = pd.DataFrame(columns | {"outcome": target or TARGET})
    found = proposal.propose(evidence.gather([frame]), "outcome")
    return {one.column: one for one in found}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("customerEmail", "email"), ("Correo", "email"), ("telefon_privat", "phone"), ("DNI", "national_id"),
        ("codice_fiscale", "national_id"), ("KONTO", "card"), ("Geburtsdatum", "birth_date"), ("PLZ", "address"),
        ("Bemerkung", "free_text"), ("Nachname", "name"), ("prenom", "name"), ("latitude", "address"),
    ],
)  # fmt: skip
def test_a_header_in_many_languages_is_enough_to_drop(header, kind):
    found = proposed(**{header: [f"{n}.5" for n in range(N)]})[header]
    assert (found.kind, found.action) == (kind, "drop")
    assert "its header says" in found.why


@pytest.mark.parametrize(
    ("cells", "kind", "action", "why"),
    [
        pytest.param([f"p{n}@example.org" for n in range(N)], "email", "drop", "100 %", id="mails"),
        pytest.param([f"19{n:02}-05-01" for n in range(N)], "other", "drop", "days", id="days"),
        pytest.param([f"{10_000_000 + 7 * n}" for n in range(N)], "id", "drop", "whole", id="unique-numbers"),
        pytest.param(["red", "green", "blue"] * 20, "category", "keep", "3 distinct", id="few-words"),
        pytest.param([f"word{n}" for n in range(N)], "other", "drop", "understood", id="many-words"),
        pytest.param([f"she said number {n} again" for n in range(N)], "free_text", "drop", "sent", id="sentences"),
        pytest.param([f"{n}.5" for n in range(N)], "measure", "keep", "numbers", id="measurements"),
        pytest.param(["Ann Lee", "Bob Ray", "Þór Óðinsson"] * 20, "name", "drop", "names?", id="few-names"),
        pytest.param(["NO", "Yes", "Not Known"] * 20, "category", "keep", "few", id="capitals"),
        pytest.param([None] * N, "other", "drop", "60 empty", id="nothing"),
    ],
)  # fmt: skip
def test_without_a_telling_header_the_cells_decide(cells, kind, action, why):
    found = proposed(x=cells)["x"]
    assert (found.kind, found.action) == (kind, action)
    assert why in found.why


@pytest.mark.parametrize("header", ["patient", "Kunde", "customer_member"])
def test_a_column_that_is_called_a_person_is_dropped_where_it_holds_text(header):
    found = proposed(**{header: ["p1", "p2", "p3"] * 20})[header]
    assert (found.kind, found.action) == ("name", "drop")
    ages = proposed(customer_age=[f"{n}" for n in (31, 45, 50)] * 20)["customer_age"]
    assert (ages.kind, ages.action) == ("measure", "keep")


def test_how_many_digit_runs_pass_a_checksum_is_told_beside_what_chance_would_give():
    runs = [f"{n * 7919 + 10**10}" for n in range(N)]
    assert "pass Luhn's check (chance: 10 %, cards: 100 %)" in proposed(x=runs)["x"].why


def test_a_header_without_a_word_tells_nothing():
    assert proposed(_=["red", "green", "blue"] * 20)["_"].kind == "category"


def test_holes_are_filled_only_where_a_column_is_kept():
    cells = [f"{n}.5" if n % 9 else None for n in range(N)]
    found = proposed(x=cells, name=cells)
    assert (found["x"].impute, found["name"].impute) == (True, False)


def test_rows_of_an_id_that_repeats_belong_together():
    found = proposed(person_id=[f"P{n // 2}" for n in range(N)], visit_id=[f"V{n}" for n in range(N)])
    declared = proposal.declared(tuple(found.values()), "outcome")
    assert declared.group == "person_id"


@pytest.mark.parametrize("classes", [1, 11])
def test_a_target_of_too_few_or_too_many_classes_is_refused(classes):
    with pytest.raises(ManifestError, match="target-classes"):
        proposed(target=[str(n % classes) for n in range(N)], x=["1"] * N)


def test_the_manifest_is_toml_with_the_evidence_as_comments_whatever_the_columns_are_called():
    names = ['a "quoted" one', "back\\slash", "tab\there", "späte\u2028Zeile", "plain"]
    found = tuple(proposed(**{name: ["red", "blue"] * (N // 2) for name in names}).values())
    text = "\n".join(
        manifest_text.lines(
            found, tenant="clinic", path="t.csv", digest="sha256:" + "0" * 64, target="outcome"
        )
    )
    assert set(tomllib.loads(text)["dataset"]["columns"]) == {*names, "outcome"}
    assert all(one.why in text for one in found)
