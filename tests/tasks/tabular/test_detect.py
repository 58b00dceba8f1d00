"""The detector: what it finds, what it must not find, and that it is quick."""

import time
import uuid
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets
from stdnum import luhn

from policy_checks.schemas.privacy import Entity
from tasks.tabular.detect import detect, flags
from tasks.tabular.pseudonym_keys import derive_key, tenant_pseudonym
from tasks.tabular.pseudonymise import pseudonyms
from tasks.tabular.recognise import recognised

FOUND = {
    "e-mail": ("remark", "write to ann.lee+1@mail.example.org, please", "email"),
    "e-mail-in-brackets": ("remark", "Ann <ann@example.org>", "email"),
    "e-mail-in-full-width-letters": ("remark", "\uff41\uff4e\uff4e\uff20example.org", "email"),
    "e-mail-with-a-zero-width-space": ("remark", "ann\u200b@example\u200b.org", "email"),
    "e-mail-with-a-soft-hyphen": ("remark", "ann@exam\u00adple.org", "email"),
    "e-mail-with-umlauts": ("remark", "jörg@müller.example", "email"),
    "e-mail-between-underscores": ("remark", "_ann@example.org_", "email"),
    "phone-with-area-in-brackets": ("remark", "call (212) 555-0142 today", "phone"),
    "phone-with-dots": ("remark", "212.555.0142", "phone"),
    "phone-with-en-dashes": ("remark", "212\u2013555\u20130142", "phone"),
    "phone-in-e164": ("remark", "+12125550142", "phone"),
    "phone-of-another-country": ("remark", "+44 20 7946 0958", "phone"),
    "phone-with-trunk-prefix": ("remark", "1-212-555-0142", "phone"),
    "bare-digits-in-a-phone-column": ("home_phone", "2125550142", "phone"),
    "bare-digits-beside-the-word": ("remark", "tel 2125550142", "phone"),
    "card-in-groups": ("remark", "4000 0024 7201 8546", "card"),
    "card-of-15-digits-in-groups": ("remark", "3782-822463-10005", "card"),
    "card-beside-the-word": ("remark", "Visa 4000002472018546 on file", "card"),
    "bare-card-in-a-card-column": ("cardNumber", "4000002472018546", "card"),
    "ssn": ("remark", "SSN 912-34-5678.", "us_ssn"),
    "ssn-with-non-breaking-hyphens": ("remark", "912\u201134\u20115678", "us_ssn"),
    "bare-ssn-in-an-ssn-column": ("ssn", "912345678", "us_ssn"),
    "ssn-with-blanks-in-an-ssn-column": ("social_security_no", "912 34 5678", "us_ssn"),
}
CLEAN = {
    "plain-decimal": "0.4000002472018546",
    "decimal-that-reads-like-a-phone": "+4.915112345678",
    "scientific": "1.2125550142e+10",
    "iso-date": "1957-03-04",
    "iso-moment": "2026-11-23 12:34:56.789012",
    "band-of-years": "1955-1959",
    "uuid": "550e8400-e29b-41d4-a716-446655440000",
    "uuid-of-digits": "12345678-1234-1234-1234-123456789012",
    "pseudonym": "id-6ad9191e0d3e150568db3d94a0478b69",
    "tenant-of-digits": "t-4000002472018546",
    "version": "10.15.7.1024",
    "masked-phone": "************42",
    "masked-card": "**************46",
    "bare-ten-digits": "2125550142",
    "bare-nine-digits": "912345678",
    "area-000": "000-12-3456",
    "area-666": "666-12-3456",
    "group-00": "123-00-3456",
    "serial-0000": "123-45-0000",
    "card-with-a-wrong-check-digit": "4000 0024 7201 8547",
    "card-of-no-issuer": "1000 0000 0000 0008",
    "phone-in-no-numbering-plan": "123-456-7890",
    "handle-without-domain": "@ann",
    "price-per-unit": "5@2.50",
    "gate": "rz(0.12345678901234567) q[0];",
}


@pytest.mark.parametrize(("column", "cell", "entity"), FOUND.values(), ids=FOUND)
def test_personal_data_is_found_and_named(column: str, cell: str, entity: str) -> None:
    assert detect(["nothing here", cell, "12.5"], column) == {entity: 1}


@pytest.mark.parametrize("cell", CLEAN.values(), ids=CLEAN)
def test_what_is_not_personal_gives_nothing(cell: str) -> None:
    assert detect([cell, "other"], "remark") == {}


@pytest.mark.parametrize("column", ["phone", "card", "ssn"])
@pytest.mark.parametrize("cell", ["2026-11-23", "0.2125550142", "1955-1959", "************42", "low"])
def test_a_telling_column_name_alone_convicts_no_cell(column: str, cell: str) -> None:
    assert detect([cell], column) == {}


