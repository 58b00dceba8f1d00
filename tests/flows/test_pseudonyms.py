"""A tenant's pseudonym: no dictionary of names reverses what is stored, and no two tenants' data link."""

import base64
import hashlib
import hmac
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tasks.adapters.audit_log import AuditLog
from tasks.adapters.ring_store import KeyStore
from tasks.tabular.pseudonym_keys import derive_key, tenant_pseudonym
from tasks.tabular.pseudonymise import pseudonyms
from tests.conftest import atomq

NAME = "sample-clinic"
DICTIONARY = [
    NAME,
    *(f"{word}-{kind}" for word in ("sample", "city", "north") for kind in ("clinic", "lab", "bank")),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory, prefect_url) -> Path:
    made = tmp_path_factory.mktemp("pseudonyms") / "home"
    assert atomq(made, "run", "--json", PREFECT_API_URL=prefect_url).code == 0
    return made


def stored(home: Path) -> set[str]:
    """Every tenant that log, ring, receipts' folders and records name."""
    log = AuditLog(home)
    found = {entry.tenant for entry in log.entries() if entry.tenant}
    log.close()
    found |= {key.tenant for key in KeyStore(home).history().known.values() if key.tenant}
    found |= {path.name for path in (home / "tenants").iterdir()}
    for path in home.glob("tenants/*/runs/*/metrics.parquet"):
        found |= set(pq.read_table(path).column("tenant").to_pylist())
    return found


def guesses(name: str, known: list[bytes]) -> set[str]:
    """What somebody without the pepper can compute from a name: plain and keyed hashes under all that is public."""
    raw = name.encode()
    plain = [hashlib.new(algorithm, raw).hexdigest() for algorithm in ("sha256", "sha512", "sha1", "md5")]
    keyed = [hmac.new(key, raw, hashlib.sha256).hexdigest() for key in known]
    derived = [tenant_pseudonym(key.ljust(32, b"\0"), name) for key in known]
    return {f"t-{digest[:16]}" for digest in plain + keyed} | set(derived)


def test_everything_stored_names_the_one_tenant_alike(home):
    (pseudonym,) = stored(home)
    assert pseudonym == tenant_pseudonym(KeyStore(home).pepper(), NAME)


def test_a_dictionary_of_names_does_not_reverse_it(home):
    public = [b"", b"atomq", b"atomq/1", KeyStore(home).root()[1].encode()]
    public += [base64.b64decode(key.public)[:64] for key in KeyStore(home).ring().keys.values()]
    found = stored(home)
    for name in DICTIONARY:
        assert not guesses(name, public) & found
    assert guesses(NAME, [*public, KeyStore(home).pepper()]) & found, (
        "with the pepper the same search succeeds"
    )


def test_the_name_itself_is_in_no_log_ring_record_or_receipt(home):
    places = [
        *home.glob("keys/*.json"), *home.glob("audit/*"), *home.glob("witness/**/*"),
        *home.glob("tenants/*/runs/*/receipt*.json"), *home.glob("tenants/*/runs/*/*.parquet"),
    ]  # fmt: skip
    assert len(places) > 6
    for path in places:
        if path.is_file():
            assert NAME.encode() not in path.read_bytes(), path


def test_two_tenants_pseudonyms_of_one_person_do_not_link():
    pepper = b"p" * 32
    person = pd.Series(["jane.doe@example.org"] * 2)
    one = pseudonyms(person, derive_key(pepper, "one", "visits", "email"), "email")
    other = pseudonyms(person, derive_key(pepper, "other", "visits", "email"), "email")
    assert one[0] == one[1]
    assert set(one).isdisjoint(other)
    tails = {value.rpartition("-")[2][:6] for value in one} & {
        value.rpartition("-")[2][:6] for value in other
    }
    assert not tails
