"""The log in its file: edited, torn, cut, shared by threads, and out of space. What it promises in any
database is tested beside Postgres."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import merkle
from policy_checks.integrity.checkpoint import Cosigner
from policy_checks.integrity.hash_chain import BrokenAt
from policy_checks.schemas.audit import AuditEntry
from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog, Draft, event_of
from tasks.adapters.files import locked
from tests.documents import DIGEST, PROJECT

RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"
ORIGIN = "atomq/0123456789abcdef"
N_THREADS = 24


def started(log: AuditLog, effect: str = "train", **more) -> AuditEntry:
    return log.append("intent", {"effect": effect}, run=RUN, manifest=DIGEST, **more)


@pytest.fixture(autouse=True)
def in_a_file(monkeypatch):
    monkeypatch.delenv("ATOMQ_DATABASE_URL", raising=False)


@pytest.fixture
def log(tmp_path) -> AuditLog:
    made = AuditLog(tmp_path)
    for number in range(5):
        started(made, f"effect{number}")
    return made


def file_of(home: Path) -> Path:
    return home / "audit" / "log.sqlite"


def edit(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(file_of(home)) as database:
        database.execute(statement, values)


@pytest.mark.parametrize(
    ("statement", "code", "seq"),
    [
        pytest.param("update log set body = replace(body, 'effect2', 'effectX') where seq = 2", "entry-edited", 2, id="became-text"),
        pytest.param("update log set body = cast(x'ff' as text) where seq = 2", "entry-edited", 2, id="became-text-of-no-letters"),
        pytest.param("update log set body = 7, leaf = 7 where seq = 2", "entry-edited", 2, id="became-a-number"),
        pytest.param("update log set leaf = hex(leaf) where seq = 2", "entry-edited", 2, id="leaf-became-text"),
        pytest.param("update log set event = cast(x'ff' as text) where seq = 2", "entry-edited", 2, id="event-became-text-of-no-letters"),
        pytest.param("update log set event = x'ff' where seq = 2", "entry-edited", 2, id="event-became-bytes"),
        pytest.param("update log set event = upper(event) where seq = 2", "entry-edited", 2, id="event-in-capitals"),
        pytest.param("update log set body = x'7b7d', leaf = x'00' where seq = 1", "entry-edited", 1, id="emptied"),
        pytest.param("update log set seq = -1 where seq = 4", "chain-gap", 0, id="moved-before-the-first"),
    ],
)  # fmt: skip
def test_an_edit_that_changes_a_values_type_is_found_and_located(log, tmp_path, statement, code, seq):
    edit(tmp_path, statement)
    with pytest.raises(BrokenAt) as caught:
        list(log.entries())
    assert (caught.value.code, caught.value.seq) == (code, seq)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "update log set body = replace(body, 'effect4', 'effectX') where seq = 4", id="became-text"
        ),
        pytest.param(
            "update log set body = cast(x'ff' as text) where seq = 4", id="became-text-of-no-letters"
        ),
        pytest.param("update log set body = 7, leaf = 7 where seq = 4", id="became-a-number"),
        pytest.param("update log set leaf = hex(leaf) where seq = 4", id="leaf-became-text"),
        pytest.param(
            "update log set event = cast(x'ff' as text) where seq = 4", id="event-became-text-of-no-letters"
        ),
    ],
)
def test_an_edit_that_changes_a_values_type_is_found_where_the_log_goes_on(log, tmp_path, statement):
    event = log.newest().event
    edit(tmp_path, statement)
    for use in (log.newest, lambda: started(log), lambda: started(log, event=event)):
        with pytest.raises(IntegrityError, match=r"entry 4 differs|audit-unreadable"):
            use()


def test_a_checkpoint_or_tile_that_became_text_is_still_read(log, tmp_path):
    def checkpoint() -> bytes:
        return log.checkpoint(ORIGIN, Cosigner(ORIGIN, b"k"), lambda _: b"s", settings.now())

    log.append_all([Draft("intent", {"effect": "more"})] * 300)
    note = checkpoint()
    edit(tmp_path, "update checkpoint set note = cast(note as text)")
    edit(tmp_path, "update tile set hash = hex(hash)")
    assert [checkpoint(), log.newest_checkpoint(), *log.checkpoints()] == [note] * 3
    assert log.subtree(0, 256) == merkle.subtree_of(log.leaves(0, 256))(0, 256)


def test_an_entry_rewritten_with_its_leaf_breaks_the_chain_behind_it(log, tmp_path):
    ((_, _, _, body),) = [row for rows in log.lines(2) for row in rows][:1]
    forged = body.replace(b"effect2", b"effect9")
    leaf = hashlib.sha256(b"\0" + forged).digest()
    edit(tmp_path, "update log set body = ?, leaf = ? where seq = 2", forged, leaf)
    with pytest.raises(IntegrityError, match="entry 3 names parent"):
        list(log.entries())


def test_a_dropped_table_is_an_integrity_fault(log, tmp_path):
    edit(tmp_path, "drop table log")
    for use in (lambda: list(log.entries()), lambda: log.find(RUN), lambda: started(log)):
        with pytest.raises(IntegrityError, match="audit-unreadable"):
            use()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        pytest.param("intent", {"effect": "train", "note": "x"}, id="one-too-many"),
        pytest.param("intent", {}, id="none"),
        pytest.param("intent", {"effect": "Jane Doe said so"}, id="free-text"),
        pytest.param("intent", {"effect": 7}, id="number-for-a-word"),
        pytest.param("completed", {"effect": "train", "digest": "train"}, id="word-for-a-digest"),
        pytest.param("stage.started", {"stage": "train"}, id="unknown-type"),
    ],
)
def test_fields_that_a_type_does_not_list_are_refused_and_nothing_of_the_call_is_written(log, kind, data):
    with pytest.raises(ValidationError):
        log.append_all([Draft("intent", {"effect": "train"}), Draft(kind, data)])
    assert log.size() == 5


# Damaged files: the entries that come out are the first ones as they were, or an integrity fault says so.


@pytest.fixture(scope="module")
def big(tmp_path_factory) -> tuple[Path, list[AuditEntry]]:
    """A log of many pages, closed."""
    home = tmp_path_factory.mktemp("big")
    made = AuditLog(home)
    entries = made.append_all([Draft("intent", {"effect": f"effect{n}"}, run=RUN) for n in range(300)])
    made.close()
    return home, list(entries)


def outcome(home: Path) -> list[AuditEntry] | str:
    """The entries, or the code of the integrity fault; and whatever else is asked is no foreign fault either."""
    log, found = AuditLog(home), []
    try:
        for entry in log.entries():
            found.append(entry)
        result = found
    except IntegrityError as fault:
        result = fault.code
    for use in (lambda: log.find(RUN), lambda: started(log), log.newest, log.size):
        with suppress(IntegrityError):
            use()
    log.close()
    return result


def is_beginning(found: list[AuditEntry] | str, entries: list[AuditEntry]) -> bool:
    return found == entries[: len(found)] if isinstance(found, list) else found in FAULTS


FAULTS = {"audit-unreadable", "chain-gap", "chain-broken", "entry-edited", "entry-invalid"}


@pytest.mark.parametrize(
    "length", [0, 1, 15, 99, 100, 512, 4095, 4096, 4097, 8192, 20_000, 0.5, 0.9, -4096, -1]
)
def test_a_truncated_file_gives_the_first_entries_or_a_clear_fault(big, tmp_path, length):
    home, entries = big
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    content = file_of(tmp_path).read_bytes()
    length = int(length * len(content)) if isinstance(length, float) else length % len(content)
    file_of(tmp_path).write_bytes(content[:length])
    found = outcome(tmp_path)
    assert is_beginning(found, entries)
    assert found != entries


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\x2a"], ids=["zeros", "ones", "asterisks"])
def test_a_torn_page_gives_the_first_entries_or_a_clear_fault(big, tmp_path, fill):
    home, entries = big
    content = file_of(home).read_bytes()
    (tmp_path / "audit").mkdir()
    told = []
    for begin in [0, *range(0, len(content), 512)][:: max(1, len(content) // 512 // 40)]:
        file_of(tmp_path).write_bytes(content[:begin] + fill * 512 + content[begin + 512 :])
        found = outcome(tmp_path)
        assert is_beginning(found, entries), begin
        told.append(found != entries)
        for file in (tmp_path / "audit").iterdir():
            file.unlink()
    assert sum(told) > len(told) / 2  # the rest is unused space and the index over events


def test_a_log_of_writes_that_was_cut_in_the_middle_gives_the_first_entries(tmp_path):
    log = AuditLog(tmp_path / "whole")
    entries = [started(log, f"effect{n}") for n in range(40)]
    copy, lengths = tmp_path / "copy" / "audit", []
    written = (tmp_path / "whole" / "audit" / "log.sqlite-wal").stat().st_size
    assert written > 40 * 4096
    for length in range(0, written, written // 30 + 1):
        shutil.copytree(tmp_path / "whole" / "audit", copy)
        with (copy / "log.sqlite-wal").open("r+b") as file:
            file.truncate(length)
        (copy / "log.sqlite-shm").unlink()
        found = outcome(tmp_path / "copy")
        assert isinstance(found, list)
        assert is_beginning(found, entries)
        lengths.append(len(found))
        shutil.rmtree(copy)
    assert lengths == sorted(lengths)
    assert 0 in lengths
    assert len(set(lengths)) > 20


def test_a_file_that_is_no_database_is_an_integrity_fault(tmp_path):
    (tmp_path / "audit").mkdir()
    file_of(tmp_path).write_bytes(b"not a database at all" * 100)
    for use in (lambda log: list(log.entries()), started, AuditLog.size, AuditLog.newest_checkpoint):
        with pytest.raises(IntegrityError, match="audit-unreadable"):
            use(AuditLog(tmp_path))


def test_an_empty_file_is_a_log_whose_first_append_was_interrupted(tmp_path):
    (tmp_path / "audit").mkdir()
    file_of(tmp_path).touch()
    log = AuditLog(tmp_path)
    assert log.exists()
    assert list(log.entries()) == []
    assert started(log).seq == 0


def test_a_full_disk_is_told_as_such_and_leaves_the_log_whole(tmp_path):
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from tasks.adapters.audit_log import AuditLog, Draft\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "log = AuditLog(Path(sys.argv[1]))\n"
        "try:\n"
        "    for n in range(999): log.append('intent', {'effect': f'effect{n}'}); print(n)\n"
        "except BaseException as error: print(type(error).__name__, error.code, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=60,
    )
    assert done.stderr == "UnavailableError audit-unwritable\n"
    acknowledged = len(done.stdout.split())
    assert acknowledged > 10
    assert [entry.data["effect"] for entry in AuditLog(tmp_path).entries()] == [
        f"effect{n}" for n in range(acknowledged)
    ]


# Threads of one process.


@contextmanager
def counted_commits() -> Iterator[list[sa.Connection]]:
    seen: list[sa.Connection] = []
    see = seen.append
    sa.event.listen(sa.Engine, "commit", see)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "commit", see)


def together(home: Path, works: list) -> list:
    """What each work gave or raised, all of them begun while somebody else held the log."""
    results: list = [None] * len(works)
    all_there = threading.Barrier(len(works) + 1)

    def do(number: int) -> None:
        all_there.wait()
        try:
            results[number] = works[number]()
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=do, args=(number,)) for number in range(len(works))]
    with locked(home / "audit" / ".lock"):
        for thread in threads:
            thread.start()
        all_there.wait()
        time.sleep(0.2)  # until they wait for the lock; if they do not yet, the test is only easier
    for thread in threads:
        thread.join()
    return results


def test_threads_that_append_at_once_share_transactions_and_each_gets_its_own_entry(log, tmp_path):
    with counted_commits() as commits:
        entries = together(tmp_path, [lambda n=n: started(log, f"thread{n}") for n in range(N_THREADS)])
    assert [entry.data["effect"] for entry in entries] == [f"thread{n}" for n in range(N_THREADS)]
    assert sorted(entry.seq for entry in entries) == list(range(5, 5 + N_THREADS))
    assert sorted(entries, key=lambda entry: entry.seq) == list(log.entries())[5:]
    assert 1 <= len(commits) < N_THREADS / 2


def test_a_fault_of_one_append_is_no_other_threads(log, tmp_path):
    event = event_of("x")
    started(log, "first", event=event)
    works = [lambda n=n: started(log, f"thread{n}") for n in range(N_THREADS)]
    works[3] = lambda: started(log, "another", event=event)
    works[7] = lambda: started(log, "Jane Doe said so")
    works[9] = lambda: started(log, "first", event=event)
    results = together(tmp_path, works)
    assert isinstance(results[3], IntegrityError)
    assert results[3].code == "event-reused"
    assert isinstance(results[7], ValidationError)
    assert (results[9].seq, log.size()) == (5, 6 + N_THREADS - 3)
    assert all(isinstance(result, AuditEntry) for n, result in enumerate(results) if n not in {3, 7})


def test_threads_that_append_one_event_at_once_get_one_entry(log, tmp_path):
    results = together(tmp_path, [lambda: started(log, event=event_of("x"))] * N_THREADS)
    assert {entry.seq for entry in results} == {5}
    assert log.size() == 6


def test_a_fault_of_the_log_is_every_waiting_threads(log, tmp_path):
    edit(tmp_path, "update log set body = x'00' where seq = 4")
    results = together(tmp_path, [lambda: started(log)] * N_THREADS)
    assert {getattr(result, "code", None) for result in results} == {"entry-edited"}
    assert log.size() == 5


def test_an_interrupted_transaction_fails_its_own_thread_and_the_others_are_served_by_themselves(tmp_path):
    interruptions = [KeyboardInterrupt()]

    def clock() -> datetime:
        if interruptions and log.size() == 5:
            raise interruptions.pop()
        return settings.now()

    log = AuditLog(tmp_path, clock=clock)
    log.append_all([Draft("intent", {"effect": "before"})] * 5)
    results = together(tmp_path, [lambda n=n: started(log, f"thread{n}") for n in range(N_THREADS)])
    assert sum(isinstance(result, KeyboardInterrupt) for result in results) == 1
    appended = [entry.data["effect"] for entry in results if isinstance(entry, AuditEntry)]
    assert len(appended) == N_THREADS - 1
    assert sorted(entry.data["effect"] for entry in log.entries() if entry.seq >= 5) == sorted(appended)


def test_ctrl_c_in_one_thread_loses_no_other_threads_entry(tmp_path):
    program = (
        "import os, signal, sys, threading, time; from pathlib import Path\n"
        "from tasks.adapters.audit_log import AuditLog; from tasks.adapters.files import locked\n"
        "home = Path(sys.argv[1]); log = AuditLog(home)\n"
        "append = lambda effect: os.write(1, b'%s\\n' % log.append('intent', {'effect': effect}).data['effect'].encode())\n"
        "append('first')\n"
        "def meanwhile():\n"
        "    with locked(home / 'audit' / '.lock'):\n"
        "        held.set(); time.sleep(0.2)\n"
        "        for n in range(3): threading.Thread(target=append, args=(f'thread{n}',)).start()\n"
        "        time.sleep(0.3); os.kill(os.getpid(), signal.SIGINT); time.sleep(0.3)\n"
        "held = threading.Event(); threading.Thread(target=meanwhile).start()\n"
        "try: held.wait(); append('interrupted')\n"
        "except KeyboardInterrupt: os.write(1, b'ctrl-c\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    written = [entry.data["effect"] for entry in AuditLog(tmp_path).entries()]
    assert sorted(done.stdout.split()) == sorted(["ctrl-c", "first", "thread0", "thread1", "thread2"])
    assert sorted(written) == ["first", "thread0", "thread1", "thread2"]


def test_readers_and_writers_do_not_make_each_other_wait(log, tmp_path):
    lines = log.lines()
    assert len(next(lines)) == 5
    assert started(log).seq == 5
    with sqlite3.connect(file_of(tmp_path), isolation_level=None) as writer:
        writer.execute("begin immediate")
        assert (log.size(), log.newest().seq, len(list(log.entries())), len(log.leaves(0, 6))) == (6, 5, 6, 6)
        writer.execute("rollback")


def test_asking_for_a_log_makes_none(tmp_path):
    log = AuditLog(tmp_path / "nothing")
    assert (log.exists(), log.size(), log.newest(), list(log.lines())) == (False, 0, None, [])
    assert not (tmp_path / "nothing").exists()


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_an_event_that_follows_from_its_parts_is_a_uuid_of_version_8_and_theirs_alone(parts):
    event = event_of(*parts)
    assert str(UUID(event)) == event
    assert (UUID(event).version, UUID(event).variant) == (8, "specified in RFC 4122")
    assert event == event_of(*parts)
    assert event not in {event_of(*parts, ""), event_of("", *parts), event_of(*parts[:-1], parts[-1] + "x")}


def test_parts_with_a_zero_byte_are_refused():
    with pytest.raises(ValueError, match="zero byte"):
        event_of("a\0b")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UnavailableError, match="state-folder-unwritable"):
        started(AuditLog(tmp_path / "home"))


PASSES_BY = """
import sys; from pathlib import Path
from tasks.adapters.audit_log import AuditLog
log = AuditLog(Path(sys.argv[1])); log.append("intent", {"effect": sys.argv[2]}); log.close()
"""


def passes_by(home, effect):
    subprocess.run([sys.executable, "-c", PASSES_BY, str(home), effect], cwd=PROJECT, check=True)


def test_a_second_log_in_one_process_takes_no_lock_from_the_first(tmp_path):
    passes_by(tmp_path, "first")
    staying, passing = AuditLog(tmp_path), AuditLog(tmp_path)
    staying.append("intent", {"effect": "second"})
    passing.append("intent", {"effect": "third"})
    passes_by(tmp_path, "fourth")
    staying.append("intent", {"effect": "fifth"})
    passes_by(tmp_path, "sixth")
    staying.append("intent", {"effect": "seventh"})
    fresh = AuditLog(tmp_path)
    effects = [entry.data["effect"] for entry in fresh.entries()]
    for log in (staying, passing, fresh):
        log.close()
    assert effects == ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"]


def test_a_link_in_place_of_the_log_is_not_followed(tmp_path):
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "log.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError):
        AuditLog(tmp_path).append("intent", {"effect": "first"})
    assert not (tmp_path / "elsewhere").exists()
