"""A run keeps to the documents that it was admitted under."""

import pytest

from policy_checks.errors import IntegrityError
from policy_checks.schemas.artifacts import SanitisedTable
from policy_checks.schemas.decision import Decision
from tasks.adapters import settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.submission import ManifestStore
from tasks.stages import admission, lifecycle, sanitisation, trust
from tasks.stages.workspace import perform
from tests.documents import DEFAULTS, PROJECT


def test_a_tariff_that_changes_on_the_way_stops_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    state = settings.load()
    keys, run = lifecycle.prepare_state(state), settings.new_id()
    now = settings.now()
    source = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_bytes()
    signer = submission.submitter_key(keys, now)
    envelope = submission.seal(submission.complete(source, signer.keyid, state, now), signer)
    manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
    ManifestStore(state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
    tariff = (DEFAULTS / "tariff.toml").read_text().replace("0.000900", "0.000001")
    with (
        pytest.raises(IntegrityError, match="documents-changed"),
        lifecycle.opened(run, digest, leaving=SystemExit),
    ):
        perform(run, digest, "admit", Decision, admission.admit)
        (state.home / "documents" / "tariff.toml").write_text(tariff)
        perform(run, digest, "sanitise", SanitisedTable, sanitisation.sanitise)
    last = AuditLog(state.home).newest()
    assert last is not None
    assert (last.type, last.data["code"]) == ("run.failed", "documents-changed")
    assert not list(state.home.glob("tenants/*/runs/*"))
