"""Keys are made once, rotate daily, sign only in their window, and lie in files of their owner."""

import os
from datetime import timedelta

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import keyring
from tasks.adapters.keyring import EXEC_EARLY, EXEC_VALID, SKEW, KeyStore
from tests.documents import NOW

TENANTS = ("sample-clinic", "other-clinic")


@pytest.fixture
def store(tmp_path) -> KeyStore:
    made = KeyStore(tmp_path)
    made.create(TENANTS, NOW)
    return made


def signed(store: KeyStore, now=NOW, role="submitter", tenant=None, name="manifest") -> bytes:
    return store.sign(name, b'{"a":1}', role=role, tenant=tenant, now=now)


def test_a_ring_is_made_once(store):
    first = store.ring_digest()
    assert store.create(TENANTS, NOW) is False
    assert store.ring_digest() == first


def test_a_development_ring_holds_a_submitter_and_an_execution_key_for_each_tenant(store):
    ring = store.ring()
    assert ring.profile == "development"
    assert sorted((k.role, k.tenant) for k in ring.keys.values() if k.tenant) == [
        ("exec", "other-clinic"),
        ("exec", "sample-clinic"),
    ]


def test_what_a_submitter_signed_is_opened_and_its_key_named(store):
    payload, keyid = keyring.open_signed("manifest", signed(store), store.ring(), role="submitter")
    assert payload == b'{"a":1}'
    assert store.ring().keys[keyid].role == "submitter"


def test_every_byte_of_an_envelope_counts(store):
    envelope, ring = signed(store), store.ring()
    for position in range(0, len(envelope), 13):
        spoilt = bytearray(envelope)
        spoilt[position] ^= 1
        with pytest.raises(IntegrityError):
            keyring.open_signed("manifest", bytes(spoilt), ring, role="submitter")


def test_a_manifests_signature_is_no_receipt(store):
    with pytest.raises(IntegrityError, match="envelope-invalid"):
        keyring.open_signed("receipt", signed(store), store.ring(), role="submitter")


def test_a_key_of_another_role_or_tenant_is_refused(store):
    envelope = signed(store, role="exec", tenant="sample-clinic", name="receipt")
    with pytest.raises(IntegrityError, match="key-misused"):
        keyring.open_signed("receipt", envelope, store.ring(), role="submitter")
    with pytest.raises(IntegrityError, match="key-misused"):
        keyring.open_signed("receipt", envelope, store.ring(), role="exec", tenant="other-clinic")


def test_a_key_of_another_ring_is_unknown(store, tmp_path):
    other = KeyStore(tmp_path / "other")
    other.create(TENANTS, NOW)
    with pytest.raises(IntegrityError, match="key-unknown"):
        keyring.open_signed("manifest", signed(other), store.ring(), role="submitter")


def test_a_ring_signed_by_another_root_is_refused(store, tmp_path):
    other = KeyStore(tmp_path / "other")
    other.create(TENANTS, NOW)
    (tmp_path / "keys" / "root.pub").write_bytes((tmp_path / "other" / "keys" / "root.pub").read_bytes())
    with pytest.raises(IntegrityError, match="ring-foreign-root"):
        store.ring()


@pytest.mark.parametrize(
    ("after", "rotated"),
    [
        pytest.param(
            EXEC_VALID - EXEC_EARLY - timedelta(seconds=1), False, id="a-second-before-the-last-hour"
        ),
        pytest.param(EXEC_VALID - EXEC_EARLY, False, id="at-the-last-hour"),
        pytest.param(EXEC_VALID - EXEC_EARLY + timedelta(seconds=1), True, id="in-the-last-hour"),
        pytest.param(EXEC_VALID + timedelta(days=3), True, id="long-overdue"),
    ],
)
def test_the_successor_of_an_execution_key_is_published_an_hour_early(store, after, rotated):
    assert store.rotate(TENANTS, NOW + after) is rotated
    assert store.ring().version == (2 if rotated else 1)


def test_in_the_last_hour_the_newer_key_signs_and_the_older_one_still_verifies(store):
    old, late = store.signing_key("exec", "sample-clinic", NOW), NOW + EXEC_VALID - timedelta(minutes=5)
    envelope = signed(store, late, role="exec", tenant="sample-clinic", name="receipt")
    store.rotate(TENANTS, late)
    assert store.signing_key("exec", "sample-clinic", late) != old
    assert keyring.open_signed("receipt", envelope, store.ring(), role="exec")[1] == old


def test_an_overdue_key_does_not_sign(store):
    later = NOW + EXEC_VALID + timedelta(seconds=1)
    with pytest.raises(UnavailableError, match="key-overdue"):
        signed(store, later, role="exec", tenant="sample-clinic", name="receipt")


def test_after_rotation_old_signatures_still_verify_and_the_old_seed_is_gone(store, tmp_path):
    old = store.signing_key("exec", "sample-clinic", NOW)
    envelope = signed(store, role="exec", tenant="sample-clinic", name="receipt")
    store.rotate(TENANTS, NOW + EXEC_VALID + SKEW + timedelta(seconds=1))
    assert keyring.open_signed("receipt", envelope, store.ring(), role="exec")[1] == old
    assert not (tmp_path / "keys" / f"{old}.seed").exists()
    assert store.ring().prev is not None


def test_a_signature_outside_its_keys_window_does_not_count(store):
    ring, keyid = store.ring(), store.signing_key("exec", "sample-clinic", NOW)
    with pytest.raises(IntegrityError, match="key-outside-window"):
        keyring.require_window(ring, keyid, NOW + EXEC_VALID + timedelta(seconds=1))


def test_private_files_are_their_owners_only(store, tmp_path):
    modes = {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}


def test_a_private_key_open_to_others_is_refused(store, tmp_path):
    keyid = store.signing_key("submitter", None, NOW)
    os.chmod(tmp_path / "keys" / f"{keyid}.seed", 0o644)
    with pytest.raises(IntegrityError, match="key-exposed"):
        signed(store)
