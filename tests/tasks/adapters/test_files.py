"""Files are whole or absent; folders appear by one rename; locks die with their holder."""

import signal
import subprocess
import sys

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters.files import Busy, locked, make_folder, write_whole
from tasks.adapters.run_folder import RunFolder, abandoned, find

RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"
TENANT = "t-" + "0" * 16


def test_a_file_is_written_whole_and_for_its_owner(tmp_path):
    write_whole(tmp_path / "a", b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("folder", "file", "made"), [(0o700, 0o600, 0o700), (0o2770, 0o660, 0o770), (0o2750, 0o640, 0o750)]
)
def test_what_is_made_in_a_folder_is_shared_as_the_folder_is(tmp_path, folder, file, made):
    tmp_path.chmod(folder)
    write_whole(tmp_path / "a", b"content")
    with locked(tmp_path / "lock"):
        pass
    make_folder(tmp_path / "inner")
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("a", "lock", "inner")}
    assert modes == {"a": file, "lock": file, "inner": made}


def test_a_secret_is_its_owners_in_every_folder(tmp_path):
    tmp_path.chmod(0o2770)
    write_whole(tmp_path / "a", b"content", secret=True)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


def test_a_link_in_place_of_a_lock_is_not_followed(tmp_path):
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError), locked(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_leaves_the_old_content_and_no_rest(tmp_path):
    write_whole(tmp_path / "a", b"old")
    program = (
        "import resource, signal, sys; from pathlib import Path; from tasks.adapters.files import write_whole\n"
        "from policy_checks.errors import UnavailableError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_whole(Path(sys.argv[1]), b'x' * 5000)\n"
        "except UnavailableError as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a")], capture_output=True, text=True
    )
    assert done.stdout.strip() == "disk-full"
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match="state-folder-unwritable"):
        write_whole(tmp_path / "file" / "a", b"")


def test_a_lock_is_held_by_one_and_freed_by_death(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from tasks.adapters.files import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Busy), locked(tmp_path / "lock", wait=False):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(tmp_path / "lock", wait=False):
        pass


def test_a_run_is_invisible_until_it_is_published(tmp_path):
    folder = RunFolder(tmp_path, TENANT, RUN)
    with folder.held():
        folder.write("a.json", b"{}")
        assert find(tmp_path, RUN) is None
        folder.publish()
    assert find(tmp_path, RUN[:8]).read("a.json") == b"{}"
    assert [path.name for path in folder.published.parent.iterdir()] == [RUN]


def test_a_file_that_differs_from_its_digest_is_refused(tmp_path):
    folder = RunFolder(tmp_path, TENANT, RUN)
    with folder.held():
        digest = folder.write("a.json", b"{}")
        (folder.path / "a.json").write_bytes(b"[]")
        with pytest.raises(IntegrityError, match="artifact-edited"):
            folder.read("a.json", digest)


def test_a_living_runs_folder_is_not_abandoned_and_a_dead_ones_is(tmp_path):
    folder = RunFolder(tmp_path, TENANT, RUN)
    with folder.held():
        assert list(abandoned(tmp_path)) == []
    assert [left.run for left in abandoned(tmp_path)] == [RUN]


@pytest.mark.parametrize("prefix", ["", "zz", RUN + "0"])
def test_a_prefix_that_fits_no_run_finds_none(tmp_path, prefix):
    folder = RunFolder(tmp_path, TENANT, RUN)
    with folder.held():
        folder.publish()
    assert find(tmp_path, prefix) is None
