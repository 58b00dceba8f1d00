"""A ring is begun once; people are enrolled, revoked and renewed under the root; a production root never lies here."""

from datetime import timedelta
from pathlib import Path

import pytest

from policy_checks.errors import AtomqError, IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity import governing_documents
from tasks.adapters import documents, passphrase
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import enrolment, key_ceremony, trust
from tests.documents import NOW, PROJECT

LATER = NOW + timedelta(minutes=5)


@pytest.fixture(autouse=True)
def a_passphrase(monkeypatch):
    monkeypatch.setattr(passphrase, "_known", {None: b"correct horse battery staple"})


@pytest.fixture
def state(tmp_path) -> Settings:
    return Settings(PROJECT, tmp_path / "home")


@pytest.fixture
def medium(tmp_path) -> Path:
    (tmp_path / "medium").mkdir()
    return tmp_path / "medium"


def begun(state: Settings, medium: Path | None = None, **options) -> KeyStore:
    key_ceremony.begin(state, "production" if medium else "development", NOW, root_folder=medium, **options)
    return KeyStore(state.home)


def entries(state: Settings) -> list[tuple[str, dict]]:
    log = AuditLog(state.home)
    found = [(entry.type, entry.data) for entry in log.entries()]
    log.close()
    return found


def a_card(folder: Path, role="reviewer", owner="alice") -> bytes:
    return enrolment.new_card(role, owner, folder / f"{owner}-{role}.key")[1]


def test_a_beginning_is_recorded_ring_first_then_the_shipped_documents(state):
    begun(state)
    assert [(kind, data.get("document")) for kind, data in entries(state)] == [
        ("keyring.created", None), ("document.adopted", "policy"), ("document.adopted", "tenants"), ("document.adopted", "tariff"),
    ]  # fmt: skip
    assert documents.load(state.home).digests.drafts == ()


def test_keys_are_made_only_where_there_is_neither_ring_nor_log(state):
    store = begun(state)
    with pytest.raises(IntegrityError, match="keys-exist"):
        begun(state)
    for path in store.folder.iterdir():
        path.unlink()
    with pytest.raises(IntegrityError, match="keys-exist"):
        begun(state)


def test_a_production_root_lies_on_the_other_medium_and_nowhere_here(state, medium):
    store = begun(state, medium)
    assert {path.name for path in medium.iterdir()} == {"root.key", "root.json"}
    assert not list(state.home.rglob("root.key"))
    assert store.ring().profile == "production"
    assert {key.role for key in store.ring().keys.values()} == {"rotator", "audit", "exec"}
    with pytest.raises(UnavailableError):
        store.root_keys()
    assert store.root_keys(medium)


def test_a_co_root_signs_every_root_signed_thing_too(state, medium):
    store = begun(state, medium, co_root=True)
    assert [key.alg for key in store.root()[0].keys] == ["ml-dsa-87", "slh-dsa-sha2-128s"]
    enrolment.enroll(state, a_card(medium), LATER, medium)
    assert store.ring().version == 2
    (medium / "co-root.key").unlink()
    with pytest.raises(AtomqError):
        enrolment.enroll(state, a_card(medium, owner="bob"), LATER, medium)


@pytest.mark.parametrize("where", ["inside-home", "holds-keys", "absent"])
def test_the_roots_folder_is_empty_and_elsewhere(state, medium, where):
    state.prepare_home()
    folder = {"inside-home": state.home, "holds-keys": medium, "absent": medium / "no"}[where]
    if where == "holds-keys":
        (medium / "root.key").write_text("another root")
    with pytest.raises(UnavailableError, match="root-folder-unusable"):
        begun(state, folder)
    assert not KeyStore(state.home).exists()


