"""`atomq verify` finds what was changed after the fact, and says which."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

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
        database.execute("update log set body = cast(replace(body, 'train', 'brain') as blob) where seq = 6")
    answer = atomq(home, "verify", "--json")
    assert answer.code == 4
    assert answer.json["verified"] is False
    assert json.dumps(answer.json["faults"]).count("entry") >= 1


def test_a_person_is_told_what_to_do(home):
    spoil(run_folder(home) / "model.safetensors")
    answer = atomq(home, "verify")
    assert answer.code == 4
    assert "delete nothing" in answer.err
