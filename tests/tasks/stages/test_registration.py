"""A table is registered under its tenant's roots, with columns that somebody declared or that were proposed cautiously."""

from pathlib import Path

import pytest

from policy_checks.errors import ManifestError
from policy_checks.schemas.dataset import Declaration
from tasks.adapters import settings
from tasks.stages import registration
from tests.desk import OURS, SAMPLE, TABLE, THEIRS, Clinics, begin


@pytest.fixture
def clinics(tmp_path, monkeypatch) -> Clinics:
    return Clinics(begin(tmp_path), monkeypatch)


def register(clinics: Clinics, declared: Declaration | str, file: Path = TABLE, name="again", tenant=OURS):
    return registration.register(clinics.state, tenant, name, file, declared, settings.now())


def test_a_manifests_declarations_are_taken_over(clinics):
    record = register(clinics, registration.like(SAMPLE.read_bytes()))
    assert (record.path, record.target, record.group, record.n_rows) == (
        "breast_cancer.csv", "diagnosis", "patient_id", 569,
    )  # fmt: skip
    assert record.columns["birth_date"].to == "5_years"
    assert record.sha256 == clinics.register("breast-cancer").sha256


def test_proposed_columns_keep_nothing_that_looks_like_a_person(clinics):
    record = register(clinics, "diagnosis")
    kept = {name for name, rule in record.columns.items() if rule.action == "keep"}
    assert kept
    assert not kept & {"patient_id", "patient_name", "email", "phone", "ssn", "birth_date", "address", "note"}


def test_columns_that_are_not_the_tables_are_refused(clinics):
    declared = registration.like(SAMPLE.read_bytes())
    fewer = {name: rule for name, rule in declared.columns.items() if name != "note"}
    with pytest.raises(ManifestError, match="dataset-columns"):
        register(clinics, declared.model_copy(update={"columns": fewer}))


def test_another_tenants_table_is_outside_the_roots(clinics):
    with pytest.raises(ManifestError, match="dataset-outside-roots"):
        register(clinics, "diagnosis", TABLE, tenant=THEIRS)


@pytest.mark.parametrize(
    "name", ["123-45-6789", "of-123-45-6789", "card-4111111111111111", "tel2125550182", "phone-212-555-0182"]
)
def test_a_name_that_is_somebodys_number_is_refused(clinics, name):
    with pytest.raises(ManifestError, match="name-personal") as caught:
        register(clinics, "diagnosis", name=name)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["visits-2024-2025", "ward-7-2026-11-23", "breast-cancer"])
def test_a_name_with_a_date_or_a_year_is_one(clinics, name):
    assert register(clinics, "diagnosis", name=name).name == name


@pytest.mark.parametrize("name", ["Visits", "a b", "", "../x"])
def test_a_name_of_another_shape_is_refused(clinics, name):
    with pytest.raises(ManifestError, match="dataset-invalid"):
        register(clinics, "diagnosis", name=name)
