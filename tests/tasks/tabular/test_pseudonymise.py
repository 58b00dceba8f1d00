"""Pseudonyms: stable inside a dataset group, unlinkable outside, and never reversible by guessing."""

import hmac
import re
import unicodedata

import pandas as pd
import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import StageError
from policy_checks.schemas.base import Pseudonym
from tasks.tabular.pseudonym_keys import derive_key, key_id, tenant_pseudonym
from tasks.tabular.pseudonymise import pseudonyms

PEPPER = bytes(range(32))
KEY = derive_key(PEPPER, "clinic", "visits", "id")
TEXT = st.text(st.characters(codec="utf-8"))


def hidden(values: list[object], key: bytes = KEY, kind: str = "id") -> list[str]:
    return pseudonyms(pd.Series(values), key, kind).to_list()


@given(st.lists(TEXT, min_size=1, unique=True))
def test_equal_values_and_only_equal_values_share_a_pseudonym(values: list[str]) -> None:
    normal = {unicodedata.normalize("NFKC", value) for value in values}
    assert len(set(hidden(values))) == len(normal)
    assert hidden(values + values) == hidden(values) * 2


@given(TEXT)
def test_a_pseudonym_is_its_kind_and_32_hexadecimal_digits(value: str) -> None:
    assert re.fullmatch(r"id-[0-9a-f]{32}", hidden([value])[0])


def test_a_pseudonym_is_hmac_sha256_under_a_key_from_hkdf() -> None:
    info = b"".join(
        len(part).to_bytes(4, "big") + part
        for part in (b"atomq/1", b"pseudonym", b"clinic", b"visits", b"id")
    )
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(PEPPER)
    assert key == KEY
    assert hidden(["P1"]) == ["id-" + hmac.new(key, b"P1", "sha256").hexdigest()[:32]]


@pytest.mark.parametrize(
    "other",
    [
        derive_key(PEPPER, "hospital", "visits", "id"),
        derive_key(PEPPER, "clinic", "claims", "id"),
        derive_key(PEPPER, "clinic", "visits", "email"),
        derive_key(PEPPER[::-1], "clinic", "visits", "id"),
    ],
    ids=["tenant", "dataset-group", "kind", "pepper"],
)
def test_pseudonyms_do_not_link_across(other: bytes) -> None:
    assert not set(hidden(["P1", "P2"])) & set(hidden(["P1", "P2"], other))


def test_fields_that_run_together_give_different_keys() -> None:
    assert derive_key(PEPPER, "ab", "c", "id") != derive_key(PEPPER, "a", "bc", "id")


def test_empty_cells_stay_empty_and_the_index_stays() -> None:
    result = pseudonyms(pd.Series(["a", None, "b"], index=[7, 5, 3], name="person"), KEY, "id")
    assert result.isna().to_list() == [False, True, False]
    assert (result.index.to_list(), result.name) == ([7, 5, 3], "person")


@pytest.mark.parametrize(
    "values",
    [[7, 8], [7.0, 8.0], ["7", "8"], ["\uff17", "\uff18"]],
    ids=["whole", "floating", "text", "full-width"],
)
def test_one_value_has_one_pseudonym_however_it_is_stored(values: list[object]) -> None:
    assert hidden(values) == hidden(["7", "8"])


@pytest.mark.parametrize(("n_bytes", "is_enough"), [(31, False), (32, True), (33, True)])
def test_a_pepper_has_at_least_32_bytes(n_bytes: int, is_enough: bool) -> None:
    if is_enough:
        assert len(derive_key(b"p" * n_bytes, "clinic", "visits", "id")) == 32
    else:
        with pytest.raises(StageError, match="31 bytes"):
            tenant_pseudonym(b"p" * n_bytes, "clinic")


def test_a_tenant_has_one_short_pseudonym_that_documents_accept() -> None:
    pattern = Pseudonym.__metadata__[0].metadata[0].pattern
    assert re.fullmatch(pattern, tenant_pseudonym(PEPPER, "clinic"))
    assert tenant_pseudonym(PEPPER, "clinic") == tenant_pseudonym(PEPPER, "clinic")
    assert tenant_pseudonym(PEPPER, "clinic") != tenant_pseudonym(PEPPER, "hospital")


def test_a_key_is_told_by_eight_digits_that_are_no_part_of_it_or_of_a_pseudonym() -> None:
    told = key_id(KEY)
    assert re.fullmatch(r"[0-9a-f]{8}", told)
    assert told != key_id(derive_key(PEPPER, "clinic", "claims", "id"))
    assert told not in KEY.hex()
    assert told not in hidden(["", "P1"])[0]
