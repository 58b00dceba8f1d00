"""The ring on disk: published whole, trusted under its root, rotated daily by the rotator alone."""

from datetime import timedelta
from pathlib import Path

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import keyring
from policy_checks.integrity.keyring import SKEW
from tasks.adapters.ring_store import EXEC_EARLY, EXEC_VALID, KeyStore
from tasks.stages import key_ceremony
from tests.documents import NOW

TENANTS = ("t-" + "1" * 16, "t-" + "2" * 16)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path) -> KeyStore:
    """A development ring with execution keys for two tenants."""
    made = KeyStore(tmp_path)
    made.folder.mkdir()
    key_ceremony._first_ring(made, "development", (), NOW, made.folder, co_root=False)
    made.rotate(TENANTS, NOW)
    return made


def receipt(store: KeyStore, now=NOW) -> bytes:
    return store.sign("receipt", b'{"a":1}', role="exec", tenant=TENANTS[0], now=now)


def test_a_development_ring_holds_a_key_for_every_role(store):
    ring = store.ring()
    assert ring.profile == "development"
    assert {key.role for key in ring.keys.values()} == {
        "rotator", "audit", "submitter", "reviewer", "witness", "exec",
    }  # fmt: skip
    assert {key.tenant for key in ring.keys.values() if key.role == "exec"} == set(TENANTS)


@pytest.mark.parametrize(
    ("after", "rotated"),
    [
        pytest.param(EXEC_VALID - EXEC_EARLY - SECOND, False, id="a-second-before-the-last-hour"),
        pytest.param(EXEC_VALID - EXEC_EARLY, False, id="at-the-last-hour"),
        pytest.param(EXEC_VALID - EXEC_EARLY + SECOND, True, id="in-the-last-hour"),
        pytest.param(EXEC_VALID + timedelta(days=3), True, id="long-overdue"),
    ],
)
def test_the_successor_of_an_execution_key_is_published_an_hour_early(store, after, rotated):
    before = store.ring().version
    assert store.rotate(TENANTS, NOW + after) is rotated
    assert store.ring().version == before + rotated


def test_rotating_twice_changes_nothing_more(store):
    late = NOW + EXEC_VALID
    store.rotate(TENANTS, late)
    once = store.envelopes()
    assert store.rotate(TENANTS, late) is False
    assert store.envelopes() == once


def test_in_the_last_hour_the_newer_key_signs_and_the_older_one_still_verifies(store):
    old, late = store.signing_key("exec", TENANTS[0], NOW), NOW + EXEC_VALID - timedelta(minutes=5)
    envelope = receipt(store, late)
    store.rotate(TENANTS, late)
    assert store.signing_key("exec", TENANTS[0], late) != old
    assert keyring.open_signed("receipt", envelope, store.ring().keys, role="exec")[1] == old


def test_an_overdue_key_does_not_sign(store):
    receipt(store, NOW + EXEC_VALID)
    with pytest.raises(UnavailableError, match="key-overdue"):
        receipt(store, NOW + EXEC_VALID + SECOND)


@pytest.mark.parametrize(
    ("after", "gone"), [(SKEW, False), (SKEW + SECOND, True)], ids=["at-the-skew", "after-it"]
)
def test_after_its_end_a_seed_is_destroyed_and_the_public_key_stays_known(store, after, gone):
    old, envelope = store.signing_key("exec", TENANTS[0], NOW), receipt(store)
    store.rotate(TENANTS, NOW + EXEC_VALID - timedelta(minutes=5))
    assert store.rotate(TENANTS, NOW + EXEC_VALID + after) is False
    assert store.holds(old) is not gone
    assert keyring.open_signed("receipt", envelope, store.history().known, role="exec")[1] == old


def test_a_year_of_rotations_keeps_the_ring_small(store):
    sizes = []
    for day in range(1, 6):
        store.rotate(TENANTS, NOW + day * EXEC_VALID)
        sizes.append(len(store.envelopes()[-1]))
    assert max(sizes) < 1.3 * min(sizes)
    assert len(list(store.folder.glob("*.key"))) < 16


def test_rotation_needs_the_rotators_key(store):
    store.private(store.signing_key("rotator", None, NOW)).destroy()
    with pytest.raises(UnavailableError, match="key-elsewhere"):
        store.rotate(TENANTS, NOW + EXEC_VALID)
    assert store.rotate(TENANTS, NOW) is False


def test_keys_that_a_crashed_rotation_left_are_swept(store):
    stray = store.new_key("exec", "atomq", NOW, tenant=TENANTS[0])[0]
    assert store.holds(stray)
    store.rotate(TENANTS, NOW)
    assert not store.holds(stray)


def test_the_roots_own_files_survive_every_sweep(store):
    store.rotate(TENANTS, NOW + 10 * EXEC_VALID)
    assert {"root.key", "pepper.key"} <= {path.name for path in store.folder.iterdir()}


def ring_files(store: KeyStore) -> list[Path]:
    return sorted(store.folder.glob("ring-*.json"))


def test_a_ring_that_another_root_signed_is_refused(store, tmp_path):
    other = KeyStore(tmp_path / "other")
    other.folder.mkdir(parents=True)
    key_ceremony._first_ring(other, "development", (), NOW, other.folder, co_root=False)
    ring_files(store)[0].write_bytes(other.envelopes()[0])
    with pytest.raises(IntegrityError):
        store.ring()


def test_a_removed_version_in_the_middle_is_found(store):
    store.rotate(TENANTS, NOW + EXEC_VALID)
    ring_files(store)[1].unlink()
    with pytest.raises(IntegrityError, match="ring-gap"):
        store.ring()


def test_a_misnamed_version_is_found(store):
    ring_files(store)[-1].rename(store.folder / "ring-000009.json")
    with pytest.raises(IntegrityError, match="ring-broken"):
        store.ring()


def test_one_changed_byte_of_any_version_is_found(store):
    for path in ring_files(store):
        whole = path.read_bytes()
        for position in range(0, len(whole), len(whole) // 40):
            spoilt = bytearray(whole)
            spoilt[position] ^= 4
            path.write_bytes(bytes(spoilt))
            with pytest.raises(IntegrityError):
                store.history()
        path.write_bytes(whole)
    store.history()


def test_the_pinned_root_is_the_only_one(store, monkeypatch):
    digest = store.root()[1]
    monkeypatch.setenv("ATOMQ_ROOT", digest)
    store.ring()
    monkeypatch.setenv("ATOMQ_ROOT", "sha256:" + "0" * 64)
    with pytest.raises(IntegrityError, match="root-foreign"):
        store.ring()


def test_private_files_are_their_owners_only(store):
    for path in store.folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name
