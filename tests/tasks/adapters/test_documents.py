"""Governing documents are versioned files with digests; an edited one is a draft and says so."""

from datetime import date

import pytest

from policy_checks.errors import ManifestError
from tasks.adapters import documents
from tests.documents import DEFAULTS


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
        pytest.param(("version = 1", "version = 1\nsurprise = 2"), id="unknown-field"),
        pytest.param(("version = 1", ""), id="missing-field"),
        pytest.param(("version = 1", "version = 1\nversion = 2"), id="duplicate-key"),
    ],
)
def test_a_draft_that_does_not_fit_is_refused_by_name(tmp_path, change):
    draft(tmp_path, "policy", change)
    with pytest.raises(ManifestError, match=r"policy\.toml"):
        documents.load(tmp_path)


def test_an_unknown_tenant_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ManifestError, match="sample-clinic"):
        documents.load(tmp_path).tenant("nobody")