@pytest.mark.parametrize(
    ("n_cards", "found"),
    [(4, {}), (5, {"card": 5}), (6, {"card": 6})],
    ids=["below-half", "half", "above-half"],
)
@pytest.mark.parametrize("kind", ["text", "whole", "floating", "spreadsheet"])
def test_a_column_of_which_half_are_cards_is_a_column_of_cards(kind: str, n_cards: int, found: dict) -> None:
    digits = [a_card(i) if i < n_cards else 7 for i in range(10)]
    columns = {
        "text": pd.Series([str(number) for number in digits] + [None, ""]),
        "whole": pd.Series(digits),
        "floating": pd.Series([float(number) for number in digits] + [np.nan]),
        "spreadsheet": pd.Series([f"{number}.0" for number in digits]),
    }
    assert detect(columns[kind], "reference") == found


def a_card(i: int) -> int:
    body = f"400000{i:09d}"
    return int(body + luhn.calc_check_digit(body))


def test_random_references_are_no_cards() -> None:
    chance = np.random.default_rng(1)
    assert detect(pd.Series(chance.integers(10**15, 10**16, 5_000)), "reference") == {}


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.date_range("1950-01-01", periods=3)),
        pd.Series([True, False]),
        pd.Series([1.5, 4000002472018546.0]),
        pd.Series([None, None], dtype="str"),
        pd.Series([], dtype="str"),
        pd.Series([], dtype="float64"),
    ],
    ids=["dates", "truth-values", "fractions", "only-empty-cells", "no-text", "no-numbers"],
)
def test_columns_that_can_hold_nothing_personal_give_nothing(values: pd.Series) -> None:
    assert detect(values, "card") == {}


@pytest.mark.parametrize(
    "as_column",
    [
        list,
        pd.Series,
        pa.array,
        lambda cells: pd.Series(cells, dtype="category"),
        lambda cells: pa.chunked_array([cells]),
    ],
    ids=["list", "series", "arrow", "category", "chunks"],
)
def test_the_verdict_does_not_depend_on_the_container(as_column) -> None:
    cells = ["ann@example.org", None, "x", "ann@example.org"]
    assert detect(as_column(cells), "remark") == {"email": 2}


def test_each_cell_is_flagged_in_its_place() -> None:
    found = flags(["x", "ann@example.org", None, "call 212-555-0142 or ann@example.org"], "remark")
    assert {entity: mask.tolist() for entity, mask in found.items()} == {
        "email": [False, True, False, True],
        "phone": [False, False, False, True],
    }


@given(
    st.lists(
        st.floats(allow_nan=True, allow_infinity=True).filter(
            lambda x: x != int(x) if np.isfinite(x) else True
        )
    )
)
def test_fractions_as_text_or_number_are_never_personal(values: list[float]) -> None:
    assert detect(pd.Series(values, dtype="float64"), "phone_ssn_card") == {}
    assert detect([str(value) for value in values], "phone_ssn_card") == {}


@given(st.lists(st.text()), st.sampled_from(["remark", "phone", "ssn", "card"]))
def test_any_text_is_searched_without_a_fault(values: list[str], column: str) -> None:
    assert set(detect(values, column)) <= set(get_args(Entity))


@given(st.lists(st.text(), min_size=1), st.sampled_from(["id", "email", "phone", "card", "national_id"]))
def test_pseudonyms_are_never_personal(values: list[str], kind: str) -> None:
    hidden = pseudonyms(pd.Series(values, dtype="str"), derive_key(b"p" * 32, "a", "g", kind), kind)
    assert detect(hidden, kind) == {}


@pytest.mark.parametrize(
    "digits",
    [
        pytest.param("bf75669cf6808b4136ed094330729900", id="iban-of-burkina-faso"),
        pytest.param("bf201a8d05622349d5c24af1cd39d66d", id="another"),
        pytest.param("0" * 20 + "212555014212", id="digits-alone"),
    ],
)
@pytest.mark.parametrize("column", ["phone", "patient_ssn", "card", "iban", "remark"])
def test_a_pseudonym_that_looks_like_a_number_by_chance_is_none_whatever_its_column_is_called(column, digits):
    for kind in ("id", "phone", "national_id"):
        assert detect([f"{kind}-{digits}"], column) == {}
        assert recognised(f"{kind}-{digits}", column) == frozenset()


def test_identifiers_of_machines_are_never_personal() -> None:
    chance = np.random.default_rng(2)
    cells = [str(uuid.UUID(bytes=chance.bytes(16))) for _ in range(3_000)]
    cells += [tenant_pseudonym(b"p" * 32, cell) for cell in cells]
    assert detect(cells, "phone") == {}


@pytest.mark.parametrize(
    "load", [datasets.load_iris, datasets.load_wine, datasets.load_diabetes, datasets.load_digits]
)
def test_scikit_learns_tables_are_clean(load) -> None:
    table = load(as_frame=True).frame
    assert {name: found for name in table if (found := detect(table[name], name))} == {}
    assert {name: found for name in table if (found := detect(table[name].astype(str), name))} == {}


def test_a_clean_table_of_20000_rows_and_20_columns_takes_well_under_a_second() -> None:
    chance = np.random.default_rng(3)
    table = pd.DataFrame(chance.normal(size=(20_000, 20))).astype(str)
    begin = time.process_time()
    assert all(detect(table[name], f"x{name}") == {} for name in table)
    assert time.process_time() - begin < 1
