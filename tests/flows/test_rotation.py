"""The hourly flow rotates what is due, once; the log says so; old receipts still verify."""

from datetime import timedelta

import pytest

from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.ring_store import KeyStore
from tasks.stages import key_ceremony, rotation
from tests.documents import PROJECT


@pytest.fixture
def state(tmp_path, monkeypatch):
    """A development state that was begun 25 hours ago."""
    made = settings.Settings(PROJECT, tmp_path / "home")
    key_ceremony.begin(made, "development", settings.now() - timedelta(hours=25))
    monkeypatch.setenv("ATOMQ_HOME", str(made.home))
    return made


def rotated(home) -> int:
    log = AuditLog(home)
    found = [entry.type for entry in log.entries()].count("keyring.rotated")
    log.close()
    return found


def test_the_hourly_flow_rotates_what_is_due_and_then_nothing(state, prefect_url, monkeypatch):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.rotate_keys import rotate_keys

    with temporary_settings({PREFECT_API_URL: prefect_url}):
        first = rotate_keys(return_state=True)
        second = rotate_keys(return_state=True)
    assert (first.name, second.name) == ("Rotated", "Completed")
    assert rotated(state.home) == 1
    assert KeyStore(state.home).ring().version == 2


def test_rotation_destroys_what_ended_and_leaves_a_checkpoint(state):
    ended = [keyid for keyid, key in KeyStore(state.home).ring().keys.items() if key.role == "exec"]
    assert rotation.rotate_due() == 2
    assert not any(KeyStore(state.home).holds(keyid) for keyid in ended)
    log = AuditLog(state.home)
    assert log.newest_checkpoint() is not None
    log.close()
    assert rotation.rotate_due() is None
