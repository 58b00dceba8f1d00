"""The log keeps the same promises in a file and in a real Postgres."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import hash_chain, merkle
from policy_checks.integrity.checkpoint import Cosigner, open_note, parse
from policy_checks.schemas.audit import GENESIS, AuditEntry
from tasks.adapters.audit_log import AuditLog, Draft, event_of
from tasks.adapters.log_database import CHECKPOINT, LOG, METADATA, TILE
from tests.documents import DIGEST, PROJECT
from tests.postgres import a_server, free_port  # noqa: F401

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ORIGIN = "atomq/0123456789abcdef"
KEY = MLDSA44PrivateKey.generate()
COSIGNER = Cosigner(ORIGIN, KEY.public_key().public_bytes_raw())
RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"


@dataclass
class Place:
    """A state folder whose log lies in one of the databases, and a way past the log into that database."""

    home: Path
    engine: sa.Engine
    moment: datetime = NOW

    def log(self) -> AuditLog:
        return AuditLog(self.home, clock=lambda: self.moment)

    def execute(self, *statements: sa.Executable) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self) -> list[hash_chain.Row]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.select(LOG).order_by(LOG.c.seq))]


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path, monkeypatch) -> Place:
    if request.param == "sqlite":
        monkeypatch.delenv("ATOMQ_DATABASE_URL", raising=False)
        (tmp_path / "audit").mkdir()
        engine = sa.create_engine(f"sqlite:///{tmp_path}/audit/log.sqlite")
    else:
        url = request.getfixturevalue("postgres")
        monkeypatch.setenv("ATOMQ_DATABASE_URL", f"{url}?sslmode=disable")
        METADATA.drop_all(engine := past_the_log(url))
    return Place(tmp_path, engine)


@cache
def past_the_log(url: str) -> sa.Engine:
    driver = url.replace("postgresql:", "postgresql+pg8000:")
    return sa.create_engine(driver, connect_args={"ssl_context": False})


def filled(place: Place, size: int = 7) -> AuditLog:
    log = place.log()
    log.append_all([Draft("intent", {"effect": f"effect-{n}"}, run=RUN) for n in range(size)])
    return log


def checkpoint(log: AuditLog, moment: datetime = NOW, origin: str = ORIGIN) -> bytes:
    return log.checkpoint(origin, Cosigner(origin, COSIGNER.public), KEY.sign, moment)


def roots(log: AuditLog, *sizes: int) -> list[bytes]:
    """The roots of the first lines, from the bodies and not from any cache."""
    found = hash_chain.Roots(sizes)
    for _ in hash_chain.walk(log.lines(), found):
        pass
    return [found.at[size] for size in sizes]


def test_a_log_that_was_never_written_is_empty(place):
    log = place.log()
    assert (log.size(), log.newest(), log.find(RUN), log.newest_checkpoint()) == (0, None, None, None)
    assert not [*log.entries(), *log.lines(), *log.checkpoints()]
    asked = (lambda: log.leaves(0, 1), lambda: log.subtree(0, 1), lambda: log.inclusion_proof(0, 1))
    for ask in (lambda: checkpoint(log), *asked, lambda: log.consistency_proof(1, 2)):
        with pytest.raises(UnavailableError, match="log-empty"):
            ask()
    assert not log.exists()


def test_entries_come_back_in_order_and_chained(place):
    log = filled(place)
    written = log.append("completed", {"effect": "effect-6", "digest": DIGEST}, tenant="t-" + "a" * 16)
    entries = list(place.log().entries())
    assert log.exists()
    assert [entry.seq for entry in entries] == list(range(8))
    assert [entry.data["effect"] for entry in entries] == [f"effect-{n}" for n in range(7)] + ["effect-6"]
    assert [entry.prev for entry in entries] == [GENESIS] + [
        f"sha256:{row[2].hex()}" for row in place.rows()[:-1]
    ]
    assert written == entries[-1] == log.newest() == log.find(written.event)
    assert (log.size(), written.tenant, written.ts) == (8, "t-" + "a" * 16, "2026-11-23T12:00:00.000000Z")


@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_lines_come_in_thousands_from_any_number_on(place, size):
    log = filled(place, size)
    batches = list(log.lines())
    assert [row for rows in batches for row in rows] == place.rows()
    assert (
        [len(rows) for rows in batches] == [1000, size - 1000][: 1 + (size > 1000)] if size >= 1000 else [999]
    )
    assert [row[0] for rows in log.lines(998) for row in rows] == list(range(998, size))
    assert all(type(row) is tuple and type(row[3]) is bytes for row in batches[0])


def test_an_event_that_is_there_is_returned_and_not_written_again(place):
    log, event = filled(place), event_of("intent", RUN, "execute")
    first = log.append("intent", {"effect": "execute"}, run=RUN, event=event)
    log.append("intent", {"effect": "other"})
    assert place.log().append("intent", {"effect": "execute"}, run=RUN, event=event) == first
    assert (first.event, first.seq, log.size()) == (event, 7, 9)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "run.degraded", "data": {"reason": "execute"}},
        {"data": {"effect": "another"}},
        {"tenant": "t-" + "b" * 16},
        {"actor": "c" * 64},
        {"run": None},
        {"manifest": DIGEST},
    ],
    ids="-".join,
)
def test_an_event_with_another_content_is_refused_and_nothing_of_its_call_is_written(place, change):
    log, event = filled(place), event_of("x")
    content = {"kind": "intent", "data": {"effect": "execute"}, "run": RUN, "event": event}
    log.append_all([Draft(**content)])
    with pytest.raises(IntegrityError, match="event-reused"):
        log.append_all([Draft("intent", {"effect": "before"}), Draft(**(content | change))])
    assert log.size() == 8


def test_an_event_twice_in_one_call_is_one_entry(place):
    log, draft = place.log(), Draft("intent", {"effect": "execute"}, event=event_of("x"))
    one, between, other = log.append_all([draft, Draft("intent", {"effect": "between"}), draft])
    assert (one, log.size()) == (other, 2)
    assert between.seq == 1
    with pytest.raises(IntegrityError, match="event-reused"):
        log.append_all([replaced := Draft("intent", {"effect": "a"}, event=event_of("y")),
                        Draft("intent", {"effect": "b"}, event=replaced.event)])  # fmt: skip
    assert log.size() == 2


@pytest.mark.parametrize(
    ("behind_us", "accepted"),
    [
        pytest.param(119_999_999, True, id="just-within"),
        pytest.param(120_000_000, True, id="exactly-120-s"),
        pytest.param(120_000_001, False, id="a-microsecond-more"),
    ],
)
def test_a_clock_behind_the_newest_entry_stops_the_log_and_never_turns_it_back(place, behind_us, accepted):
    log, newest = filled(place), "2026-11-23T12:00:00.000000Z"
    place.moment = NOW - timedelta(microseconds=behind_us)
    if accepted:
        assert log.append("intent", {"effect": "execute"}).ts == newest
    else:
        with pytest.raises(
            UnavailableError, match=f"121 s behind the newest audit entry, of {newest}"
        ) as caught:
            log.append("intent", {"effect": "execute"})
        assert caught.value.code == "clock-behind"
    assert log.size() == 7 + accepted


def forged(row: hash_chain.Row, **changes) -> dict:
    """Columns of a line whose body says something else, hashed anew."""
    body = AuditEntry.model_validate_json(row[3]).model_copy(update=changes).to_bytes()
    return {"leaf": merkle.leaf_hash(body), "body": body}


def rewritten(rows: list[hash_chain.Row], at: int) -> list[dict]:
    """The whole log with one entry changed and every later parent mended: a chain without a fault."""
    found, parent = [], GENESIS
    for seq, event, _, body in rows:
        entry = AuditEntry.model_validate_json(body).model_copy(update={"prev": parent})
        if seq == at:
            entry = entry.model_copy(update={"data": {"effect": "innocent"}})
        leaf = merkle.leaf_hash(entry.to_bytes())
        found.append({"seq": seq, "event": event, "leaf": leaf, "body": entry.to_bytes()})
        parent = f"sha256:{leaf.hex()}"
    return found


def at(seq: int) -> sa.Update:
    return sa.update(LOG).where(LOG.c.seq == seq)


Tampering = Callable[[list[hash_chain.Row]], list[sa.Executable]]
TAMPERINGS: dict[str, tuple[Tampering, str, int]] = {
    "body": (
        lambda rows: [at(2).values(body=rows[2][3].replace(b"effect-2", b"effect-X"))],
        "entry-edited",
        2,
    ),
    "leaf": (lambda rows: [at(2).values(leaf=bytes(32))], "entry-edited", 2),
    "event": (lambda rows: [at(2).values(event=RUN)], "entry-edited", 2),
    "body-and-leaf": (lambda rows: [at(2).values(**forged(rows[2], actor="a" * 64))], "chain-broken", 3),
    "emptied": (lambda rows: [at(2).values(body=b"{}", leaf=merkle.leaf_hash(b"{}"))], "entry-invalid", 2),
    "removed": (lambda rows: [sa.delete(LOG).where(LOG.c.seq == 2)], "chain-gap", 2),
    "beginning-cut-off": (lambda rows: [sa.delete(LOG).where(LOG.c.seq < 2)], "chain-gap", 0),
    "moved-to-the-end": (lambda rows: [at(2).values(seq=9)], "chain-gap", 2),
    "moved-before-the-first": (lambda rows: [at(2).values(seq=-9)], "chain-gap", 0),
    "swapped": (
        lambda rows: [at(2).values(seq=99), at(3).values(seq=2), at(99).values(seq=3)],
        "chain-gap",
        2,
    ),
    "added": (
        lambda rows: [sa.insert(LOG).values(seq=7, event=RUN, leaf=rows[6][2], body=rows[6][3])],
        "chain-gap",
        7,
    ),
    "replayed": (
        lambda rows: [sa.insert(LOG).values(seq=7, event=RUN, **forged(rows[6], seq=7, event=RUN))],
        "chain-broken",
        7,
    ),
    "moment-set-back": (
        lambda rows: [at(6).values(**forged(rows[6], ts="2026-11-23T11:57:59.999999Z"))],
        "clock-behind",
        6,
    ),
}


@pytest.mark.parametrize(("tampering", "code", "seq"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_found_and_located_and_nothing_is_signed_over_it(place, tampering, code, seq):
    log = filled(place)
    place.execute(*tampering(place.rows()))
    with pytest.raises(hash_chain.BrokenAt) as caught:
        list(log.entries())
    assert (caught.value.code, caught.value.seq) == (code, seq)
    with pytest.raises(hash_chain.BrokenAt) as caught:
        checkpoint(log)
    assert (caught.value.code, caught.value.seq) == (code, seq)
    assert log.newest_checkpoint() is None


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_a_checkpoint_covers_every_entry_and_proofs_lead_to_it(place, size):
    log = filled(place, size)
    note = checkpoint(log)
    tree, (signed,) = open_note(note, [COSIGNER])
    assert (tree.origin, tree.size, [tree.root]) == (ORIGIN, size, roots(log, size))
    assert signed.timestamp == int(NOW.timestamp())
    leaves = log.leaves(0, size)
    for seq in {0, size // 2, size - 1}:
        merkle.verify_inclusion(seq, size, leaves[seq], log.inclusion_proof(seq, size), tree.root)
    for old in {1, size // 3 + 1, size}:
        merkle.verify_consistency(
            old, size, merkle.subtree_of(leaves)(0, old), tree.root, log.consistency_proof(old, size)
        )
        assert log.subtree(0, old) == merkle.subtree_of(leaves)(0, old)
    assert log.subtree(size // 3, size) == merkle.subtree_of(leaves)(size // 3, size)


def test_a_log_that_did_not_grow_keeps_its_checkpoint(place):
    log = filled(place)
    first = checkpoint(log)
    assert checkpoint(place.log(), NOW + timedelta(hours=1)) == first
    log.append("intent", {"effect": "execute"})
    second = checkpoint(log, NOW + timedelta(hours=1))
    assert [parse(note)[0].size for note in (first, second)] == [7, 8]
    assert list(log.checkpoints()) == [first, second]
    assert log.newest_checkpoint() == second


@pytest.mark.parametrize(("old", "new"), [(1, 255), (255, 256), (256, 257), (300, 900), (512, 1024)])
def test_each_checkpoint_continues_the_one_before(place, old, new):
    log = filled(place, old)
    first = parse(checkpoint(log))[0]
    log.append_all([Draft("intent", {"effect": "more"})] * (new - old))
    second = parse(checkpoint(log))[0]
    assert [first.root, second.root] == roots(log, old, new)
    merkle.verify_consistency(old, new, first.root, second.root, log.consistency_proof(old, new))


CONFLICTS: dict[str, Tampering] = {
    "rewritten": lambda rows: [sa.delete(LOG), sa.insert(LOG).values(rewritten(rows, 2))],
    "rewritten-and-tiles-removed": lambda rows: [sa.delete(TILE), *CONFLICTS["rewritten"](rows)],
    "covered-leaf-edited-and-tiles-removed": lambda rows: [sa.delete(TILE), at(2).values(leaf=bytes(32))],
    "end-cut-off": lambda rows: [sa.delete(LOG).where(LOG.c.seq >= 255)],
}


@pytest.mark.parametrize("tampering", CONFLICTS.values(), ids=CONFLICTS)
@pytest.mark.parametrize(("covered", "grown"), [(256, 0), (256, 1), (257, 0), (257, 1)])
def test_nothing_is_signed_over_a_log_that_its_newest_checkpoint_contradicts(
    place, tampering, covered, grown
):
    log = filled(place, covered)
    first = checkpoint(log)
    log.append_all([Draft("intent", {"effect": "more"})] * grown)
    place.execute(*tampering(place.rows()))
    with pytest.raises(IntegrityError, match="checkpoint-conflict"):
        checkpoint(log)
    assert list(log.checkpoints()) == [first]


def test_nothing_is_signed_over_another_logs_checkpoint(place):
    log = filled(place)
    checkpoint(log)
    with pytest.raises(IntegrityError, match="is of another log"):
        checkpoint(log, origin="atomq/fedcba9876543210")


@pytest.mark.parametrize(
    "tampering",
    [
        pytest.param([sa.delete(TILE)], id="removed"),
        pytest.param([sa.update(TILE).values(hash=bytes(32))], id="edited"),
        pytest.param(
            [sa.insert(TILE).values(idx=n, hash=bytes(32)) for n in (2, 3, 9)], id="forged-beforehand"
        ),
    ],
)
@pytest.mark.parametrize("grown", [0, 1, 300])
def test_a_wrong_tile_is_mended_and_never_signed(place, tampering, grown):
    log = filled(place, 600)
    checkpoint(log)
    log.append_all([Draft("intent", {"effect": "more"})] * grown)
    place.execute(*tampering)
    note = checkpoint(log)
    assert [parse(note)[0].root] == roots(log, 600 + grown)
    with place.engine.connect() as connection:
        tiles = dict(tuple(row) for row in connection.execute(sa.select(TILE)))
    leaves = log.leaves(0, 600 + grown)
    tree = merkle.subtree_of(leaves)
    assert tiles == {n: tree(256 * n, 256 * n + 256) for n in range(len(leaves) // 256)}


def test_a_missing_leaf_is_named(place):
    log = filled(place)
    place.execute(sa.delete(LOG).where(LOG.c.seq == 5))
    with pytest.raises(hash_chain.BrokenAt, match="entry 5 is missing"):
        log.inclusion_proof(2, 7)


def test_a_stored_checkpoint_that_is_none_is_an_integrity_fault(place):
    log = filled(place)
    checkpoint(log)
    place.execute(sa.update(CHECKPOINT).values(note=b"atomq"))
    with pytest.raises(IntegrityError, match="checkpoint-invalid"):
        checkpoint(log)


def test_an_old_checkpoint_that_was_put_in_front_is_refused(place):
    log = filled(place)
    checkpoint(log)
    place.execute(sa.update(CHECKPOINT).values(size=9))
    with pytest.raises(IntegrityError, match="checkpoint-conflict"):
        checkpoint(log)


def test_nothing_is_appended_behind_a_newest_entry_that_was_edited(place):
    log = filled(place)
    place.execute(at(6).values(body=b"{}"))
    with pytest.raises(hash_chain.BrokenAt, match="entry 6 differs"):
        log.append("intent", {"effect": "execute"})


def test_processes_that_append_at_once_lose_nothing_and_fork_nothing(place):
    program = (
        "import sys; from pathlib import Path; from tasks.adapters.audit_log import AuditLog\n"
        "log = AuditLog(Path(sys.argv[1]))\n"
        "for n in range(25): log.append('intent', {'effect': f'p{sys.argv[2]}-{n}'})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(place.home), str(number)], cwd=PROJECT)
        for number in range(4)
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    effects = [entry.data["effect"] for entry in place.log().entries()]
    assert sorted(effects) == sorted(f"p{p}-{n}" for p in range(4) for n in range(25))


PASSWORD = "correct-horse"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("postgresql://atomq:{password}@127.0.0.1:{port}/postgres", id="nobody-listens"),
        pytest.param("postgresql://atomq:{password}@127.0.0.1:{server}/postgres", id="wrong-password"),
        pytest.param("postgresql://nobody:{password}@127.0.0.1:{server}/postgres", id="unknown-user"),
        pytest.param("postgresql://atomq:{password}@127.0.0.1/", id="no-database"),
        pytest.param("postgresql://:{password}@127.0.0.1/postgres", id="no-user"),
        pytest.param("mysql://atomq:{password}@127.0.0.1/postgres", id="another-database"),
        pytest.param("postgresql+psycopg://atomq:{password}@127.0.0.1/postgres", id="another-driver"),
        pytest.param("postgresql://atomq:{password}@127.0.0.1:port/postgres", id="no-port"),
        pytest.param("{password}", id="no-address"),
        pytest.param("postgresql://atomq:{password}@127.0.0.1/postgres?sslmode=allow", id="unknown-sslmode"),
        pytest.param(
            "postgresql://atomq:{password}@127.0.0.1/postgres?password={password}", id="unknown-option"
        ),
        pytest.param(
            "postgresql://atomq:{password}@127.0.0.1/postgres?sslmode=verify-full&sslrootcert=/{password}",
            id="no-certificate",
        ),
        pytest.param(
            "postgresql://atomq:{password}@127.0.0.1:{server}/postgres?sslmode=require",
            id="server-without-tls",
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_the_password(
    postgres, tmp_path, monkeypatch, address
):
    server = postgres.rpartition(":")[2].partition("/")[0]
    monkeypatch.setenv(
        "ATOMQ_DATABASE_URL", address.format(password=PASSWORD, port=free_port(), server=server)
    )
    for use in (
        lambda: AuditLog(tmp_path).append("intent", {"effect": "execute"}),
        lambda: AuditLog(tmp_path).exists(),
        lambda: list(AuditLog(tmp_path).entries()),
    ):
        with pytest.raises(UnavailableError) as caught:
            use()
        assert caught.value.code in {"audit-unreachable", "database-url-refused"}
        assert PASSWORD not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not os.listdir(tmp_path)


def test_a_table_that_was_changed_is_an_integrity_fault(place):
    log = filled(place)
    place.execute(sa.text("ALTER TABLE log RENAME COLUMN leaf TO leaves"))
    try:
        with pytest.raises(IntegrityError, match="audit-unreadable"):
            list(log.entries())
        with pytest.raises(IntegrityError, match="audit-unreadable"):
            log.append("intent", {"effect": "execute"})
    finally:
        place.execute(sa.text("ALTER TABLE log RENAME COLUMN leaves TO leaf"))


def test_a_log_outlives_its_connections_without_a_word(postgres, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("ATOMQ_DATABASE_URL", postgres)
    METADATA.drop_all(past_the_log(postgres))
    log = filled(Place(tmp_path, past_the_log(postgres)))
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'atomq'"
    with past_the_log(postgres).begin() as connection:
        assert connection.execute(sa.text(others)).all()
    assert log.append("intent", {"effect": "execute"}).seq == 7
    assert not caplog.records
