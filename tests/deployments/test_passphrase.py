"""Under a production ring the passphrase reaches the runs through memory, and nothing else does."""

from pathlib import Path

from tasks.adapters.files import locked
from tests.conftest import atomq
from tests.stack import Stack, environment_of

PASSPHRASE = "correct horse battery staple"


def test_runs_open_the_keys_and_no_environment_or_file_holds_the_passphrase(tmp_path):
    home, medium = tmp_path / "home", tmp_path / "medium"
    medium.mkdir()
    began = atomq(
        home, "keys", "init", "--profile", "production", "--root", medium, ATOMQ_KEY_PASSPHRASE=PASSPHRASE
    )
    assert began.code == 0, began.err
    with Stack(home, ATOMQ_KEY_PASSPHRASE=PASSPHRASE) as stack:
        with locked(home / ".trust.lock"):
            run = stack.submit("rotate-keys")
            stack.wait(run, "RUNNING")
            environments = [environment_of(process) for process in stack.processes()]
        assert stack.wait(run)["state_type"] == "COMPLETED", stack.logs()
        refused = stack.wait(stack.submit("hybrid-run", parameters={"dataset": "nobodys"}))
        assert refused["state_name"] == "Denied", "its process needs the pepper to know its tenant"
    assert len(environments) >= 4
    assert not [one for one in environments if PASSPHRASE in one.values()]
    files = (path for path in tmp_path.rglob("*") if path.is_file())
    assert not [path for path in files if PASSPHRASE.encode() in path.read_bytes()]


def test_without_the_passphrase_it_does_not_start(tmp_path):
    home, medium = tmp_path / "home", tmp_path / "medium"
    medium.mkdir()
    assert atomq(
        home, "keys", "init", "--profile", "production", "--root", medium, ATOMQ_KEY_PASSPHRASE=PASSPHRASE
    ).code == 0  # fmt: skip
    answer = atomq(home, "up", "--port", "0")
    assert answer.code == 5
    assert "[passphrase-absent]" in answer.err
    assert not list(Path(home).glob("prefect-server/*"))
