"""A tenant reaches its own tables and nothing else."""

import os

import pytest

from policy_checks.errors import ManifestError
from policy_checks.schemas.governing import Tenant
from tasks.adapters.datasets import open_table
from tasks.adapters.settings import Settings

TENANT = Tenant(name="clinic", dataset_roots=("tables",), purposes=("qml",), modes=("dry_run",), runs_max=1)


@pytest.fixture
def state(tmp_path) -> Settings:
    root, home = tmp_path / "tables", tmp_path / "tables" / "home"
    home.mkdir(parents=True)
    (root / "a.csv").write_text("x,y\n1,2\n")
    (home / "secret.csv").write_text("x,y\n1,2\n")
    (tmp_path / "outside.csv").write_text("x,y\n1,2\n")
    (root / "link-out.csv").symlink_to(tmp_path / "outside.csv")
    (root / "link-home.csv").symlink_to(home / "secret.csv")
    (root / "link-in.csv").symlink_to(root / "a.csv")
    os.mkfifo(root / "pipe.csv")
    (root / "folder.csv").mkdir()
    return Settings(project=tmp_path, home=home)


@pytest.mark.parametrize("path", ["a.csv", "./a.csv", "home/../a.csv", "link-in.csv"])
def test_a_table_under_the_root_is_opened_and_hashed(state, path):
    with open_table(path, TENANT, state) as table:
        assert table.file.read() == b"x,y\n1,2\n"
        assert table.digest.startswith("sha256:")
        assert table.n_lines == 2


def test_an_absolute_path_inside_the_root_is_opened(state):
    with open_table(str(state.project / "tables" / "a.csv"), TENANT, state) as table:
        assert table.name == "a.csv"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../outside.csv", id="parent-folder"),
        pytest.param("link-out.csv", id="symlink-out"),
        pytest.param("home/secret.csv", id="state-folder"),
        pytest.param("link-home.csv", id="symlink-into-state-folder"),
        pytest.param("/etc/hostname", id="absolute"),
        pytest.param("../tables/home/secret.csv", id="round-about-into-state-folder"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused_without_opening(state, path):
    with pytest.raises(ManifestError, match="dataset-outside-roots"), open_table(path, TENANT, state):
        pass


@pytest.mark.parametrize("path", ["missing.csv", "pipe.csv", "folder.csv", "a\0.csv"])
def test_what_is_no_plain_file_is_refused_at_once(state, path):
    with pytest.raises(ManifestError, match="dataset-unreadable"), open_table(path, TENANT, state):
        pass
