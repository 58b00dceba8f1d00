"""Governing documents are versioned files with digests; an edited one is a draft and says so."""

from datetime import date, timedelta

import pytest

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import strict_json
from policy_checks.integrity.keyring import SKEW
from tasks.adapters import documents
from tasks.adapters.documents import VALID, Shelf
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import key_ceremony
from tests.documents import DEFAULTS, NOW, PROJECT

SECOND = timedelta(seconds=1)


def draft(home, name: str, *changes: tuple[str, str]) -> None:
    text = (DEFAULTS / f"{name}.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (home / "documents").mkdir(exist_ok=True)
    (home / "documents" / f"{name}.toml").write_text(text)


def test_the_shipped_documents_are_no_drafts(tmp_path):
    governing = documents.load(tmp_path)
    assert governing.digests.drafts == ()
    assert governing.policy.last_updated == date(2024, 1, 15)
    assert governing.policy.next_review == date(2024, 4, 15)


def test_an_edited_document_changes_its_digest_and_is_a_draft(tmp_path):
    shipped = documents.load(tmp_path).digests
    draft(tmp_path, "policy", ("qubits_max = 12", "qubits_max = 8"))
    edited = documents.load(tmp_path)
    assert edited.policy.limits.qubits_max == 8
    assert edited.digests.drafts == ("policy",)
    assert edited.digests.policy != shipped.policy
    assert edited.digests.tariff == shipped.tariff


def test_an_identical_copy_is_no_draft(tmp_path):
    draft(tmp_path, "policy")
    assert documents.load(tmp_path).digests.drafts == ()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("qubits_max = 12", "qubits_max = -1"), id="negative"),
        pytest.param(("qubits_max = 12", 'qubits_max = "12"'), id="text-for-number"),
        pytest.param(("version = 3", "version = 3\nsurprise = 2"), id="unknown-field"),
        pytest.param(("version = 3", ""), id="missing-field"),
        pytest.param(("version = 3", "version = 3\nversion = 4"), id="duplicate-key"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_by_name(tmp_path, change):
    draft(tmp_path, "policy", change)
    with pytest.raises(ManifestError, match=r"policy\.toml"):
        documents.load(tmp_path)


def test_an_unknown_tenant_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ManifestError, match="sample-clinic"):
        documents.load(tmp_path).tenant("nobody")


@pytest.fixture
def state(tmp_path):
    """A development state whose shipped documents the root has signed."""
    made = Settings(PROJECT, tmp_path / "home")
    key_ceremony.begin(made, "development", NOW)
    return made


def next_version(state, name="policy", at=NOW, **changes) -> bytes:
    shelf = Shelf(state.home, name)
    draft = shelf.shipped.model_copy(update=changes)
    return shelf.sign(draft, KeyStore(state.home).root_keys(), at)


def test_signed_documents_are_no_drafts_and_their_digest_is_their_payloads(state):
    digests = documents.load(state.home).digests
    assert digests.drafts == ()
    adopted = Shelf(state.home, "policy").adopted()
    assert digests.policy == strict_json.digest(adopted.to_bytes())


def test_an_edited_copy_of_a_signed_document_is_a_draft(state):
    draft(state.home, "policy", ("qubits_max = 12", "qubits_max = 8"))
    edited = documents.load(state.home)
    assert edited.digests.drafts == ("policy",)
    assert edited.policy.limits.qubits_max == 8


def test_an_adopted_draft_is_no_draft_any_more(state):
    draft(state.home, "policy", ("qubits_max = 12", "qubits_max = 8"))
    shelf = Shelf(state.home, "policy")
    shelf.adopt(shelf.sign(shelf.edited(), KeyStore(state.home).root_keys(), NOW), NOW)
    loaded = documents.load(state.home)
    assert loaded.digests.drafts == ()
    assert (loaded.policy.version, loaded.policy.limits.qubits_max) == (4, 8)


def test_an_older_version_is_not_adopted_again(state):
    shelf = Shelf(state.home, "policy")
    second = next_version(state)
    shelf.adopt(second, NOW)
    for envelope in (second, shelf.envelopes()[3]):
        with pytest.raises(IntegrityError, match="document-rollback"):
            shelf.adopt(envelope, NOW)


@pytest.mark.parametrize(
    ("after", "adopted"),
    [
        pytest.param(-SKEW - SECOND, False, id="before-its-window"),
        pytest.param(-SKEW, True, id="a-skewed-clock-before"),
        pytest.param(VALID, True, id="on-its-last-second"),
        pytest.param(VALID + SECOND, False, id="after-its-window"),
    ],
)
def test_a_document_is_adopted_while_it_is_valid(state, after, adopted):
    shelf, envelope = Shelf(state.home, "policy"), next_version(state)
    if adopted:
        assert shelf.adopt(envelope, NOW + after).version == 4
    else:
        with pytest.raises(IntegrityError, match="document-lapsed"):
            shelf.adopt(envelope, NOW + after)


def test_only_the_root_signs_governing_documents(state, tmp_path):
    other = Settings(PROJECT, tmp_path / "other")
    key_ceremony.begin(other, "development", NOW)
    shelf = Shelf(state.home, "policy")
    with pytest.raises(IntegrityError, match="root-foreign"):
        shelf.adopt(next_version(other), NOW)
    store = KeyStore(state.home)
    submitter = store.private(store.signing_key("submitter", None, NOW))
    with pytest.raises(IntegrityError, match="root-foreign"):
        shelf.adopt(shelf.sign(shelf.shipped, [submitter], NOW), NOW)


def test_a_tariff_is_not_taken_for_a_policy(state):
    with pytest.raises(IntegrityError, match="envelope-invalid"):
        Shelf(state.home, "policy").adopt(next_version(state, "tariff"), NOW)


def test_every_changed_byte_of_an_adopted_document_is_found(state):
    (path,) = (state.home / "documents").glob("tariff-*.json")
    whole = path.read_bytes()
    for position in range(0, len(whole), len(whole) // 60):
        spoilt = bytearray(whole)
        spoilt[position] ^= 2
        path.write_bytes(bytes(spoilt))
        with pytest.raises(IntegrityError):
            documents.load(state.home)


def test_a_version_under_anothers_name_is_found(state):
    (path,) = (state.home / "documents").glob("tariff-*.json")
    path.rename(path.with_name("tariff-000007.json"))
    with pytest.raises(IntegrityError, match="document-misnamed"):
        documents.load(state.home)


def test_documents_that_the_root_never_signed_are_drafts(state):
    for path in (state.home / "documents").iterdir():
        path.unlink()
    assert documents.load(state.home).digests.drafts == ("policy", "tenants", "tariff")
