"""The passphrase comes from a file, the environment or a person, and no child process inherits it."""

import os
import subprocess
import sys

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters import passphrase


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(passphrase, "_known", {})
    for name in (passphrase.VARIABLE, passphrase.FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_is_emptied_of_it_before_any_child_starts(tmp_path, monkeypatch):
    monkeypatch.setenv(passphrase.VARIABLE, "from the environment")
    assert passphrase.obtain(tmp_path) == b"from the environment"
    assert passphrase.VARIABLE not in os.environ
    show = f"import os; print(os.environ.get({passphrase.VARIABLE!r}))"
    child = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "None"
    assert passphrase.obtain(tmp_path) == b"from the environment"


def test_a_development_folders_own_file_comes_first(tmp_path, monkeypatch):
    passphrase.invent(tmp_path)
    monkeypatch.setenv(passphrase.VARIABLE, "from the environment")
    invented = passphrase.obtain(tmp_path)
    assert len(bytes.fromhex(invented.decode())) == 16
    passphrase.invent(tmp_path)
    assert passphrase.obtain(tmp_path) == invented


def test_a_named_file_is_read(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    path.write_text("from a file\n")
    path.chmod(0o600)
    monkeypatch.setenv(passphrase.FILE_VARIABLE, str(path))
    assert passphrase.obtain(tmp_path) == b"from a file"
    path.chmod(0o644)
    with pytest.raises(IntegrityError, match="key-exposed"):
        passphrase.obtain(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can lend a key to another user")
@pytest.mark.parametrize(
    ("folder", "mode", "lent"),
    [
        (0o2750, 0o640, True),
        (0o2750, 0o660, False),
        (0o2750, 0o644, False),
        (0o750, 0o640, False),
        (0o2770, 0o640, False),
    ],
)
def test_a_group_reads_what_root_lends_it_in_a_folder_that_only_root_writes(tmp_path, folder, mode, lent):
    path = tmp_path / "lent"
    path.write_bytes(b"sealed")
    path.chmod(mode)
    tmp_path.chmod(folder)
    if lent:
        assert passphrase.read_private(path) == b"sealed"
    else:
        with pytest.raises(IntegrityError, match="key-exposed"):
            passphrase.read_private(path)


def test_without_any_and_without_a_terminal_the_variable_is_named(tmp_path):
    with pytest.raises(UnavailableError, match=passphrase.VARIABLE):
        passphrase.obtain(tmp_path)


@pytest.mark.parametrize(
    ("words", "fits"), [("elevenchars", False), ("twelve chars", True), ("much longer than that", True)]
)
def test_a_new_key_wants_at_least_twelve_characters(tmp_path, monkeypatch, words, fits):
    monkeypatch.setenv(passphrase.VARIABLE, words)
    if fits:
        assert passphrase.obtain(tmp_path, confirm=True) == words.encode()
    else:
        with pytest.raises(UnavailableError, match="passphrase-short"):
            passphrase.obtain(tmp_path, confirm=True)
