"""A form or a template becomes one signed manifest of the tenant that this process serves, or an answer and an entry."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.manifest import SAME
from policy_checks.schemas.artifacts import Submitted
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import settings, submission, template_store
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.submission import ManifestStore
from tasks.stages import desk, enrolment
from tasks.stages.request import Request
from tests.desk import OTHER_RUN, OURS, RUN, THEIRS, Clinics, begin

FORM = {"dataset": "breast-cancer"}
HOUR = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PERSONAL = "maria.huber@example.org"


@pytest.fixture
def clinics(tmp_path, monkeypatch) -> Clinics:
    made = Clinics(begin(tmp_path), monkeypatch)
    monkeypatch.setenv("ATOMQ_HOME", str(made.home))
    made.serve(OURS)
    return made


def manifest_of(clinics: Clinics, submitted: Submitted) -> Manifest:
    """The stored manifest, verified as its admission would."""
    assert submitted.manifest is not None, submitted.findings
    envelope = ManifestStore(clinics.home).get(submitted.manifest)
    _, parent = submission.claims_of(envelope)
    template = template_store.get(clinics.home, parent) if parent else None
    keys, now = KeyStore(clinics.home).trusted().known, settings.now()
    found, digest = submission.verify(
        envelope, keys, now, 10_000, tenant=clinics.pseudonym(), template=template
    )
    assert digest == submitted.manifest
    return found


def refusals(clinics: Clinics) -> list[tuple[str | None, str]]:
    return [(entry.run, str(entry.data["code"])) for entry in clinics.entries("run.refused")]


def refused(submitted: Submitted) -> str:
    """The one reason for which nothing was submitted."""
    assert submitted.manifest is None
    (finding,) = submitted.findings
    assert finding.effect == "deny"
    assert finding.remedy
    return finding.message


def test_a_form_becomes_a_manifest_that_says_nobody_signed_the_request(clinics):
    form = {
        "dataset": "breast-cancer", "circuit": {"qubits": 3, "layers": 1},
        "execution": {"shots": 0, "noise": "none", "seed": 9}, "limits": {"quantum_s_max": 5, "cost_eur_max": "0.50"},
    }  # fmt: skip
    manifest = manifest_of(clinics, desk.from_form(RUN, form))
    assert (manifest.submitter, manifest.parent, manifest.tenant) == ("unauthenticated", None, OURS)
    assert (manifest.circuit.qubits, manifest.circuit.layers, manifest.mode) == (3, 1, "dry_run")
    assert (manifest.execution.shots, manifest.execution.noise, manifest.execution.seed) == (None, None, 9)
    assert (manifest.dataset.path, manifest.dataset.target, manifest.dataset.group) == (
        "breast_cancer.csv", "diagnosis", "patient_id",
    )  # fmt: skip
    assert manifest.not_after - manifest.not_before == timedelta(hours=24)
    (entry,) = clinics.entries("run.submitted")
    assert (entry.run, entry.tenant, entry.data["source"]) == (RUN, clinics.pseudonym(), "form")


def test_a_run_that_comes_back_finds_its_manifest_and_no_other_is_made(clinics):
    first = desk.from_form(RUN, FORM)
    again = desk.from_form(RUN, dict(FORM))
    assert first == again
    assert len(clinics.entries("run.submitted")) == 1
    assert len(list(clinics.home.glob("manifests/*/*.json"))) == 1


def test_another_run_of_the_same_form_is_another_manifest(clinics):
    assert desk.from_form(RUN, FORM).manifest != desk.from_form(OTHER_RUN, FORM).manifest


def test_parameters_that_were_patched_after_submission_are_refused_and_logged(clinics):
    desk.from_form(RUN, FORM)
    assert "parameters" in refused(desk.from_form(RUN, FORM | {"mode": "production"}))
    assert refusals(clinics) == [(RUN, "parameters-changed")]
    assert desk.from_form(RUN, FORM).manifest is not None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        pytest.param({}, "dataset", id="no-dataset"),
        pytest.param(FORM | {"mode": PERSONAL}, "mode", id="a-mode-that-is-none"),
        pytest.param(FORM | {"circuit": {"qubits": 13}}, "circuit.qubits", id="too-wide"),
        pytest.param(FORM | {"circuit": {"qubits": "4"}}, "circuit.qubits", id="text-for-a-number"),
        pytest.param(FORM | {"tenant": THEIRS}, "not known", id="a-tenant-of-ones-own-choice"),
        pytest.param(FORM | {"circuit": {PERSONAL: 1}}, "circuit has a field", id="a-personal-field"),
        pytest.param(FORM | {"limits": {"cost_eur_max": float("nan")}}, "JSON", id="not-a-number"),
        pytest.param({"manifest": "../../keys/root"}, "manifest", id="a-path-for-a-digest"),
    ],
)
def test_an_unfit_form_is_denied_with_the_field_and_never_its_value(clinics, form, field):
    message = refused(desk.from_form(RUN, form))
    assert field in message
    for value in (PERSONAL, THEIRS, "13", "root"):
        assert value not in message
    assert [run for run, _ in refusals(clinics)] == [RUN]
    assert not clinics.entries("run.submitted")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["dataset", "purpose", "mode", "training", "circuit", "execution", "limits", "manifest", "x"]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        made = Clinics(begin(tmp_path_factory.mktemp("fuzzed")), patch)
        patch.setenv("ATOMQ_HOME", str(made.home))
        made.serve(OURS)
        yield made


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.uuids())
def test_whatever_the_form_says_there_is_an_answer_and_an_entry(fuzzed, form, run):
    submitted = desk.from_form(str(run), form)
    assert submitted.manifest is None
    assert submitted.findings
    assert str(run) in {entry for entry, _ in refusals(fuzzed)}


def test_another_tenants_dataset_is_as_unknown_as_one_that_nobody_has(clinics):
    theirs = refused(desk.from_form(RUN, {"dataset": "their-own"}))
    nobodys = refused(desk.from_form(OTHER_RUN, {"dataset": "nobodys"}))
    assert theirs == nobodys
    assert refusals(clinics) == [(RUN, "dataset-unregistered"), (OTHER_RUN, "dataset-unregistered")]
    clinics.serve(THEIRS)
    assert desk.from_form(settings.new_id(), {"dataset": "their-own"}).manifest is not None


def stored(clinics: Clinics, envelope: bytes) -> str:
    payload, _ = dsse.open_envelope("manifest", envelope, lambda *_: None)
    ManifestStore(clinics.home).put(clinics.pseudonym(), strict_json.digest(payload), envelope)
    return strict_json.digest(payload)


def test_a_signed_manifest_is_run_as_it_was_signed(clinics):
    digest = stored(clinics, clinics.signed_manifest())
    submitted = desk.from_form(RUN, {"manifest": digest})
    assert submitted.manifest == digest
    (entry,) = clinics.entries("run.submitted")
    assert (entry.manifest, entry.data["source"]) == (digest, "manifest")


def test_another_tenants_manifest_and_one_that_nobody_submitted_are_told_alike(clinics):
    digest = stored(clinics, clinics.signed_manifest())
    clinics.serve(THEIRS)
    theirs = refused(desk.from_form(RUN, {"manifest": digest}))
    assert theirs == refused(desk.from_form(OTHER_RUN, {"manifest": "sha256:" + "0" * 64}))
    assert {code for _, code in refusals(clinics)} == {"manifest-unknown"}


def test_a_stored_manifest_that_was_swapped_is_an_integrity_fault_with_an_entry(clinics):
    digest = stored(clinics, clinics.signed_manifest())
    ManifestStore(clinics.home).put(clinics.pseudonym(), digest, clinics.signed_manifest())
    with pytest.raises(IntegrityError, match="manifest-swapped"):
        desk.from_form(RUN, {"manifest": digest})
    assert refusals(clinics) == [(RUN, "manifest-swapped")]


@pytest.mark.parametrize("tenant", [None, "", "nobody"])
def test_a_process_that_serves_no_tenant_submits_nothing(clinics, tenant):
    clinics.serve(tenant)
    assert "worker" in refused(desk.from_form(RUN, FORM))
    assert refused(desk.from_template(OTHER_RUN, "nightly", HOUR))
    assert refusals(clinics) == [(RUN, "tenant-not-served"), (OTHER_RUN, "tenant-not-served")]


def test_an_edited_dataset_record_stops_the_submission(clinics):
    (record,) = (clinics.home / "tenants" / clinics.pseudonym() / "datasets").glob("*.json")
    content = json.loads(record.read_bytes())
    content["columns"]["ssn"] = {"kind": "measure", "action": "keep"}
    record.write_bytes(json.dumps(content).encode())
    with pytest.raises(IntegrityError, match="dataset-record-edited"):
        desk.from_form(RUN, FORM)
    assert refusals(clinics) == [(RUN, "dataset-record-edited")]


def test_a_crash_between_storing_and_recording_leaves_a_manifest_that_nobody_runs(clinics, monkeypatch):
    def crash(*_: object) -> None:
        raise UnavailableError("disk-full", "full", "free some space")

    with monkeypatch.context() as patch:
        patch.setattr(Request, "submit", crash)
        with pytest.raises(UnavailableError):
            desk.from_form(RUN, FORM)
    submitted = desk.from_form(RUN, FORM)
    (entry,) = clinics.entries("run.submitted")
    assert entry.manifest == submitted.manifest
    assert len(list(clinics.home.glob("manifests/*/*.json"))) == 2


def test_an_instance_is_its_template_with_the_dataset_as_registered_now(clinics):
    found = clinics.add_template()
    manifest = manifest_of(clinics, desk.from_template(RUN, "nightly", HOUR))
    for field in SAME:
        assert getattr(manifest, field) == getattr(found.template, field), field
    assert manifest.parent == found.digest
    assert manifest.submitter == clinics.key("submitter").keyid
    assert manifest.dataset.path == "breast_cancer.csv"


def test_a_rerun_of_the_same_hour_finds_the_first_manifest_and_another_hour_does_not(clinics):
    clinics.add_template()
    first = desk.from_template(RUN, "nightly", HOUR)
    elsewhere = HOUR.astimezone(datetime.fromisoformat("2026-01-01T00:00:00+05:30").tzinfo)
    rerun = desk.from_template(OTHER_RUN, "nightly", elsewhere)
    later = desk.from_template(settings.new_id(), "nightly", HOUR + timedelta(days=1))
    assert first.manifest == rerun.manifest != later.manifest
    assert len(list(clinics.home.glob("manifests/*/*.json"))) == 2
    assert {entry.run for entry in clinics.entries("run.submitted")} >= {RUN, OTHER_RUN}


def test_runs_of_one_hour_that_start_at_the_same_time_get_one_manifest(clinics):
    clinics.add_template()
    answers: list[Submitted] = []
    runs = [settings.new_id() for _ in range(4)]
    threads = [
        Thread(target=lambda run=run: answers.append(desk.from_template(run, "nightly", HOUR)))
        for run in runs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len({answer.manifest for answer in answers})) == (4, 1)
    assert answers[0].manifest is not None
    assert {entry.run for entry in clinics.entries("run.submitted")} == set(runs)


def test_a_run_that_comes_back_keeps_its_manifest_whatever_happened_to_the_hour_and_the_template(clinics):
    clinics.add_template()
    first = desk.from_template(RUN, "nightly", HOUR)
    clinics.add_template(("layers = 2", "layers = 1"))
    assert desk.from_template(RUN, "nightly", HOUR + timedelta(hours=1)) == first
    assert "parameters" in refused(desk.from_template(RUN, "another", HOUR))


def test_a_newer_template_rules_from_the_next_run_on(clinics):
    clinics.add_template()
    newer = clinics.add_template(("layers = 2", "layers = 1"))
    assert manifest_of(clinics, desk.from_template(RUN, "nightly", HOUR)).parent == newer.digest


@pytest.mark.parametrize("name", ["", "weekly", "../nightly", "n" * 64, PERSONAL])
def test_a_template_that_is_not_registered_is_denied_and_logged(clinics, name):
    clinics.add_template()
    message = refused(desk.from_template(RUN, name, HOUR))
    assert PERSONAL not in message
    assert len(refusals(clinics)) == 1


def test_another_tenants_template_is_not_ones_own(clinics):
    clinics.add_template()
    clinics.serve(THEIRS)
    refused(desk.from_template(RUN, "nightly", HOUR))
    assert refusals(clinics) == [(RUN, "template-unregistered")]


def test_a_template_that_has_ended_is_denied(clinics, monkeypatch):
    clinics.add_template(("valid_for_days = 90", "valid_for_days = 1"))
    late = settings.now() + timedelta(days=1, seconds=5)
    monkeypatch.setattr(settings, "now", lambda: late)
    assert "valid from" in refused(desk.from_template(RUN, "nightly", HOUR))
    assert refusals(clinics) == [(RUN, "template-expired")]


def test_a_production_template_runs_with_the_code_it_was_signed_for_only(clinics, monkeypatch):
    clinics.add_template(('mode = "dry_run"', 'mode = "production"'))
    assert desk.from_template(RUN, "nightly", HOUR).manifest is not None
    code = settings.running_code(clinics.state.project).model_copy(update={"lock": "sha256:" + "9" * 64})
    monkeypatch.setattr(settings, "running_code", lambda _: code)
    refused(desk.from_template(OTHER_RUN, "nightly", HOUR + timedelta(days=1)))
    assert refusals(clinics) == [(OTHER_RUN, "template-code-changed")]


def test_a_template_of_a_revoked_submitter_makes_no_instance(clinics):
    clinics.add_template()
    enrolment.revoke(clinics.state, clinics.key("submitter").keyid, "left", settings.now(), None)
    with pytest.raises(IntegrityError, match="key-revoked"):
        desk.from_template(RUN, "nightly", HOUR)
    assert refusals(clinics) == [(RUN, "key-revoked")]


def test_nothing_of_a_request_reaches_the_log_but_digests_and_words(clinics):
    desk.from_form(RUN, FORM)
    desk.from_form(OTHER_RUN, {"dataset": PERSONAL})
    for path in [
        Path(clinics.home / "audit" / "log.sqlite"),
        *(clinics.home / "audit").glob("log.sqlite-wal"),
    ]:
        content = path.read_bytes()
        assert PERSONAL.encode() not in content
        assert OURS.encode() not in content