def test_a_beginning_that_was_cut_short_after_the_ring_is_finished_by_the_same_call(
    state, medium, monkeypatch
):
    with monkeypatch.context() as cut:
        cut.setattr(trust, "record_ring", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            begun(state, medium)
    begun(state, medium)
    assert [kind for kind, _ in entries(state)] == ["keyring.created"] + ["document.adopted"] * 3


def test_an_enrolled_person_may_sign_and_the_log_knows_the_ring(state, medium):
    store = begun(state, medium)
    entry = enrolment.enroll(state, a_card(medium), LATER, medium)
    assert (entry.role, entry.owner) == ("reviewer", "alice")
    kind, data = entries(state)[-1]
    assert (kind, data["ring"], data["version"]) == ("keyring.changed", store.ring_digest(), 2)


def test_enrolling_needs_the_root_itself(state, medium, tmp_path):
    begun(state, medium)
    with pytest.raises(UnavailableError):
        enrolment.enroll(state, a_card(medium), LATER, None)
    other_state, other = Settings(PROJECT, tmp_path / "other-home"), tmp_path / "other"
    other.mkdir()
    begun(other_state, other)
    with pytest.raises(UnavailableError, match="root-foreign"):
        enrolment.enroll(state, a_card(medium), LATER, other)
    assert KeyStore(state.home).ring().version == 1


def test_a_card_is_enrolled_once_and_never_as_an_execution_key(state, medium):
    begun(state, medium)
    card = a_card(medium)
    enrolment.enroll(state, card, LATER, medium)
    with pytest.raises(ManifestError, match="key-enrolled"):
        enrolment.enroll(state, card, LATER, medium)
    with pytest.raises(ManifestError, match="role-not-enrolled"):
        enrolment.enroll(state, a_card(medium, role="exec"), LATER, medium)


def test_a_revoked_key_is_not_believed_after_the_newest_entry(state, medium):
    store = begun(state, medium)
    enrolment.enroll(state, a_card(medium), LATER, medium)
    (keyid,) = [keyid for keyid, key in store.ring().keys.items() if key.role == "reviewer"]
    newest = len(entries(state)) - 1
    key = enrolment.revoke(state, keyid[:10], "lost", LATER, medium)
    assert key.revoked is not None
    assert (key.revoked.reason, key.revoked.untrusted_after_seq) == ("lost", newest)
    with pytest.raises(ManifestError, match="key-revoked"):
        enrolment.revoke(state, keyid, "lost", LATER, medium)


@pytest.mark.parametrize("beginning", ["", "zz", "f" * 64])
def test_revoking_names_one_key(state, beginning):
    begun(state)
    with pytest.raises(ManifestError, match="key-unknown"):
        enrolment.revoke(state, beginning, "lost", LATER, None)


def test_renewal_extends_the_ring_and_replaces_keys_that_end_soon(state):
    store = begun(state)
    before, soon = store.ring(), NOW + timedelta(days=320)
    enrolment.renew(state, LATER, None)
    assert set(store.ring().keys) == set(before.keys)
    enrolment.renew(state, soon, None)
    fresh = store.ring()
    assert fresh.expires > before.expires
    for role in ("rotator", "audit", "submitter", "reviewer", "witness"):
        windows = [key.sign_until for key in fresh.keys.values() if key.role == role]
        assert len(windows) == 2
        assert max(windows) >= soon + timedelta(days=365)


def test_an_expired_ring_is_renewed_under_the_root_and_nothing_else_works(state):
    store, late = begun(state), NOW + timedelta(days=366)
    log = AuditLog(state.home)
    with pytest.raises(IntegrityError, match="ring-expired"):
        trust.require_whole(state.home, store, log, late)
    log.close()
    enrolment.renew(state, late, None)
    assert store.ring().expires > late


def test_a_document_lives_a_year(state):
    begun(state)
    policy = documents.load(state.home).policy
    assert not governing_documents.lapsed(policy, NOW + timedelta(days=365))
    assert governing_documents.lapsed(policy, NOW + timedelta(days=365, seconds=1))
