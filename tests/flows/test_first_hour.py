"""The commands of the first hour: a manifest for one's own table, the policy, the doctor."""

from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import atomq
from tests.documents import PROJECT

SAMPLE = PROJECT / "data" / "samples" / "breast_cancer.csv"


@pytest.fixture
def home(tmp_path) -> Path:
    return tmp_path / "home"


def test_a_new_manifest_is_accepted_by_check_as_it_is(home, tmp_path):
    written = tmp_path / "mine.toml"
    assert atomq(home, "new", SAMPLE, "--target", "diagnosis", "-o", written).code == 0
    answer = atomq(home, "check", written, "--json")
    assert (answer.code, answer.json["effect"]) == (0, "allow")


def test_a_new_manifest_keeps_no_identity_and_every_measure(home, tmp_path):
    answer = atomq(home, "new", SAMPLE, "--target", "diagnosis", "-o", tmp_path / "m.toml", "--json")
    action = {column["column"]: column["action"] for column in answer.json["columns"]}
    identities = ("patient_name", "email", "phone", "ssn", "birth_date", "address", "insurance_card", "note")
    assert {action[name] for name in identities} == {"drop"}
    assert action["patient_id"] == "pseudonymise"
    assert action["mean_radius"] == action["diagnosis"] == "keep"


def test_a_new_manifest_holds_no_cell_of_the_table(home, tmp_path):
    atomq(home, "new", SAMPLE, "--target", "diagnosis", "-o", tmp_path / "m.toml")
    text = (tmp_path / "m.toml").read_text()
    table = pd.read_csv(SAMPLE, dtype=str)
    for column in ("patient_name", "email", "phone", "ssn", "address", "insurance_card", "diagnosis"):
        assert not [cell for cell in table[column] if cell in text], column


@pytest.mark.parametrize(
    ("cells", "action"),
    [
        pytest.param([f"person{n}@example.org" for n in range(60)], "drop", id="mails-under-another-name"),
        pytest.param([str(10_000_000 + 7 * n) for n in range(60)], "drop", id="numbers-that-identify"),
        pytest.param(["red", "green", "blue"] * 20, "keep", id="a-few-words"),
        pytest.param([f"word{n}" for n in range(60)], "drop", id="many-words"),
        pytest.param([f"{n}.5" for n in range(60)], "keep", id="measurements"),
        pytest.param([f"{n}.5" if n % 9 else "" for n in range(60)], "keep", id="measurements-with-holes"),
    ],
)
def test_columns_without_a_telling_name_are_judged_by_their_cells(home, tmp_path, cells, action):
    table = pd.DataFrame({"x": cells, "outcome": ["a", "b"] * 30})
    table.to_csv(tmp_path / "t.csv", index=False)
    answer = atomq(
        home, "new", tmp_path / "t.csv", "--target", "outcome", "-o", tmp_path / "m.toml", "--json"
    )
    found = {column["column"]: column["action"] for column in answer.json["columns"]}
    assert found["x"] == action


