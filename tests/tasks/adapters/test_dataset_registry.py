"""A registered dataset is what the log's newest entry of its name says; nothing on disk changes that."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import dataset_registry
from tasks.adapters.audit_log import AuditLog
from tests.documents import COLUMNS, DIGEST, NOW

OURS, THEIRS = "t-" + "1" * 16, "t-" + "2" * 16


def a_record(**changes) -> DatasetRecord:
    fields = {
        "v": 1, "tenant": OURS, "name": "visits", "path": "a.csv", "sha256": DIGEST, "target": "outcome",
        "group": None, "columns": COLUMNS, "n_rows": 10, "registered_at": NOW.isoformat(),
    }  # fmt: skip
    return DatasetRecord.model_validate_json(json.dumps(fields | changes))


def newest_file(home: Path) -> Path:
    return max((home / "tenants" / OURS / "datasets").glob("*.json"))


def n_entries(home: Path) -> int:
    log = AuditLog(home)
    found = log.size()
    log.close()
    return found


def test_what_is_registered_is_read_back_and_listed_for_its_tenant_only(tmp_path):
    record = dataset_registry.register(tmp_path, a_record())
    assert dataset_registry.read(tmp_path, OURS, "visits") == record
    assert dataset_registry.names(tmp_path, OURS) == ("visits",)
    assert dataset_registry.names(tmp_path, THEIRS) == ()
    with pytest.raises(ManifestError, match="dataset-unregistered"):
        dataset_registry.read(tmp_path, THEIRS, "visits")


def test_the_same_again_keeps_the_first_record_and_writes_no_entry(tmp_path):
    first = dataset_registry.register(tmp_path, a_record())
    later = a_record(registered_at=(NOW + timedelta(days=1)).isoformat())
    assert dataset_registry.register(tmp_path, later) == first
    assert n_entries(tmp_path) == 1


def test_a_later_registration_rules_and_the_earlier_one_may_come_back(tmp_path):
    other = "sha256:" + "3" * 64
    for digest in (DIGEST, other, DIGEST):
        dataset_registry.register(tmp_path, a_record(sha256=digest))
        assert dataset_registry.read(tmp_path, OURS, "visits").sha256 == digest
    assert n_entries(tmp_path) == 3


@pytest.mark.parametrize("defect", ["edited", "removed", "replaced-by-an-older-one"])
def test_a_record_that_differs_from_its_entry_is_refused(tmp_path, defect):
    dataset_registry.register(tmp_path, a_record())
    older = newest_file(tmp_path).read_bytes()
    dataset_registry.register(tmp_path, a_record(n_rows=11))
    file = newest_file(tmp_path)
    match defect:
        case "edited":
            file.write_bytes(file.read_bytes().replace(b"a.csv", b"b.csv"))
        case "removed":
            file.unlink()
        case _:
            file.write_bytes(older)
    with pytest.raises(IntegrityError, match="dataset-record-edited"):
        dataset_registry.read(tmp_path, OURS, "visits")


def test_a_crash_before_the_entry_leaves_the_earlier_record_in_force(tmp_path):
    record = dataset_registry.register(tmp_path, a_record())
    file = newest_file(tmp_path)
    file.with_name(file.name.replace("000001", "000002")).write_bytes(a_record(n_rows=11).to_bytes())
    file.with_name("orphan-000001.json").write_bytes(a_record(name="orphan").to_bytes())
    assert dataset_registry.read(tmp_path, OURS, "visits") == record
    assert dataset_registry.names(tmp_path, OURS) == ("visits",)
    dataset_registry.register(tmp_path, a_record(n_rows=12))
    assert dataset_registry.read(tmp_path, OURS, "visits").n_rows == 12


def test_names_that_end_like_versions_are_kept_apart(tmp_path):
    for name in ("visits", "visits-000001", "visits-2"):
        dataset_registry.register(tmp_path, a_record(name=name))
    assert dataset_registry.names(tmp_path, OURS) == ("visits", "visits-000001", "visits-2")
