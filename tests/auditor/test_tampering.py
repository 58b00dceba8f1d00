"""Whatever is done to a log or to the files around it shows, and the log's first changed entry is named.

`ATOMQ_LONG=1` takes a trail of 10,000 entries and every kind at every sampled position.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from policy_checks.integrity.evidence import Verification
from tasks.stages import history, witnessing
from tests import forgery, tampering
from tests.places import Home
from tests.tampering import LOG_TAMPERINGS, LogTampering
from tests.trail import Trail, a_trail

LONG = bool(os.environ.get("ATOMQ_LONG"))
N_ENTRIES = 10_000 if LONG else 2_000
SEED = int(os.environ.get("ATOMQ_SEED", "20261123"))
EVERY_FORGERY = forgery.FORGERIES | forgery.IN_HOMES_ONLY


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """A trail that verifies; each test damages a copy."""
    made = a_trail(tmp_path_factory.mktemp("trail"), N_ENTRIES)
    with made.witnessed():
        assert history.verify(made.home).faults == []
    return made


@pytest.fixture
def copy(trail: Trail, tmp_path: Path) -> Iterator[Trail]:
    """A copy of the trail, whose witness this process asks."""
    copied = trail.copied(tmp_path / "copy")
    with copied.witnessed():
        yield copied
    shutil.rmtree(tmp_path / "copy")


def positions(trail: Trail, kind: int) -> list[int]:
    """First, last, around a tile and a checkpoint, random ones; the short form takes two, kind by kind."""
    rng, middle = Random(f"{SEED}/{kind}"), trail.checkpoints[len(trail.checkpoints) // 2]
    every = [0, trail.size - 1, 255, 256, 257, middle - 1, middle]
    drawn = [rng.randrange(trail.size) for _ in range(5)]
    return every + drawn if LONG else [every[kind % len(every)], drawn[0]]


def verified(trail: Trail) -> Verification:
    """The verdict on a home."""
    return history.verify(trail.home)


@pytest.mark.parametrize(
    ("number", "tamper"), [*enumerate(LOG_TAMPERINGS)], ids=[tamper.name for tamper in LOG_TAMPERINGS]
)
def test_every_change_of_the_log_is_found_and_its_first_entry_named(
    number: int, tamper: LogTampering, trail: Trail, tmp_path: Path
):
    for at in positions(trail, number):
        # A log without any entry has no position to name; a test of its own is about it.
        position = max(at, 1) if tamper.change is tampering.truncate else at
        copied = trail.copied(tmp_path / str(at))
        with copied.witnessed():
            first = tamper.apply(Home(copied), trail, position, Random(SEED + position))
            found = verified(copied)
        assert found.faults, f"seed {SEED}, position {position}: nothing was found"
        assert found.first == first, f"seed {SEED}, position {position}: {found.faults[:3]}"
        shutil.rmtree(tmp_path / str(at))


@pytest.mark.parametrize("name", EVERY_FORGERY)
@pytest.mark.parametrize("seed", range(SEED, SEED + (6 if LONG else 1)))
def test_every_change_of_the_files_around_the_log_is_found(name: str, seed: int, trail: Trail, copy: Trail):
    EVERY_FORGERY[name](Home(copy), trail, Random(seed))
    assert verified(copy).faults, f"seed {seed}"


@pytest.mark.parametrize("cover", ["relinked", "restamped"])
def test_an_entry_that_stands_twice_is_found_though_the_index_on_events_is_gone(
    cover: tampering.Cover, trail: Trail, copy: Trail
):
    rows = Home(copy).rows()
    intent = next(row.seq for row in rows if b'"type":"intent"' in row.body)
    first = LogTampering(tampering.replay, cover).apply(Home(copy), trail, intent, Random(SEED))
    assert verified(copy).first == first


def test_a_log_that_was_emptied_is_found(trail: Trail, copy: Trail):
    LogTampering(tampering.truncate, "bare", drops_notes=True).apply(Home(copy), trail, 0, Random(SEED))
    assert verified(copy).faults


@pytest.mark.parametrize("name", ["metrics.parquet", "billing.parquet"])
def test_no_byte_of_the_records_can_be_changed(name: str, trail: Trail, copy: Trail):
    run = trail.finished[1]
    path, rng = copy.run(run) / name, Random(SEED)
    content = path.read_bytes()
    n_parts = 40 if LONG else 8
    for part in range(n_parts):
        at = len(content) * part // n_parts + rng.randrange(len(content) // n_parts)
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :])
        codes = {fault.code for fault in history.verify(copy.home, run=run).faults}
        assert codes == {"artifact-edited"}, f"seed {SEED}, byte {at}"
    path.write_bytes(content)
    assert history.verify(copy.home, run=run).faults == []


def test_the_cache_of_subtrees_is_no_evidence_and_is_made_anew(copy: Trail):
    place = Home(copy)
    before = place.notes()
    place.spoil_tile()
    assert verified(copy).faults == []
    witnessing.checkpoint(copy.home)
    assert place.notes() == before
    assert verified(copy).faults == []


def test_a_table_without_its_index_that_says_the_same_is_no_fault(copy: Trail):
    place = Home(copy)
    place.put(place.rows(), tiles=False)
    assert verified(copy).faults == []


def test_an_event_column_that_says_otherwise_than_its_line_is_found(trail: Trail, copy: Trail):
    place, at = Home(copy), trail.size // 2
    rows = place.rows()
    rows[at] = replace(rows[at], event=rows[at - 1].event)
    place.put(rows, tiles=False)
    assert verified(copy).first == at


def test_without_its_witness_a_log_that_its_own_key_signed_anew_is_found_only_by_its_receipts(
    trail: Trail, copy: Trail
):
    last_receipt = max(size for size in trail.checkpoints if size < trail.size)
    tamper = LogTampering(tampering.edit_ts, "restamped")
    tamper.apply(Home(copy), trail, last_receipt, Random(SEED))
    assert verified(copy).first == last_receipt
    shutil.rmtree(copy.witness)
    copy.witness.mkdir()
    assert verified(copy).faults == []
