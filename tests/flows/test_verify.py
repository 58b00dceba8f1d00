"""`atomq verify` finds what was changed after the fact, and says which."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from tasks.stages import history
from tests.conftest import atomq


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, prefect_url) -> Path:
    home = tmp_path_factory.mktemp("recorded") / "home"
    assert atomq(home, "run", "--json", PREFECT_API_URL=prefect_url).code == 0
    return home


@pytest.fixture
def home(recorded, tmp_path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "home"))


def run_folder(home: Path) -> Path:
    (folder,) = home.glob("tenants/*/runs/*")
    return folder


def codes(home: Path) -> list[str]:
    return [fault.code for fault in history.verify(home).faults]


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_an_untouched_state_verifies(home):
    assert codes(home) == []


@pytest.mark.parametrize(
    "name",
    [
        "admit.json", "manifest.json", "sanitise.json", "sanitised.parquet", "train.json", "model.safetensors",
        "evaluate.json", "predictions.parquet", "record.json", "metrics.parquet", "billing.parquet", "report.html",
    ],
)  # fmt: skip
def test_one_changed_byte_in_any_artifact_is_found(home, name):
    spoil(run_folder(home) / name)
    (fault,) = history.verify(home).faults
    assert fault.code == "artifact-edited"
    assert name in fault.message


def test_a_changed_receipt_does_not_verify(home):
    spoil(run_folder(home) / "receipt.json")
    assert codes(home)[0] in {"envelope-invalid", "signature-invalid", "key-unknown"}


def test_a_missing_artifact_is_found(home):
    (run_folder(home) / "billing.parquet").unlink()
    assert codes(home) == ["artifact-absent"]


def test_a_file_that_the_receipt_does_not_name_is_found(home):
    (run_folder(home) / "extra.parquet").write_bytes(b"x")
    assert codes(home) == ["artifact-unnamed"]


def test_a_vanished_run_is_found(home):
    shutil.rmtree(run_folder(home))
    assert codes(home) == ["run-absent"]


def test_a_run_that_the_log_does_not_know_is_found(home):
    other = run_folder(home).with_name("11111111-1111-1111-1111-111111111111")
    shutil.copytree(run_folder(home), other)
    assert codes(home) == ["receipt-unlogged"]


def test_a_removed_log_is_found(home):
    shutil.rmtree(home / "audit")
    assert "log-absent" in codes(home)


def test_an_edited_entry_is_found_and_the_command_exits_4(home):
    with sqlite3.connect(home / "audit" / "log.sqlite") as database:
        rows = database.execute("select seq, body from log").fetchall()
        seq = next(seq for seq, body in rows if b'"effect":"train"' in body)
        edited = "update log set body = cast(replace(body, 'train', 'brain') as blob) where seq = ?"
        database.execute(edited, (seq,))
    answer = atomq(home, "verify", "--json")
    assert answer.code == 4
    assert answer.json["verified"] is False
    assert answer.json["first"] == seq
    assert f"entry {seq}" in json.dumps(answer.json["faults"])


def test_what_was_checked_is_counted_and_what_is_no_fault_is_noted(home):
    answer = atomq(home, "verify", "--json")
    assert answer.code == 0
    told = answer.json
    assert told["verified"] is True
    assert told["receipts"] == 1
    assert told["artifacts"] >= 12
    assert told["checkpoints"] >= 2
    assert told["first"] is None
    assert told["notes"]["intents_without_end"] == []
    assert [witness["kind"] for witness in told["notes"]["witnesses"]] == ["copy"]


def test_the_prefect_server_is_a_witness_and_what_others_write_there_is_no_fault(home, prefect_url):
    import urllib.request

    forged = {"key": "audit-checkpoint", "type": "markdown", "data": "```text\natomq/0\n1\nx\n```"}
    request = urllib.request.Request(
        f"{prefect_url}/artifacts/", json.dumps(forged).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()
    answer = atomq(home, "verify", "--json", PREFECT_API_URL=prefect_url)
    assert answer.code == 0, answer.out
    (told,) = [one for one in answer.json["notes"]["witnesses"] if one["name"].startswith("Prefect")]
    assert told["behind"] == 0
    assert any("did not sign" in remark for remark in answer.json["notes"]["remarks"])


def test_a_cut_log_is_found_by_what_prefect_holds_alone(home, prefect_url):
    shutil.rmtree(home / "witness")
    for path in home.glob("tenants/*/runs/*/receipt*.json"):
        path.unlink()
    with sqlite3.connect(home / "audit" / "log.sqlite") as database:
        (size,) = database.execute("select count(*) from log").fetchone()
        database.execute("delete from log where seq >= ?", (size - 3,))
        database.execute("delete from checkpoint")
    answer = atomq(home, "verify", "--json", PREFECT_API_URL=prefect_url)
    faults = {fault["code"]: fault["seq"] for fault in answer.json["faults"]}
    assert faults["log-truncated"] == size - 3


def test_a_pinned_root_is_demanded(home):
    assert (
        atomq(home, "verify", "--json", ATOMQ_ROOT="sha256:" + "0" * 64).json["faults"][0]["code"]
        == "root-foreign"
    )


def test_one_run_is_verified_by_the_beginning_of_its_id(home):
    (run,) = {folder.name for folder in home.glob("tenants/*/runs/*")}
    assert history.verify(home, run=run[:8]).counts["receipts"] == 1
    spoil(run_folder(home) / "billing.parquet")
    assert [fault.code for fault in history.verify(home, run=run).faults] == ["artifact-edited"]


def test_a_run_that_nobody_knows_is_no_fault_of_the_log(home):
    with pytest.raises(UnavailableError) as error:
        history.verify(home, run="ffffffff")
    assert error.value.code == "run-unknown"


def test_another_runs_files_do_not_matter_when_one_receipt_is_asked_about(home, tmp_path):
    for name in ("receipt.json", "receipt.proof.json"):
        shutil.copy(run_folder(home) / name, tmp_path / name)
    spoil(run_folder(home) / "billing.parquet")
    found = history.verify(home, receipt=tmp_path / "receipt.json")
    assert found.faults == []
    assert found.counts["receipts"] == 1


@pytest.mark.parametrize("name", ["receipt.json", "receipt.proof.json"])
def test_a_changed_receipt_file_or_proof_is_found(home, tmp_path, name):
    for each in ("receipt.json", "receipt.proof.json"):
        shutil.copy(run_folder(home) / each, tmp_path / each)
    content = bytearray((tmp_path / name).read_bytes())
    content[-40] ^= 1
    (tmp_path / name).write_bytes(bytes(content))
    assert history.verify(home, receipt=tmp_path / "receipt.json").faults


def test_a_file_that_is_no_receipt_is_refused_as_one(home, tmp_path):
    (tmp_path / "receipt.json").write_text("{}")
    with pytest.raises(IntegrityError) as error:
        history.verify(home, receipt=tmp_path / "receipt.json")
    assert error.value.code == "receipt-invalid"
    with pytest.raises(UnavailableError):
        history.verify(home, receipt=tmp_path / "absent.json")


def test_a_run_that_a_crash_left_staged_after_its_completion_is_no_fault(home):
    folder = run_folder(home)
    folder.rename(folder.with_name(f".{folder.name}.partial"))
    assert codes(home) == []


def test_a_person_is_told_what_to_do(home):
    spoil(run_folder(home) / "model.safetensors")
    answer = atomq(home, "verify")
    assert answer.code == 4
    assert "delete nothing" in answer.err
