"""A template counts once its submitter signed it, its dataset is registered, and it is the newest of its name."""

from datetime import timedelta

import pytest

from policy_checks.errors import IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity import dsse
from tasks.adapters import settings, template_store
from tasks.stages import templates
from tests.desk import NIGHTLY, OURS, THEIRS, Clinics, begin

SECOND = timedelta(seconds=1)


@pytest.fixture
def clinics(tmp_path, monkeypatch) -> Clinics:
    made = Clinics(begin(tmp_path), monkeypatch)
    monkeypatch.setenv("ATOMQ_HOME", str(made.home))
    return made


def add(clinics: Clinics, envelope: bytes, at=None):
    return templates.add(envelope, clinics.state, at or settings.now())


def test_the_sample_template_is_registered_and_rules(clinics):
    found = clinics.add_template()
    assert template_store.names(clinics.home, clinics.pseudonym()) == ("nightly",)
    assert template_store.newest(clinics.home, clinics.pseudonym(), "nightly") == found.digest
    assert template_store.names(clinics.home, clinics.pseudonym(THEIRS)) == ()
    (entry,) = clinics.entries("template.registered")
    assert (entry.tenant, entry.actor) == (clinics.pseudonym(), clinics.key("submitter").keyid)
    assert found.template.not_after - found.template.created == timedelta(days=90)


def test_adding_it_again_changes_nothing(clinics):
    envelope = clinics.template()
    assert add(clinics, envelope) == add(clinics, envelope)
    assert len(clinics.entries("template.registered")) == 1


def test_an_older_template_never_replaces_a_newer_one(clinics):
    older = clinics.template(at=settings.now() - SECOND)
    newer = clinics.template()
    add(clinics, older)
    found = add(clinics, newer)
    with pytest.raises(IntegrityError, match="template-rollback"):
        add(clinics, older)
    assert template_store.newest(clinics.home, clinics.pseudonym(), "nightly") == found.digest


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param([('"breast-cancer"', '"their-own"')], "dataset-unregistered", id="anothers-dataset"),
        pytest.param(
            [('name = "nightly"', 'name = "of-123-45-6789"')], "name-personal", id="a-personal-name"
        ),
    ],
)
def test_what_names_nothing_of_the_tenants_own_is_refused(clinics, changes, code):
    with pytest.raises(ManifestError, match=code):
        clinics.add_template(*changes)
    assert not clinics.entries("template.registered")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([("valid_for_days = 90", "valid_for_days = 91")], id="too-long"),
        pytest.param([('kind = "train"', 'kind = "train"\npath = "a.csv"')], id="an-unknown-field"),
        pytest.param([('kind = "train"', "kind = train")], id="not-toml"),
    ],
)
def test_a_template_that_does_not_fit_is_not_signed(clinics, changes):
    with pytest.raises(ManifestError, match="template-invalid"):
        clinics.template(*changes)


def test_an_unknown_tenants_template_is_not_signed(clinics):
    with pytest.raises(ManifestError, match="tenant-unknown"):
        clinics.template((OURS, "nobodys-clinic"))


def test_a_reviewers_signature_is_none_of_a_submitters(clinics):
    envelope = templates.sign(NIGHTLY.read_bytes(), clinics.key("reviewer"), clinics.state, settings.now())
    with pytest.raises(IntegrityError, match="key-misused"):
        add(clinics, envelope)


@pytest.mark.parametrize(
    ("after", "refused"),
    [
        pytest.param(timedelta(days=1), False, id="at-its-end"),
        pytest.param(timedelta(days=1, seconds=1), True, id="after"),
    ],
)
def test_an_ended_template_is_not_registered(clinics, after, refused):
    now = settings.now()
    envelope = clinics.template(("valid_for_days = 90", "valid_for_days = 1"), at=now)
    if refused:
        with pytest.raises(ManifestError, match="template-expired"):
            add(clinics, envelope, now + after)
    else:
        assert add(clinics, envelope, now + after)


def test_a_stored_template_that_was_swapped_or_removed_is_found(clinics):
    found = clinics.add_template()
    file = clinics.home / "templates" / f"{found.digest[7:]}.json"
    file.write_bytes(clinics.template(("layers = 2", "layers = 3")))
    with pytest.raises(IntegrityError, match="template-swapped"):
        template_store.get(clinics.home, found.digest)
    file.unlink()
    with pytest.raises(UnavailableError, match="template-absent"):
        template_store.get(clinics.home, found.digest)


def test_a_template_without_its_entry_does_not_count(clinics):
    template_store.put(clinics.home, clinics.template())
    assert template_store.names(clinics.home, clinics.pseudonym()) == ()
    assert templates.registered(clinics.home) == ()


def test_what_is_no_template_is_not_stored(clinics):
    with pytest.raises(IntegrityError, match="envelope-invalid"):
        template_store.put(clinics.home, dsse.seal("manifest", b"{}", clinics.key("submitter").signer()))
