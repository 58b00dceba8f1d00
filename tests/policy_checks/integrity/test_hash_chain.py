"""A chain shows every edit, gap, swap and insertion, says where, and takes a line in one spelling only."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policy_checks.errors import IntegrityError
from policy_checks.integrity import hash_chain, log_line, merkle
from policy_checks.integrity.hash_chain import BrokenAt, Roots, Row
from policy_checks.schemas.audit import FIELDS, GENESIS, SHAPES, AuditEntry, EntryType

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SIZE = 12


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def an_entry(**changes) -> AuditEntry:
    """The first entry of a log, with the given fields changed."""
    fields = {
        "v": 1,
        "seq": 0,
        "prev": GENESIS,
        "event": "01a206cd-ce3b-742c-ac61-11ae724346c4",
        "ts": stamp(START),
        "type": "intent",
        "tenant": "t-0123456789abcdef",
        "actor": "atomq",
        "run": "01a206cd-ce3b-742c-ac61-11ae724346c5",
        "manifest": "sha256:" + "1" * 64,
        "data": {"effect": "execute"},
    }
    return AuditEntry(**(fields | changes))


def a_row(entry: AuditEntry) -> Row:
    body = entry.to_bytes()
    return entry.seq, entry.event, merkle.leaf_hash(body), body


def a_log(moments: Sequence[datetime]) -> list[Row]:
    """A whole log with an entry at each moment."""
    rows: list[Row] = []
    for seq, moment in enumerate(moments):
        prev = "sha256:" + rows[-1][2].hex() if rows else GENESIS
        event = f"01a206cd-ce3b-742c-ac61-{seq:012x}"
        rows.append(a_row(an_entry(seq=seq, prev=prev, event=event, ts=stamp(moment))))
    return rows


def steady(size: int) -> list[Row]:
    return a_log([START + timedelta(seconds=seq) for seq in range(size)])


LOG = steady(SIZE)


def in_batches(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def walked(rows: Sequence[Row], size: int = 5, **how) -> list[Row]:
    return [row for batch in hash_chain.walk(in_batches(rows, size), **how) for row in batch]


def broken(rows: Sequence[Row], size: int = 5) -> tuple[BrokenAt, list[Row]]:
    """The fault of a log, and the lines that were given before it."""
    good: list[Row] = []
    with pytest.raises(IntegrityError) as caught:
        for batch in hash_chain.walk(in_batches(rows, size)):
            good += batch
    assert isinstance(caught.value, BrokenAt)
    assert f"entry {caught.value.seq}" in caught.value.message
    return caught.value, good


@pytest.mark.parametrize("size", [1, 2, 5, SIZE - 1, SIZE, SIZE + 1])
def test_a_whole_log_is_given_back_however_it_is_cut_into_batches(size):
    assert walked(LOG, size) == LOG
    assert [entry.to_bytes() for entry in hash_chain.entries(in_batches(LOG, size))] == [
        row[3] for row in LOG
    ]


def test_an_empty_log_is_whole():
    assert walked([]) == []


HEX = "0123456789abcdef"
hexadecimal = lambda n: st.text(HEX, min_size=n, max_size=n)  # noqa: E731
digests = hexadecimal(64).map("sha256:".__add__)
uuids = hexadecimal(32).map(lambda x: f"{x[:8]}-{x[8:12]}-{x[12:16]}-{x[16:20]}-{x[20:]}")
words = st.from_regex(re.compile(SHAPES["word"], re.ASCII), fullmatch=True)
VALUES = {"digest": digests, "word": words, "count": st.integers(0, 10**15 - 1)}
moments = st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1000).map(stamp)


@st.composite
def entries(draw) -> AuditEntry:
    kind = draw(st.sampled_from(get_args(EntryType)))
    return an_entry(
        seq=draw(st.integers(0, 10**18 - 1)),
        prev=draw(digests),
        event=draw(uuids),
        ts=draw(moments),
        type=kind,
        tenant=draw(st.none() | hexadecimal(16).map("t-".__add__)),
        actor=draw(st.just("atomq") | hexadecimal(64)),
        run=draw(st.none() | uuids),
        manifest=draw(st.none() | digests),
        data={name: draw(VALUES[shape]) for name, shape in FIELDS[kind].items()},
    )


def is_line(body: bytes) -> bool:
    return body.isascii() and log_line.matcher(body)(body) is not None


@given(entries())
def test_whatever_an_entry_writes_is_a_line_and_says_the_same(entry):
    row = a_row(entry)
    assert is_line(row[3])
    assert log_line.read(row) == entry
    assert log_line.parent_and_moment(row) == (entry.prev[7:].encode(), entry.ts.encode())


@settings(max_examples=600)
@given(entries(), st.data())
@example(an_entry(data={"effect": "a" * 80}), None)
def test_whatever_passes_for_a_line_is_an_entry_in_its_one_spelling(entry, data):
    body = entry.to_bytes()
    if data is not None:
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(
            st.binary(max_size=2) | st.sampled_from([b"0", b"9", b"f", b"\n", b'"', b" ", b"\x80"])
        )
        body = body[:at] + piece + body[at + data.draw(st.integers(0, 2)) :]
    try:
        spelling = AuditEntry.model_validate_json(body).to_bytes()
    except ValidationError:
        spelling = None
    if is_line(body):
        assert spelling == body
    if spelling == body:
        assert is_line(body) or not_a_moment(AuditEntry.model_validate_json(body).ts)


def not_a_moment(ts: str) -> bool:
    try:
        datetime.strptime(ts, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return True
    return not ts.isascii()


@pytest.mark.parametrize("at", range(len(LOG[3][3])))
def test_a_byte_that_is_no_ascii_is_never_taken_for_a_digit(at):
    body = LOG[3][3]
    assert not is_line(body[:at] + b"\xff" + body[at + 1 :])


@pytest.mark.parametrize("kind", get_args(EntryType))
def test_a_line_of_another_types_data_is_no_line(kind):
    values = {"digest": "sha256:" + "a" * 64, "word": "w", "count": 1}
    body = an_entry(type=kind, data={name: values[shape] for name, shape in FIELDS[kind].items()}).to_bytes()
    assert is_line(body)
    for other in get_args(EntryType):
        if FIELDS[other] != FIELDS[kind]:
            assert not is_line(body.replace(f'"type":"{kind}"'.encode(), f'"type":"{other}"'.encode()))


def edited(row: Row, **changes) -> Row:
    """The line with fields of its body changed, hashed anew."""
    return a_row(AuditEntry.model_validate_json(row[3]).model_copy(update=changes))


def stored_as(row: Row, *, seq=None, event=None, leaf=None, body=None) -> Row:
    """The line with one of its columns changed."""
    new = (seq, event, leaf, body)
    return tuple(old if other is None else other for old, other in zip(row, new, strict=True))


def respelled(row: Row, body: bytes) -> Row:
    """The line with another body, hashed anew."""
    return stored_as(row, leaf=merkle.leaf_hash(body), body=body)


OTHER = "01a206cd-ce3b-742c-ac61-ffffffffffff"
OTHERWISE = {"data": {"effect": "nothing"}}
FAULTS = {
    "body-edited": (
        lambda row: stored_as(row, body=row[3].replace(b"execute", b"nothing")),
        "entry-edited",
        0,
    ),
    "leaf-edited": (lambda row: stored_as(row, leaf=bytes(32)), "entry-edited", 0),
    "leaf-emptied": (lambda row: stored_as(row, leaf=b""), "entry-edited", 0),
    "body-became-text": (lambda row: stored_as(row, body=row[3].decode()), "entry-edited", 0),
    "body-became-a-number": (lambda row: stored_as(row, body=7), "entry-edited", 0),
    "event-column-edited": (lambda row: stored_as(row, event=OTHER), "entry-edited", 0),
    "event-became-a-number": (lambda row: stored_as(row, event=7), "entry-edited", 0),
    "body-and-leaf-edited": (lambda row: edited(row, **OTHERWISE), "chain-broken", 1),
    "event-edited-everywhere": (lambda row: edited(row, event=OTHER), "chain-broken", 1),
    "parent-edited": (lambda row: edited(row, prev="sha256:" + "9" * 64), "chain-broken", 0),
    "number-edited": (lambda row: stored_as(edited(row, seq=99), seq=row[0]), "chain-gap", 0),
    "number-column-edited": (lambda row: stored_as(row, seq=99), "chain-gap", 0),
    "digits-of-no-ascii": (
        lambda row: respelled(row, row[3].replace(b"1111", b"11\xff1")),
        "entry-invalid",
        0,
    ),
    "no-entry": (lambda row: respelled(row, b"{}"), "entry-invalid", 0),
    "empty": (lambda row: respelled(row, b""), "entry-invalid", 0),
    "spelled-otherwise": (lambda row: respelled(row, row[3] + b" "), "entry-invalid", 0),
    "of-february-30": (lambda row: edited(row, ts="2027-02-30T12:00:00.000000Z"), "entry-invalid", 0),
    "of-25-o-clock": (lambda row: edited(row, ts="2026-11-23T25:00:00.000000Z"), "entry-invalid", 0),
    "121-s-back": (lambda row: edited(row, ts=stamp(START - timedelta(minutes=3))), "clock-behind", 0),
}


@pytest.mark.parametrize("at", [1, 4, 5, SIZE - 2])
@pytest.mark.parametrize(("change", "code", "later"), FAULTS.values(), ids=FAULTS)
def test_a_line_that_was_changed_is_found_and_located(change, code, later, at):
    rows = [*LOG[:at], change(LOG[at]), *LOG[at + 1 :]]
    fault, good = broken(rows)
    assert (fault.code, fault.seq) == (code, at + later)
    assert good == rows[: at + later]


MOVES = {
    "removed": (lambda rows, at: rows[:at] + rows[at + 1 :], 0),
    "doubled": (lambda rows, at: rows[: at + 1] + rows[at:], 1),
    "swapped": (lambda rows, at: [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]], 0),
    "swapped-under-each-others-numbers": (
        lambda rows, at: [
            *rows[:at],
            stored_as(rows[at + 1], seq=at),
            stored_as(rows[at], seq=at + 1),
            *rows[at + 2 :],
        ],
        0,
    ),
    "inserted-and-renumbered": (
        lambda rows, at: (
            rows[: at + 1] + [stored_as(row, seq=row[0] + 1) for row in [rows[at], *rows[at + 1 :]]]
        ),
        1,
    ),
    "moved-to-the-end": (lambda rows, at: [*rows[:at], *rows[at + 1 :], stored_as(rows[at], seq=SIZE)], 0),
    "moved-before-the-first": (
        lambda rows, at: [stored_as(rows[at], seq=-1), *rows[:at], *rows[at + 1 :]],
        None,
    ),
    "beginning-cut-off": (lambda rows, at: rows[at:], None),
}


@pytest.mark.parametrize("at", [1, 4, 5, SIZE - 2])
@pytest.mark.parametrize(("move", "later"), MOVES.values(), ids=MOVES)
def test_lines_that_were_moved_are_found_and_located(move, later, at):
    fault, _ = broken(move(list(LOG), at))
    assert (fault.code, fault.seq) == ("chain-gap", 0 if later is None else at + later)


@given(st.integers(0, SIZE - 1), st.data())
def test_any_changed_byte_of_a_line_is_located_at_that_line(at, data):
    body = LOG[at][3]
    place = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    rows = [
        *LOG[:at],
        stored_as(LOG[at], body=body[:place] + bytes([byte]) + body[place + 1 :]),
        *LOG[at + 1 :],
    ]
    fault, _ = broken(rows, data.draw(st.integers(1, SIZE)))
    assert (fault.code, fault.seq) == ("entry-edited", at)


def test_the_words_name_both_entries_and_both_hashes():
    rows = [*LOG[:3], edited(LOG[3], **OTHERWISE), *LOG[4:]]
    fault, _ = broken(rows)
    named, found = LOG[3][2].hex()[:8], rows[3][2].hex()[:8]
    assert fault.message == (
        f"The audit log does not verify: entry 4 names parent {named}…, but entry 3 hashes to {found}…."
    )


def test_a_first_line_with_a_parent_is_refused():
    fault, _ = broken([edited(LOG[0], prev="sha256:" + "9" * 64)])
    assert (fault.code, fault.seq) == ("chain-broken", 0)


@pytest.mark.parametrize(
    ("back_us", "accepted"),
    [
        pytest.param(119_999_999, True, id="just-within"),
        pytest.param(120_000_000, True, id="exactly-120-s"),
        pytest.param(120_000_001, False, id="a-microsecond-more"),
    ],
)
def test_a_clock_may_step_back_120_s_from_the_latest_moment_so_far(back_us, accepted):
    back = START - timedelta(microseconds=back_us)
    rows = a_log([START - timedelta(seconds=300), START, START - timedelta(seconds=60), back, START])
    if accepted:
        assert walked(rows) == rows
        return
    fault, good = broken(rows)
    assert (fault.code, fault.seq, good) == ("clock-behind", 3, rows[:3])
    assert f"entry 3 says {stamp(back)}, but entry 1 said {stamp(START)}" in fault.message


def test_a_log_may_run_over_midnight_and_step_back_over_it():
    midnight = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    rows = a_log([midnight + timedelta(seconds=seconds) for seconds in (0, 1, 2, 0, 1, 86_400, 2 * 86_400)])
    assert walked(rows) == rows


@given(st.integers(0, 40), st.sets(st.integers(0, 45)), st.integers(1, 41))
def test_the_roots_are_those_of_the_first_lines(size, sizes, batch):
    rows, roots = steady(size), Roots(sizes)
    walked(rows, batch, roots=roots)
    tree = merkle.subtree_of([row[2] for row in rows])
    assert {n: root for n, root in roots.at.items() if n} == {n: tree(0, n) for n in sizes if 0 < n <= size}
    assert (roots.frontier.size, roots.frontier.root()) == (size, tree(0, size))


def test_the_roots_up_to_a_bad_line_are_known():
    rows, roots = [*LOG[:7], stored_as(LOG[7], leaf=b""), *LOG[8:]], Roots([6, 7, 8])
    with pytest.raises(BrokenAt):
        walked(rows, roots=roots)
    assert sorted(roots.at) == [6, 7]
    assert roots.frontier.size == 7


@pytest.mark.parametrize("begin", [1, 5, SIZE - 1])
def test_a_walk_may_begin_behind_a_line_that_was_verified(begin):
    assert walked(LOG[begin:], before=LOG[begin - 1]) == LOG[begin:]
    with pytest.raises(BrokenAt, match=f"entry {begin} "):
        walked(LOG[begin:], before=edited(LOG[begin - 1], **OTHERWISE))
