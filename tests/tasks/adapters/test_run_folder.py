"""A file that grows in a run's folder: there whole under its name, or not at all."""

import errno
import hashlib
from pathlib import Path

import pytest

from policy_checks.errors import UnavailableError
from tasks.adapters.run_folder import RunFolder, Staged


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    found = RunFolder(tmp_path, "t-0", "run")
    found.path.mkdir(parents=True)
    return found


def names(folder: RunFolder) -> list[str]:
    return [path.name for path in folder.path.iterdir()]


def test_a_kept_file_has_the_digest_of_all_that_was_written(folder: RunFolder) -> None:
    with folder.staging("table") as staged:
        staged.write(b"one")
        staged.write(b"two")
        assert names(folder) == [".table.part"]
        digest = staged.keep("table")
    assert names(folder) == ["table"]
    assert digest == "sha256:" + hashlib.sha256(b"onetwo").hexdigest() == folder.digests()["table"]


def test_a_file_that_nobody_keeps_is_gone(folder: RunFolder) -> None:
    with folder.staging("table") as staged:
        staged.write(b"one")
    assert names(folder) == []


def test_a_fault_leaves_no_file(folder: RunFolder) -> None:
    with pytest.raises(ValueError, match="halfway"), folder.staging("table") as staged:
        staged.write(b"one")
        raise ValueError("halfway")
    assert names(folder) == []


def test_what_a_killed_process_left_is_written_over(folder: RunFolder) -> None:
    (folder.path / ".table.part").write_bytes(b"left over and longer")
    with folder.staging("table") as staged:
        staged.write(b"one")
        staged.keep("table")
    assert (folder.path / "table").read_bytes() == b"one"
    assert names(folder) == ["table"]


def test_a_full_disk_is_told_as_one(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Staged, "write", full)
    with pytest.raises(UnavailableError, match="full"), folder.staging("table") as staged:
        staged.write(b"one")
    assert names(folder) == []
