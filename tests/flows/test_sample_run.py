"""The sample run as its user sees it: one command, a temporary server, a signed receipt, nothing personal."""

import base64
import csv
import io
import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from policy_checks.integrity import strict_json
from tests.conftest import Answer, atomq
from tests.documents import PROJECT

IDENTITIES = ("patient_name", "email", "phone", "ssn", "address", "insurance_card")
METRICS = {"accuracy", "auc", "log_loss", "ece"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> tuple[Path, Answer]:
    home = tmp_path_factory.mktemp("sample") / "home"
    return home, atomq(home, "run", "--json")


def folder_of(sample: tuple[Path, Answer]) -> Path:
    return Path(sample[1].json["receipt"]).parent


def test_the_sample_run_is_allowed_and_recorded(sample):
    _, answer = sample
    assert answer.code == 0, answer.err
    told = answer.json
    assert told["decision"]["effect"] == "allow"
    assert (told["mode"], told["degraded"]) == ("dry_run", None)
    assert set(told["stages"]) >= {"admit", "sanitise", "train", "evaluate", "record"}
    assert Path(told["receipt"]).is_file()
    assert Path(told["report"]).is_file()


def test_another_installation_with_other_keys_gets_the_same_figures(sample, tmp_path, prefect_url):
    other = atomq(tmp_path / "home", "run", "--json", PREFECT_API_URL=prefect_url).json
    for part in ("hybrid", "neural", "baselines", "circuit_modes", "difference"):
        assert other[part] == sample[1].json[part]


def test_every_metric_has_an_interval_that_holds_its_value(sample):
    told = sample[1].json
    for scores in (told["hybrid"], told["neural"], told["difference"], *told["baselines"].values()):
        assert set(scores) == METRICS
        for metric in ("accuracy", "auc", "log_loss"):
            measured = scores[metric]
            assert measured["low"] <= measured["value"] <= measured["high"]


def test_the_sample_is_learnt_and_quantum_is_compared_with_three_classical_models(sample):
    told = sample[1].json
    assert told["hybrid"]["auc"]["value"] > 0.95
    assert set(told["baselines"]) == {"mlp", "logistic_regression", "gradient_boosting"}
    assert set(told["circuit_modes"]) == {"exact", "shots", "noise"}


def test_the_answer_is_the_exact_circuits_and_the_predictions_are_that_answer(sample):
    told = sample[1].json
    assert told["hybrid"] == told["circuit_modes"]["exact"] != told["neural"]
    rows = pq.read_table(folder_of(sample) / "predictions.parquet").to_pandas()
    true = pd.read_csv(PROJECT / "data" / "samples" / "breast_cancer.csv")["diagnosis"]
    malignant = (true[rows["row"]] == "malignant").to_numpy()
    loss = -np.log(np.where(malignant, rows["p_malignant"], rows["p_benign"])).mean()
    assert loss == pytest.approx(told["hybrid"]["log_loss"]["value"])


def test_neural_and_quantum_usage_are_billed_apart(sample):
    billed = {line["service"]: line for line in sample[1].json["billing"]}
    assert set(billed) == {"neural_training", "neural_inference", "quantum_simulation"}
    rows = pq.read_table(folder_of(sample) / "billing.parquet").to_pylist()
    assert {row["ServiceName"] for row in rows} == {
        "Neural training",
        "Neural inference",
        "Quantum simulation",
    }
    assert all(row["SubAccountId"].startswith("t-") for row in rows)
    assert all(f"{row['BilledCost']:f}" == billed[row["SkuId"]]["cost"] for row in rows)


def test_metrics_are_rows_with_their_run(sample):
    rows = pq.read_table(folder_of(sample) / "metrics.parquet").to_pylist()
    assert {row["run"] for row in rows} == {sample[1].json["run_id"]}
    found = {row["value"] for row in rows if (row["model"], row["metric"]) == ("hybrid", "auc")}
    assert found == {sample[1].json["hybrid"]["auc"]["value"]}
    assert any(row["metric"] == "latency_cold_s" for row in rows)


def test_each_test_row_is_predicted_once(sample):
    rows = pq.read_table(folder_of(sample) / "predictions.parquet").to_pylist()
    assert len({row["row"] for row in rows}) == len(rows) > 100
    assert {row["answered_by"] for row in rows} == {"hybrid"}


def test_no_planted_identity_is_found_in_anything_that_was_written(sample):
    home, _ = sample
    planted = planted_identities()
    assert len(planted) > 2500
    texts = [*written_texts(home)]
    assert any(b"flow_run" in text for text in texts), "the scan must reach Prefect's database"
    haystack = b"\n".join(texts)
    found = [value for value in planted if value.encode() in haystack]
    assert found == []


def test_the_scan_would_find_an_identity_in_parquet_and_in_sqlite(tmp_path):
    import pyarrow as pa

    pq.write_table(pa.table({"a": ["planted@example.org"] * 50}), tmp_path / "a.parquet", compression="zstd")
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("create table t (a text)")
    connection.execute("insert into t values ('Jane Planted')")
    connection.commit()
    connection.close()
    haystack = b"\n".join(written_texts(tmp_path))
    assert b"planted@example.org" in haystack
    assert b"Jane Planted" in haystack


def test_prefect_knows_the_run_by_its_digest_only(sample):
    home, answer = sample
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        rows = database.execute(
            "select id, parameters, state_type, state_name from flow_run where parent_task_run_id is null"
        ).fetchall()
        artifacts = database.execute("select key from artifact where type = 'markdown'").fetchall()
    ((run, parameters, state_type, _),) = rows
    assert run.replace("-", "") == answer.json["run_id"].replace("-", "")
    receipt = json.loads(base64.b64decode(json.loads(Path(answer.json["receipt"]).read_bytes())["payload"]))
    assert json.loads(parameters) == {"manifest": receipt["manifest"], "form": None}
    assert state_type == "COMPLETED"
    assert artifacts


def test_the_receipt_names_every_file_of_the_run(sample):
    folder = folder_of(sample)
    import base64

    envelope = json.loads((folder / "receipt.json").read_bytes())
    receipt = json.loads(base64.b64decode(envelope["payload"]))
    on_disk = {file.name: strict_json.digest(file.read_bytes()) for file in folder.iterdir()}
    del on_disk["receipt.json"], on_disk["receipt.proof.json"]
    assert receipt["artifacts"] == on_disk


def test_all_of_it_verifies(sample):
    answer = atomq(sample[0], "verify", "--json")
    assert (answer.code, answer.json["verified"]) == (0, True)
    assert answer.json["receipts"] == 1


def test_the_same_manifest_again_returns_the_first_receipt(sample, tmp_path):
    home, _ = sample
    envelope = folder_of(sample) / "manifest.json"
    again = atomq(home, "run", envelope, "--json")
    assert again.code == 0
    assert again.json["run_id"] == sample[1].json["run_id"]
    assert len(atomq(home, "runs", "--json").json["runs"]) == 1


def test_the_report_and_the_summary_can_be_shown_again(sample):
    home, answer = sample
    told = atomq(home, "report", answer.json["run_id"][:13])
    assert told.code == 0
    assert "Hybrid minus best classical" in told.out
    assert "report.html" in told.out


def planted_identities() -> set[str]:
    with (PROJECT / "data" / "samples" / "breast_cancer.csv").open() as file:
        return {row[column] for row in csv.DictReader(file) for column in IDENTITIES if row[column]}


def written_texts(home: Path):
    """Yield the bytes of every file, and again decoded where a format hides its content."""
    for path in home.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield content
        if path.suffix == ".parquet":
            yield pq.read_table(io.BytesIO(content)).to_pandas().to_csv().encode()
        if content.startswith(b"SQLite format 3"):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                yield "\n".join(database.iterdump()).encode()