def test_repeated_ids_become_the_group(home, tmp_path):
    table = pd.DataFrame(
        {"person_id": [n // 2 for n in range(60)], "x": range(60), "outcome": ["a", "b"] * 30}
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    atomq(home, "new", tmp_path / "t.csv", "--target", "outcome", "-o", tmp_path / "m.toml")
    assert 'group = "person_id"' in (tmp_path / "m.toml").read_text()


def test_a_table_outside_the_roots_is_told_where_to_go(home, tmp_path):
    pd.DataFrame({"x": range(60), "y": ["a", "b"] * 30}).to_csv(tmp_path / "t.csv", index=False)
    answer = atomq(home, "new", tmp_path / "t.csv", "--target", "y", "-o", tmp_path / "m.toml")
    assert answer.code == 0
    assert "data/samples" in answer.out


@pytest.mark.parametrize(
    ("target", "code"),
    [("absent", "target-absent"), ("mean_radius", "target-classes"), ("note", "target-classes")],
)
def test_a_target_that_cannot_be_learnt_is_told_at_once(home, tmp_path, target, code):
    answer = atomq(home, "new", SAMPLE, "--target", target, "-o", tmp_path / "m.toml", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, code)
    assert not (tmp_path / "m.toml").exists()


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_format_is_read_and_each_column_says_why(home, tmp_path, suffix):
    table = pd.DataFrame({"x": [n + 0.5 for n in range(60)], "mail": "-", "outcome": ["a", "b"] * 30})
    written = {"csv": table.to_csv, "parquet": table.to_parquet}.get(suffix)
    path = tmp_path / f"t.{suffix}"
    if written is None:
        table.to_json(path, orient="records", lines=True)
    else:
        written(path, index=False)
    assert atomq(home, "new", path, "--target", "outcome", "-o", tmp_path / "m.toml").code == 0
    text = (tmp_path / "m.toml").read_text()
    assert "# numbers; 60 distinct in 60 rows" in text
    assert "# its header says 'mail'" in text


def test_a_folder_gives_a_manifest_for_each_of_its_tables(home, tmp_path):
    (tmp_path / "tables").mkdir()
    for name in ("b.csv", "a.csv", "notes.txt"):
        pd.DataFrame({"x": range(60), "y": ["a", "b"] * 30}).to_csv(tmp_path / "tables" / name, index=False)
    answer = atomq(home, "new", tmp_path / "tables", "--target", "y", "-o", tmp_path / "out", "--json")
    assert [Path(one["manifest"]).name for one in answer.json["manifests"]] == ["a.toml", "b.toml"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.toml", "b.toml"]
    empty = atomq(home, "new", tmp_path / "out", "--target", "y", "--json")
    assert (empty.code, empty.json["error"]["code"]) == (2, "table-absent")


def test_an_existing_manifest_is_not_overwritten(home, tmp_path):
    (tmp_path / "m.toml").write_text("precious")
    answer = atomq(home, "new", SAMPLE, "--target", "diagnosis", "-o", tmp_path / "m.toml", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "manifest-exists")
    assert (tmp_path / "m.toml").read_text() == "precious"


@pytest.mark.parametrize(
    "command", [["sign", "data/manifests/breast_cancer.toml"], ["new", str(SAMPLE), "--target", "diagnosis"]]
)
def test_an_output_that_cannot_be_written_is_told_by_its_own_name(home, tmp_path, command):
    answer = atomq(home, *command, "-o", tmp_path / "no" / "folder" / "m", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (5, "output-unwritable")


def test_a_missing_table_is_told(home, tmp_path):
    answer = atomq(home, "new", tmp_path / "none.csv", "--target", "y", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "table-absent")


def test_the_policy_lists_each_clause_with_its_status(home):
    clauses = atomq(home, "policy", "--json").json["clauses"]
    assert len(clauses) == 46
    assert {frozenset(clause) for clause in clauses} == {
        frozenset({"id", "text", "rules", "evidence", "tests", "status"})
    }
    assert "review was due on 2024-04-15" in atomq(home, "policy").out


def test_the_doctor_finds_this_environment_healthy(home):
    answer = atomq(home, "doctor", "--json")
    assert (answer.code, answer.json["healthy"]) == (0, True), answer.out


def test_the_doctor_tells_what_is_wrong_and_how_to_mend_it(tmp_path):
    (tmp_path / "file").write_text("")
    answer = atomq(tmp_path / "file" / "home", "doctor", "--json")
    assert answer.code == 5
    (bad,) = [check for check in answer.json["checks"] if not check["good"]]
    assert "ATOMQ_HOME" in bad["remedy"]


@pytest.mark.parametrize("command", [["report", "ffff"], ["report", ""]])
def test_an_unknown_run_is_told(home, command):
    answer = atomq(home, *command, "--json")
    assert (answer.code, answer.json["error"]["code"]) == (5, "run-unknown")


def test_without_a_run_the_list_says_how_to_begin(home):
    assert "atomq run" in atomq(home, "runs").out
