"""The log is one chain: appended by many, edited by none without a trace."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from tasks.adapters.audit_log import AuditLog
from tests.documents import DIGEST

RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"


def started(log: AuditLog, stage: str = "train") -> None:
    log.append("stage.started", {"stage": stage}, run=RUN, manifest=DIGEST)


@pytest.fixture
def log(tmp_path) -> AuditLog:
    made = AuditLog(tmp_path)
    for number in range(5):
        started(made, f"stage{number}")
    return made


def edit(log: AuditLog, home: Path, statement: str) -> None:
    log.close()
    with sqlite3.connect(home / "audit" / "log.sqlite") as database:
        database.execute(statement)


def test_entries_come_back_in_order_and_chained(log):
    assert [entry.seq for entry in log.entries()] == [0, 1, 2, 3, 4]
    assert [entry.data["stage"] for entry in log.entries()] == [f"stage{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        pytest.param("update log set body = replace(body, 'stage2', 'stageX') where seq = 2", "entry-edited", id="edited"),
        pytest.param("delete from log where seq = 2", "chain-gap", id="removed"),
        pytest.param("delete from log where seq = 0", "chain-gap", id="beginning-cut-off"),
        pytest.param("update log set seq = 9 where seq = 4", "chain-gap", id="moved"),
        pytest.param("update log set body = x'7b7d', leaf = x'00' where seq = 1", "entry-edited", id="emptied"),
    ],
)  # fmt: skip
def test_tampering_is_found_and_located(log, tmp_path, statement, code):
    edit(log, tmp_path, statement)
    with pytest.raises(IntegrityError) as caught:
        list(log.entries())
    assert caught.value.code == code


def test_an_entry_rewritten_with_its_leaf_breaks_the_chain_behind_it(log, tmp_path):
    import hashlib

    log.close()
    with sqlite3.connect(tmp_path / "audit" / "log.sqlite") as database:
        (body,) = database.execute("select body from log where seq = 2").fetchone()
        forged = body.replace(b"stage2", b"stage9")
        leaf = hashlib.sha256(b"\0" + forged).digest()
        database.execute("update log set body = ?, leaf = ? where seq = 2", (forged, leaf))
    with pytest.raises(IntegrityError, match="entry 3 names parent"):
        list(log.entries())


def test_fields_that_a_type_does_not_list_are_refused(log):
    with pytest.raises(ValidationError):
        log.append("stage.started", {"stage": "train", "note": "x"})
    with pytest.raises(ValidationError):
        log.append("stage.started", {})


def test_free_text_is_refused(log):
    with pytest.raises(ValidationError):
        started(log, "Jane Doe said so")


def test_a_file_that_is_no_database_is_an_integrity_fault(tmp_path):
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "log.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(IntegrityError, match="audit-unreadable"):
        list(AuditLog(tmp_path).entries())


def test_processes_that_append_at_once_lose_nothing_and_fork_nothing(tmp_path):
    program = (
        "import sys; from pathlib import Path; from tasks.adapters.audit_log import AuditLog\n"
        "log = AuditLog(Path(sys.argv[1]))\n"
        "for n in range(25): log.append('stage.started', {'stage': f'p{sys.argv[2]}-{n}'})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(number)]) for number in range(4)
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    stages = [entry.data["stage"] for entry in AuditLog(tmp_path).entries()]
    assert sorted(stages) == sorted(f"p{p}-{n}" for p in range(4) for n in range(25))
