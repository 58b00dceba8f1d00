"""The two committed tables, through reading, rules and gate: nobody who was planted comes out."""

import re
from pathlib import Path

import pandas as pd
import pytest

from policy_checks.schemas.dataset import DatasetRequest
from policy_checks.schemas.manifest import ManifestRequest
from policy_checks.schemas.reading import from_toml
from tasks.tabular.columns import apply
from tasks.tabular.detect import detect
from tasks.tabular.expectations import gate
from tasks.tabular.read import read_batches, read_header

DATA = Path(__file__).parents[3] / "data"
NAMES = ("breast_cancer", "randhie")
IDENTITIES = {"name", "email", "phone", "national_id", "address", "card", "id", "free_text", "birth_date"}


def the_dataset(name: str) -> DatasetRequest:
    return from_toml(ManifestRequest, (DATA / "manifests" / f"{name}.toml").read_text()).dataset


def the_table(name: str, suffix: str = "csv") -> pd.DataFrame:
    with (DATA / "samples" / f"{name}.{suffix}").open("rb") as file:
        return pd.concat(read_batches(file, file.name), ignore_index=True)


def sanitised(name: str, suffix: str = "csv", tenant: str = "sample-clinic") -> pd.DataFrame:
    rules = the_dataset(name).columns
    return apply(the_table(name, suffix), rules, tenant=tenant, dataset_group=name, pepper=b"p" * 32)[0]


@pytest.mark.parametrize("name", NAMES)
def test_no_planted_identity_stands_in_any_sanitised_cell(name: str) -> None:
    raw, rules = the_table(name), the_dataset(name).columns
    identities = [column for column, rule in rules.items() if rule.kind in IDENTITIES]
    planted = {cell for column in identities for cell in raw[column].unique()}
    planted |= {part for cell in planted if "@" in cell for part in (cell.split("@")[0],)}
    cells = {str(cell) for column in sanitised(name).to_dict("series").values() for cell in column.unique()}
    assert len(planted) > 4_000
    assert not planted & cells
    everything = "\n".join(cell for cell in cells if not re.fullmatch(r"(?:id|email)-[0-9a-f]{32}", cell))
    assert not any(value in everything for value in planted)


@pytest.mark.parametrize("name", NAMES)
def test_both_formats_give_the_same_sanitised_table(name: str) -> None:
    pd.testing.assert_frame_equal(sanitised(name, "csv"), sanitised(name, "parquet"))


@pytest.mark.parametrize("name", NAMES)
def test_the_sanitised_sample_passes_the_gate(name: str) -> None:
    clean = sanitised(name)
    assert all(one.success for one in gate(clean, the_dataset(name).columns, n_rows=len(clean)))


def test_keeping_the_e_mails_fails_the_gate_in_every_row() -> None:
    rules = the_dataset("breast_cancer").columns
    rules = {**rules, "email": rules["email"].model_copy(update={"action": "keep"})}
    clean, _ = apply(the_table("breast_cancer"), rules, tenant="t", dataset_group="g", pepper=b"p" * 32)
    failed = [one for one in gate(clean, rules, n_rows=len(clean)) if not one.success]
    assert [(one.column, one.n_unexpected) for one in failed] == [("email", 569)]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("name", NAMES)
def test_the_detector_finds_what_was_planted_and_nothing_in_the_measurements(name: str, suffix: str) -> None:
    raw = the_table(name, suffix)
    found = {column: set(found) for column in raw if (found := detect(raw[column], column))}
    planted = {"email": {"email"}, "phone": {"phone"}, "ssn": {"us_ssn"}}
    if name == "breast_cancer":
        planted |= {"insurance_card": {"card"}, "note": {"email", "phone"}}
    assert found == planted
    for column, entities in found.items():
        assert column == "note" or detect(raw[column], column)[entities.pop()] == len(raw)


@pytest.mark.parametrize("column", ["email", "patient_id"])
def test_the_same_people_cannot_be_linked_across_tenants(column: str) -> None:
    here, there = (sanitised("breast_cancer", tenant=tenant)[column] for tenant in ("sample-clinic", "other"))
    assert here.nunique() == there.nunique() == 569
    assert not set(here) & set(there)


def test_the_years_of_one_person_keep_one_pseudonym() -> None:
    raw, clean = the_table("randhie"), sanitised("randhie")
    assert clean["person_id"].nunique() == raw["person_id"].nunique() == 5_867
    assert clean["person_id"].groupby(raw["person_id"].to_numpy()).nunique().max() == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_manifest_declares_exactly_the_columns_of_its_table(name: str) -> None:
    for suffix in ("csv", "parquet"):
        with (DATA / "samples" / f"{name}.{suffix}").open("rb") as file:
            assert set(read_header(file, file.name).columns) == set(the_dataset(name).columns)
