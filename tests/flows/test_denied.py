"""A refusal is an answer: nothing runs, Prefect says Denied with the reasons, the log keeps the decision."""

from pathlib import Path

import httpx
import pandas as pd
import pytest

from tasks.adapters.audit_log import AuditLog
from tests.conftest import Answer, atomq
from tests.documents import DEFAULTS, PROJECT


def a_clinic_of_its_own(folder: Path) -> tuple[Path, Path, pd.DataFrame]:
    """Return a state folder whose tenant reads another folder, that folder, and the sample to change."""
    home, tables = folder / "home", folder / "tables"
    tables.mkdir()
    (home / "documents").mkdir(parents=True)
    tenants = (DEFAULTS / "tenants.toml").read_text().replace('"data/samples"', f'"{tables}"')
    (home / "documents" / "tenants.toml").write_text(tenants)
    return home, tables, pd.read_csv(PROJECT / "data" / "samples" / "breast_cancer.csv", dtype=str)


def prefect_run(url: str, run: str) -> dict:
    return httpx.get(f"{url}/flow_runs/{run}").json()


@pytest.fixture
def denied(tmp_path, prefect_url, manifest) -> tuple[Path, Answer]:
    home = tmp_path / "home"
    return home, atomq(
        home, "run", manifest(("qubits = 4 ", "qubits = 40 ")), "--json", PREFECT_API_URL=prefect_url
    )


def test_a_denied_run_ends_cancelled_named_denied_with_its_reasons(denied, prefect_url):
    home, answer = denied
    assert answer.code == 1
    told = answer.json
    assert told["decision"]["effect"] == "deny"
    assert (told["receipt"], told["report"], told["billing"], told["hybrid"]) == (None, None, [], {})
    state = prefect_run(prefect_url, told["run_id"])["state"]
    assert (state["type"], state["name"]) == ("CANCELLED", "Denied")
    assert "40 qubits requested, 12 allowed" in state["message"]
    assert "lower circuit.qubits" in state["message"]
    entries = [entry for entry in AuditLog(home).entries() if entry.run]
    assert [entry.type for entry in entries] == ["intent", "run.denied", "completed", "intent", "completed"]
    assert atomq(home, "runs", "--json").json["runs"][0]["outcome"] == "denied"
    assert not list(home.glob("tenants/*/runs/*/*.parquet"))


def test_a_person_is_told_why_and_what_to_change(tmp_path, prefect_url, manifest):
    answer = atomq(
        tmp_path / "home", "run", manifest(("qubits = 4 ", "qubits = 40 ")), PREFECT_API_URL=prefect_url
    )
    assert answer.code == 1
    assert "denied" in answer.out
    assert "-> lower circuit.qubits to 12 or less" in answer.out


def test_a_run_that_needs_a_person_does_not_run(tmp_path, prefect_url, manifest):
    home = tmp_path / "home"
    answer = atomq(
        home, "run", manifest(("shots = 1024 ", "shots = 30000 ")), "--json", PREFECT_API_URL=prefect_url
    )
    assert (answer.code, answer.json["decision"]["effect"]) == (3, "review")
    assert prefect_run(prefect_url, answer.json["run_id"])["state"]["name"] == "ApprovalNeeded"
    assert not list(home.glob("tenants/*/runs/*/*.parquet"))


def test_personal_data_in_a_kept_column_is_stopped_by_the_gate(tmp_path, prefect_url, manifest):
    home, tables, table = a_clinic_of_its_own(tmp_path)
    table.assign(ward=table["email"]).to_csv(tables / "leaky.csv", index=False)
    changed = manifest(
        ('path = "breast_cancer.csv"', 'path = "leaky.csv"'),
        ("[dataset.columns]", '[dataset.columns]\nward = { kind = "category", action = "keep" }'),
    )
    assert atomq(home, "check", changed).code == 0
    answer = atomq(home, "run", changed, "--json", PREFECT_API_URL=prefect_url)
    assert answer.code == 1
    (finding,) = [f for f in answer.json["decision"]["findings"] if f["effect"] == "deny"]
    assert (finding["rule"], finding["clause"]) == ("release", "P1.3")
    assert "'ward'" in finding["message"]
    assert table["email"][0] not in answer.out + answer.err
    assert not list(home.glob("tenants/*/runs/*/*.parquet"))


@pytest.mark.parametrize(
    ("column", "code"),
    [
        pytest.param("constant", "target-constant", id="constant"),
        pytest.param("continuous", "target-continuous", id="continuous"),
        pytest.param("many", "target-too-many-classes", id="400-classes"),
        pytest.param("holes", "target-missing-values", id="missing-cells"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_told_and_logged(tmp_path, prefect_url, manifest, column, code):
    home, tables, table = a_clinic_of_its_own(tmp_path)
    n = len(table)
    table["diagnosis"] = {
        "constant": ["benign"] * n,
        "continuous": [f"{i * 0.37:.2f}" for i in range(n)],
        "many": [f"class {i % 400}" for i in range(n)],
        "holes": ["benign", None, *table["diagnosis"][2:]],
    }[column]
    table.to_csv(tables / "breast_cancer.csv", index=False)
    # Without l: a constant target would be refused because it tells everybody's answer.
    path = manifest(("l = 2\n", ""))
    answer = atomq(home, "run", path, "--json", PREFECT_API_URL=prefect_url)
    assert (answer.code, answer.json["error"]["code"]) == (2, code)
    last = list(AuditLog(home).entries())[-1]
    assert (last.type, last.data["code"]) == ("run.failed", code)
    assert not list(home.glob("tenants/*/runs/*"))


@pytest.mark.parametrize(
    ("cell", "code"),
    [pytest.param("", "missing-values", id="nan"), pytest.param("inf", "not-finite", id="infinite")],
)
def test_a_measurement_that_is_no_finite_number_is_told(tmp_path, prefect_url, manifest, cell, code):
    home, tables, table = a_clinic_of_its_own(tmp_path)
    table.loc[3, "mean_area"] = cell
    table.to_csv(tables / "breast_cancer.csv", index=False)
    answer = atomq(home, "run", manifest(), "--json", PREFECT_API_URL=prefect_url)
    assert (answer.code, answer.json["error"]["code"]) == (2, code)
    assert "mean_area" in answer.json["error"]["message"]
