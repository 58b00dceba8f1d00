"""The sample tables: made again byte for byte, real where they say so, and nobody's where invented."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import phonenumbers
import pytest
from sklearn.datasets import load_breast_cancer
from statsmodels.datasets import randhie
from stdnum import luhn

DATA = Path(__file__).parents[2] / "data"
TABLES = ("breast_cancer", "randhie")


@pytest.fixture(scope="module")
def program() -> dict[str, object]:
    return runpy.run_path(str(DATA / "make_samples.py"))


def the_table(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / "samples" / f"{name}.csv", dtype="str")


def people() -> Iterator[tuple[str, pd.DataFrame]]:
    for name in TABLES:
        table = the_table(name)
        yield name, table.drop_duplicates(table.columns[0])


def test_a_second_run_writes_the_committed_bytes(program: dict, tmp_path: Path) -> None:
    program["main"](tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    tables = (DATA / "samples" / f"{name}.{suffix}" for name in TABLES for suffix in ("csv", "parquet"))
    assert made == {path.name: path.read_bytes() for path in tables}


def test_the_measurements_are_the_published_ones() -> None:
    bunch, table = load_breast_cancer(), pd.read_csv(DATA / "samples" / "breast_cancer.csv")
    assert (table.iloc[:, 9:-1].to_numpy() == bunch.data).all()
    assert (table["diagnosis"] == [bunch.target_names[number] for number in bunch.target]).all()
    source, table = randhie.load_pandas().data, pd.read_csv(DATA / "samples" / "randhie.csv")
    assert (table[["lncoins", "idp", "lpi", "fmde", "physlm", "disea"]] == source.iloc[:, 1:7]).all(axis=None)
    assert ((table["any_visit"] == "yes") == (source["mdvis"] > 0)).all()
    for dummy, label in {"hlthg": "good", "hlthf": "fair", "hlthp": "poor"}.items():
        assert ((table["self_rated_health"] == label) == (source[dummy] == 1)).all()


def test_everything_is_ascii_and_small_enough_to_commit() -> None:
    for name in TABLES:
        text = (DATA / "samples" / f"{name}.csv").read_bytes()
        assert text.isascii()
        assert len(text) < 4_000_000


def test_no_invented_contact_can_reach_anybody() -> None:
    for name, table in people():
        assert table["email"].str.fullmatch(r"[a-z0-9.]+@example\.(?:org|com|net)").all(), name
        assert table["phone"].str.fullmatch(r"\(\d{3}\) 555-01\d\d").all(), name
        assert table["ssn"].str.fullmatch(r"9\d\d-(?:0[1-9]|[1-4]\d)-\d{4}").all(), name
        assert not table["ssn"].str.endswith("0000").any(), name


def test_invented_numbers_still_look_real_to_a_validator() -> None:
    for _, table in people():
        assert all(
            phonenumbers.is_valid_number(phonenumbers.parse(number, "US")) for number in table["phone"]
        )
    cards = the_table("breast_cancer")["insurance_card"]
    assert all(re.fullmatch(r"400000\d{10}", card) and luhn.is_valid(card) for card in cards)


def test_every_person_has_identities_of_their_own() -> None:
    for name, table in people():
        for column in [table.columns[0], "email", "phone", "ssn"]:
            assert table[column].is_unique, (name, column)


def test_a_person_has_one_to_five_consecutive_years_and_one_set_of_covariates() -> None:
    table = the_table("randhie")
    person = table["person_id"]
    assert person.value_counts().between(1, 5).all()
    assert (person != person.shift()).sum() == person.nunique()
    constant = table.drop(columns="any_visit").groupby("person_id").nunique(dropna=False)
    assert (constant == 1).all(axis=None)


@pytest.mark.parametrize(
    ("size", "years"),
    [
        (1, [1]),
        (3, [3]),
        (4, [4]),
        (5, [5]),
        (6, [3, 3]),
        (7, [5, 2]),
        (8, [5, 3]),
        (15, [5, 5, 5]),
        (16, [5, 5, 5, 1]),
    ],
)
def test_a_run_of_equal_rows_is_cut_into_persons(program: dict, size: int, years: list[int]) -> None:
    assert list(program["cut"](size)) == years


def test_some_notes_hold_a_contact_and_some_do_not() -> None:
    notes = the_table("breast_cancer")["note"]
    assert 0.1 < notes.str.contains("@").mean() < 0.6
    assert 0.1 < notes.str.contains("555").mean() < 0.6
