"""The form says what each field is, in which bounds, and offers the tenant's own datasets."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.form_schema import form_schema
from policy_checks.schemas.form import RunForm
from policy_checks.schemas.template import DatasetRecord
from tasks.adapters import dataset_registry

MINE, OTHERS = "t-" + "1" * 16, "t-" + "2" * 16


def registered(home: Path, pseudonym: str, name: str) -> None:
    record = {
        "v": 1, "tenant": pseudonym, "name": name, "path": "a.csv", "sha256": "sha256:" + "0" * 64,
        "target": "outcome", "group": None, "columns": {"outcome": {"kind": "target", "action": "keep"}},
        "n_rows": 10, "registered_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    dataset_registry.register(home, DatasetRecord.model_validate_json(json.dumps(record)))


def test_every_field_of_the_form_is_shown_and_none_besides(tmp_path):
    assert set(form_schema(tmp_path, MINE)["properties"]) == set(RunForm.model_fields)


def test_dry_run_is_the_first_and_the_preset_mode(tmp_path):
    mode = form_schema(tmp_path, MINE)["properties"]["mode"]
    assert (mode["enum"][0], mode["default"]) == ("dry_run", "dry_run")


def test_the_datasets_are_the_tenants_own(tmp_path):
    registered(tmp_path, MINE, "mine")
    registered(tmp_path, OTHERS, "theirs")
    assert form_schema(tmp_path, MINE)["properties"]["dataset"]["enum"] == ["mine"]


def test_without_datasets_any_name_may_be_typed(tmp_path):
    dataset = form_schema(tmp_path, MINE)["properties"]["dataset"]
    assert dataset["type"] == "string"
    assert "enum" not in dataset


@pytest.mark.parametrize("group", ["CircuitForm", "ExecutionForm", "LimitsForm", "TrainingForm"])
def test_no_field_of_a_group_is_a_union_or_without_title_and_help(tmp_path, group):
    shown = form_schema(tmp_path, MINE)["definitions"][group]
    assert shown["title"] == group.removesuffix("Form")
    for name, field in shown["properties"].items():
        assert field.get("title"), name
        assert field.get("description"), name
        assert not {"anyOf", "const"} & set(field), name


def test_bounds_are_shown_where_the_form_has_them(tmp_path):
    qubits = form_schema(tmp_path, MINE)["definitions"]["CircuitForm"]["properties"]["qubits"]
    assert (qubits["minimum"], qubits["maximum"], qubits["default"]) == (2, 12, 4)


def test_what_the_form_offers_by_default_fits_the_form(tmp_path):
    schema = form_schema(tmp_path, MINE)
    preset = {name: field["default"] for name, field in schema["properties"].items() if "default" in field}
    RunForm.model_validate_json(json.dumps(preset))
