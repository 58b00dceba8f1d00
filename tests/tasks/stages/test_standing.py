"""A standing approval is granted by another person, used once a run and never twice, and ends when revoked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest

from policy_checks.errors import IntegrityError, ManifestError
from tasks.adapters import settings
from tasks.stages import admission, desk, standing, templates
from tasks.stages.workspace import Workspace, perform, reopen
from tests.desk import OURS, Clinics, begin

HOUR = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MANY_SHOTS = ("shots = 1024 ", "shots = 30000 ")


@pytest.fixture
def clinics(tmp_path, monkeypatch) -> Clinics:
    made = Clinics(begin(tmp_path), monkeypatch)
    monkeypatch.setenv("ATOMQ_HOME", str(made.home))
    made.serve(OURS)
    return made


def an_admitted_instance(clinics: Clinics, n: int = 0, name: str = "nightly") -> Workspace:
    """The workspace of the instance of the n-th night, after its admission."""
    from policy_checks.schemas.decision import Decision

    run = settings.new_id()
    submitted = desk.from_template(run, name, HOUR + timedelta(days=n))
    assert submitted.manifest is not None, submitted.findings
    workspace = reopen(run, submitted.manifest)
    with workspace.folder.held():
        decision = perform(run, submitted.manifest, "admit", Decision, admission.admit)
    assert decision.effect == "review"
    workspace.share.wait(workspace.manifest.not_after)
    return workspace


def test_a_covered_run_is_counted_once_however_often_it_asks(clinics):
    granted = clinics.grant(clinics.add_template(MANY_SHOTS))
    workspace = an_admitted_instance(clinics)
    assert standing.use(workspace)
    assert standing.use(reopen(workspace.run, workspace.digest))
    (entry,) = clinics.entries("standing.used")
    assert (entry.run, entry.data) == (workspace.run, {"standing": granted.digest, "use": 1})
    (listed,) = standing.listed(clinics.home)
    assert (listed.n_used, listed.revoked) == (1, False)


def test_the_approval_is_left_with_the_run_for_auditors(clinics):
    granted = clinics.grant(clinics.add_template(MANY_SHOTS))
    workspace = an_admitted_instance(clinics)
    standing.use(workspace)
    envelope = workspace.folder.read("standing.json")
    assert envelope == (clinics.home / "standing" / f"{granted.digest[7:]}.json").read_bytes()


def test_without_an_approval_nothing_is_covered(clinics):
    clinics.add_template(MANY_SHOTS)
    assert not standing.use(an_admitted_instance(clinics))


def test_a_form_that_nobody_signed_is_never_covered(clinics):
    clinics.grant(clinics.add_template(MANY_SHOTS))
    assert not standing.use(an_unsigned_form(clinics))


def an_unsigned_form(clinics: Clinics) -> Workspace:
    run = settings.new_id()
    submitted = desk.from_form(run, {"dataset": "breast-cancer"})
    assert submitted.manifest is not None
    return reopen(run, submitted.manifest)


def test_after_its_last_run_it_covers_none(clinics):
    clinics.grant(clinics.add_template(MANY_SHOTS), max_runs=2)
    assert [standing.use(an_admitted_instance(clinics, n)) for n in range(3)] == [True, True, False]
    assert [entry.data["use"] for entry in clinics.entries("standing.used")] == [1, 2]


def test_runs_that_ask_at_the_same_time_take_different_uses_and_no_more_than_there_are(clinics):
    clinics.grant(clinics.add_template(MANY_SHOTS), max_runs=3)
    runs = [an_admitted_instance(clinics, n) for n in range(5)]
    answers: list[bool] = []
    threads = [Thread(target=lambda run=run: answers.append(standing.use(run))) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, True, True, True]
    used = clinics.entries("standing.used")
    assert sorted(entry.data["use"] for entry in used) == [1, 2, 3]
    assert len({entry.run for entry in used}) == 3


def test_a_dearer_run_than_approved_is_not_covered(clinics):
    clinics.grant(clinics.add_template(MANY_SHOTS), max_cost="0.000001")
    assert not standing.use(an_admitted_instance(clinics))
    assert not clinics.entries("standing.used")


def test_a_revoked_approval_covers_nothing_not_even_the_run_that_used_it(clinics):
    found = clinics.add_template(MANY_SHOTS)
    granted = clinics.grant(found)
    workspace = an_admitted_instance(clinics)
    assert standing.use(workspace)
    standing.revoke(clinics.home, granted.digest[7:15])
    clinics.grant(found, days=30)
    assert not standing.use(workspace)
    assert standing.use(an_admitted_instance(clinics, 1))


def test_columns_that_changed_since_need_a_person_again(clinics):
    clinics.grant(clinics.add_template(MANY_SHOTS))
    from tasks.stages import registration
    from tests.desk import TABLE

    registration.register(clinics.state, OURS, "breast-cancer", TABLE, "diagnosis", settings.now())
    run = settings.new_id()
    submitted = desk.from_template(run, "nightly", HOUR)
    assert submitted.manifest is not None
    workspace = reopen(run, submitted.manifest)
    with workspace.folder.held():
        workspace.folder.write("admit.json", admission.admit(workspace).to_bytes())
    assert not standing.use(workspace)


def test_an_approval_without_its_entry_covers_nothing(clinics, tmp_path):
    found = clinics.add_template(MANY_SHOTS)
    clinics.grant(found)
    (file,) = (clinics.home / "standing").glob("*.json")
    stolen = file.read_bytes()
    other = Clinics(begin(tmp_path / "other"), clinics.monkeypatch)
    (other.home / "standing").mkdir()
    (other.home / "standing" / file.name).write_bytes(stolen)
    assert standing.listed(other.home) == ()


def test_a_remote_target_is_never_approved_beforehand(clinics):
    found = clinics.add_template(('target = "aer"', 'target = "ibm:fez"'))
    with pytest.raises(ManifestError, match="standing-remote"):
        clinics.grant(found)
    assert not clinics.entries("standing.granted")


def test_a_submitters_key_grants_nothing(clinics):
    found = clinics.add_template()
    bounds = standing.Bounds(max_cost_eur=Decimal(1), max_runs=1, days=1)
    with pytest.raises(IntegrityError, match="key-misused"):
        standing.grant(clinics.home, found, bounds, clinics.key("submitter"), settings.now())
    assert not clinics.entries("standing.granted")


@pytest.mark.parametrize("beginning", ["", "sha256:", "0000"])
def test_a_beginning_that_names_no_single_approval_revokes_none(clinics, beginning):
    clinics.grant(clinics.add_template())
    with pytest.raises(ManifestError, match="standing-unknown"):
        standing.revoke(clinics.home, beginning)
    assert not clinics.entries("standing.revoked")


def test_a_template_is_found_by_name_or_digest_and_by_its_tenant_only(clinics):
    found = clinics.add_template()
    assert templates.find(clinics.home, OURS, "nightly") == found
    assert templates.find(clinics.home, OURS, found.digest) == found
    for tenant, named in ((OURS, "weekly"), ("north-clinic", "nightly"), ("north-clinic", found.digest)):
        with pytest.raises(ManifestError, match="template-unregistered"):
            templates.find(clinics.home, tenant, named)
