"""Ring, documents, clock and log belong together; who goes back is found, who crashed between is mended."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity.keyring import SKEW
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.documents import Shelf
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import enrolment, key_ceremony, lifecycle, trust
from tests.documents import NOW, PROJECT

SECOND = timedelta(seconds=1)
TOMORROW = NOW + timedelta(hours=25)


@pytest.fixture
def state(tmp_path) -> Settings:
    made = Settings(PROJECT, tmp_path / "home")
    key_ceremony.begin(made, "development", NOW)
    return made


def whole(state: Settings, now=NOW):
    log = AuditLog(state.home, clock=lambda: now)
    try:
        return trust.require_whole(state.home, KeyStore(state.home), log, now)
    finally:
        log.close()


def rotated(state: Settings, now=TOMORROW) -> bool:
    log = AuditLog(state.home, clock=lambda: now)
    try:
        return trust.rotate(state.home, KeyStore(state.home), log, now)
    finally:
        log.close()


def types(state: Settings) -> list[str]:
    log = AuditLog(state.home)
    found = [entry.type for entry in log.entries()]
    log.close()
    return found


def newest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern))


def test_a_state_as_it_was_begun_is_whole(state):
    assert whole(state).ring.version == 1


def test_rotation_is_recorded_once(state):
    assert rotated(state)
    assert not rotated(state)
    assert types(state).count("keyring.rotated") == 1
    assert whole(state, TOMORROW).ring.version == 2


def test_a_rotation_that_crashed_before_its_entry_is_recorded_by_the_next_call(state):
    store = KeyStore(state.home)
    store.rotate(("t-" + "1" * 16,), TOMORROW)
    assert "keyring.rotated" not in types(state)
    whole(state, TOMORROW)
    whole(state, TOMORROW)
    assert types(state).count("keyring.rotated") == 1


def test_a_removed_newest_ring_is_a_rollback(state):
    rotated(state)
    newest(state.home / "keys", "ring-*.json").unlink()
    with pytest.raises(IntegrityError, match="ring-rollback"):
        whole(state, TOMORROW)


def test_a_ring_swapped_for_another_of_the_same_version_is_found(state):
    first = shutil.copytree(state.home / "keys", state.home.parent / "keys-before")
    rotated(state)
    log = state.home / "keys"
    shutil.rmtree(log)
    first.rename(log)
    KeyStore(state.home).rotate(("t-" + "9" * 16,), TOMORROW)
    with pytest.raises(IntegrityError, match="ring-swapped"):
        whole(state, TOMORROW)


def test_a_removed_newest_document_is_a_rollback(state):
    shelf, log = Shelf(state.home, "tariff"), AuditLog(state.home, clock=lambda: NOW)
    envelope = shelf.sign(shelf.shipped, KeyStore(state.home).root_keys(), NOW)
    trust.adopt(state.home, "tariff", envelope, log, NOW)
    log.close()
    newest(state.home / "documents", "tariff-*.json").unlink()
    with pytest.raises(IntegrityError, match="document-rollback"):
        whole(state)


def test_a_document_swapped_for_another_of_the_same_version_is_found(state):
    shelf, log = Shelf(state.home, "tariff"), AuditLog(state.home, clock=lambda: NOW)
    signers = KeyStore(state.home).root_keys()
    later = NOW + SECOND
    trust.adopt(state.home, "tariff", shelf.sign(shelf.shipped, signers, NOW), log, NOW)
    newest(state.home / "documents", "tariff-*.json").unlink()
    shelf.adopt(shelf.sign(shelf.shipped, signers, later), later)
    log.close()
    with pytest.raises(IntegrityError, match="document-swapped"):
        whole(state, later)


def test_a_log_without_its_keys_is_an_integrity_fault_and_no_new_keys_are_made(state):
    shutil.rmtree(state.home / "keys")
    with pytest.raises(IntegrityError, match="ring-absent"):
        lifecycle.prepare_state(state)
    assert not (state.home / "keys" / "root.json").exists()


def test_keys_without_their_log_are_an_integrity_fault(state):
    shutil.rmtree(state.home / "audit")
    with pytest.raises(IntegrityError, match="log-absent"):
        whole(state)


@pytest.mark.parametrize(
    ("behind", "refused"),
    [
        pytest.param(SKEW - SECOND, False, id="within-the-skew"),
        pytest.param(SKEW, False, id="at-the-skew"),
        pytest.param(SKEW + SECOND, True, id="beyond-it"),
    ],
)
def test_a_clock_behind_the_newest_entry_is_refused(state, behind, refused):
    if refused:
        with pytest.raises(UnavailableError, match="clock-behind"):
            whole(state, NOW - behind)
    else:
        whole(state, NOW - behind)


def test_a_lapsed_document_is_signed_anew_by_a_development_root(state):
    late = NOW + timedelta(days=360)
    later = late + timedelta(days=10)
    log = AuditLog(state.home, clock=lambda: later)
    enrolment.renew(state, late, None)
    trust.adopt_shipped(state.home, KeyStore(state.home), log, later)
    log.close()
    shelves = [Shelf(state.home, name) for name in ("policy", "tenants", "tariff")]
    assert {shelf.adopted().version - shelf.shipped.version for shelf in shelves} == {1}
