"""A new tenant is one version of the tenants document more, under the root, with a folder and keys of its own."""

import pytest

from policy_checks.errors import ManifestError
from tasks.adapters import documents, settings
from tasks.adapters.ring_store import KeyStore
from tasks.stages import lifecycle, tenancy
from tests.desk import OURS, THEIRS, Clinics, begin
from tests.documents import DEFAULTS


@pytest.fixture
def clinics(tmp_path, monkeypatch) -> Clinics:
    return Clinics(begin(tmp_path), monkeypatch)


def add(clinics: Clinics, folder, name="south-clinic", production=False):
    tenant = tenancy.new_tenant(name, folder, clinics.state, production=production, runs_max=2)
    return tenancy.add(clinics.state, tenant, settings.now(), None)


def test_a_new_tenant_is_in_force_with_a_key_of_its_own(clinics, tmp_path):
    (tmp_path / "south").mkdir()
    pseudonym = add(clinics, tmp_path / "south")
    found = {one.tenant.name: one for one in tenancy.served(clinics.home)}
    assert list(found) == [OURS, THEIRS, "south-clinic"]
    south = found["south-clinic"]
    assert (south.pseudonym, south.tenant.modes, south.tenant.runs_max) == (pseudonym, ("dry_run",), 2)
    assert (found[OURS].datasets, found[THEIRS].datasets, south.datasets) == (
        ("breast-cancer",), ("their-own",), (),
    )  # fmt: skip
    assert KeyStore(clinics.home).signing_key("exec", pseudonym, settings.now())
    assert documents.load(clinics.home).digests.drafts == ()
    lifecycle.prepare_state(clinics.state)
    assert documents.load(clinics.home).tenants.find("south-clinic")


def test_production_is_open_only_if_asked_for(clinics, tmp_path):
    (tmp_path / "south").mkdir()
    add(clinics, tmp_path / "south", production=True)
    assert tenancy.served(clinics.home)[-1].tenant.modes == ("dry_run", "production")


def test_no_two_tenants_bear_one_name(clinics, tmp_path):
    (tmp_path / "south").mkdir()
    with pytest.raises(ManifestError, match="tenant-known"):
        add(clinics, tmp_path / "south", name=OURS)


@pytest.mark.parametrize("where", ["inside", "the-same", "around"])
def test_no_tenants_folder_reaches_into_anothers(clinics, where):
    root = clinics.state.project / documents.load(clinics.home).tenant(THEIRS).dataset_roots[0]
    (root / "inside").mkdir(exist_ok=True)
    folder = {"inside": root / "inside", "the-same": root, "around": root.parent}[where]
    with pytest.raises(ManifestError, match="dataset-root"):
        add(clinics, folder)
    (root / "inside").rmdir()


@pytest.mark.parametrize("place", ["absent", "home", "file"])
def test_a_root_that_is_no_folder_of_tables_is_refused(clinics, tmp_path, place):
    (tmp_path / "file").touch()
    folder = {"absent": tmp_path / "absent", "home": clinics.home / "keys", "file": tmp_path / "file"}[place]
    with pytest.raises(ManifestError, match="dataset-root-unusable"):
        add(clinics, folder)


@pytest.mark.parametrize("name", ["", "South", "a b", "n" * 64])
def test_a_name_of_another_shape_is_refused(clinics, tmp_path, name):
    (tmp_path / "south").mkdir()
    with pytest.raises(ManifestError, match="tenant-invalid"):
        add(clinics, tmp_path / "south", name=name)


def test_an_unsigned_draft_is_not_signed_unread(clinics, tmp_path):
    (tmp_path / "south").mkdir()
    draft = clinics.home / "documents" / "tenants.toml"
    draft.write_text((DEFAULTS / "tenants.toml").read_text().replace("runs_max = 1", "runs_max = 9"))
    with pytest.raises(ManifestError, match="draft-present"):
        add(clinics, tmp_path / "south")
