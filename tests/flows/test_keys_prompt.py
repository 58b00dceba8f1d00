"""A person at a terminal is walked through a production ring; nothing that is typed is shown or kept."""

import os
import pty
import select
import signal
from pathlib import Path

from tests.conftest import ATOMQ, clean_environment

MACHINE, ROOT, ALICE = "words of the machine", "words of the root key", "words of alice alone"
PATIENCE_S = 60


def at_a_terminal(home: Path, words: list[str], answers: list[str]) -> tuple[str, int]:
    """Run a command on a terminal of its own, answer each question in turn; return what was shown, and its end."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(ATOMQ, [str(ATOMQ), *words], clean_environment(home))
    shown, since_answer, pending = b"", b"", list(answers)
    while select.select([terminal], [], [], PATIENCE_S)[0]:
        try:
            found = os.read(terminal, 4096)
        except OSError:
            break
        shown, since_answer = shown + found, since_answer + found
        if pending and since_answer.endswith(b": "):
            os.write(terminal, pending.pop(0).encode() + b"\n")
            since_answer = b""
    else:
        os.kill(child, signal.SIGKILL)
    assert not pending, f"nobody asked for {len(pending)} answers: {shown.decode()}"
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_production_ring_is_begun_and_a_person_enrolled_at_a_terminal(tmp_path):
    home, medium, own = tmp_path / "home", tmp_path / "medium", tmp_path / "own"
    medium.mkdir()
    own.mkdir()
    answers = [str(medium), MACHINE, MACHINE, ROOT, ROOT]
    shown, code = at_a_terminal(home, ["keys", "init", "--profile", "production"], answers)
    assert code == 0, shown
    for step in ("Empty folder on another medium", "ATOMQ_ROOT=sha256:", "atomq keys new --role reviewer"):
        assert step in shown
    key = str(own / "alice.key")
    words = ["keys", "new", "--role", "reviewer", "--owner", "alice", "-o", key]
    assert at_a_terminal(home, words, [ALICE, ALICE])[1] == 0
    card = str(own / "alice.card.json")
    told, code = at_a_terminal(home, ["keys", "enroll", card, "--root", str(medium)], [ROOT])
    assert code == 0, told
    assert "reviewer alice enrolled" in told
    for words_typed in (MACHINE, ROOT, ALICE):
        assert words_typed not in shown + told
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or words_typed.encode() not in path.read_bytes(), path


def test_two_different_passphrases_make_no_key(tmp_path):
    key = tmp_path / "bob.key"
    words = ["keys", "new", "--role", "reviewer", "--owner", "bob", "-o", str(key)]
    shown, code = at_a_terminal(tmp_path / "home", words, [ALICE, MACHINE])
    assert (code, key.exists()) == (5, False)
    assert "passphrase-differs" in shown
