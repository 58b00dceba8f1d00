"""A note vouches for one tree, or is refused: never for another one."""

import base64
import struct
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from policy_checks.errors import IntegrityError
from policy_checks.integrity import checkpoint, merkle, second_opinion
from policy_checks.integrity.checkpoint import Checkpoint, Cosignature, Cosigner

ORIGIN = "atomq/0123456789abcdef"
TREE = Checkpoint(ORIGIN, 10_000, merkle.leaf_hash(b"the root"))
LOG_KEY, WITNESS_KEY, STRANGERS_KEY = (MLDSA44PrivateKey.generate() for _ in range(3))
TIME = 1_795_435_200


def a_cosigner(name: str, key: MLDSA44PrivateKey) -> Cosigner:
    return Cosigner(name, key.public_key().public_bytes_raw())


LOG = a_cosigner(ORIGIN, LOG_KEY)
WITNESS = a_cosigner(f"{ORIGIN}/hospital", WITNESS_KEY)
STRANGER = a_cosigner("example.org/witness", STRANGERS_KEY)
BOTH = (LOG, WITNESS)


def a_line(
    cosigner: Cosigner, key: MLDSA44PrivateKey, tree: Checkpoint = TREE, timestamp: int = TIME
) -> bytes:
    signed = key.sign(checkpoint.cosigned_message(cosigner.name, timestamp, tree), b"")
    return checkpoint.signature_line(cosigner, timestamp, signed)


LOGS_LINE, WITNESSS_LINE = a_line(LOG, LOG_KEY), a_line(WITNESS, WITNESS_KEY, timestamp=TIME + 60)
STRANGERS_LINE = a_line(STRANGER, STRANGERS_KEY)
NOTE = checkpoint.note(TREE, [LOGS_LINE, WITNESSS_LINE])
COSIGNATURES = (
    Cosignature(LOG.name, LOG.public, TIME),
    Cosignature(WITNESS.name, WITNESS.public, TIME + 60),
)


def opened(note: bytes) -> tuple[Cosignature, ...]:
    """Return who vouches for TREE in this note, none if it is refused; a note for another tree fails the test."""
    try:
        tree, cosignatures = checkpoint.open_note(note, BOTH)
    except IntegrityError as error:
        if error.code != "checkpoint-invalid":
            raise
        return ()
    assert tree == TREE
    assert cosignatures
    assert set(cosignatures) <= set(COSIGNATURES)
    return cosignatures


def test_a_note_gives_back_its_tree_and_who_vouched_for_it():
    assert checkpoint.open_note(NOTE, BOTH) == (TREE, COSIGNATURES)
    assert checkpoint.open_note(NOTE, BOTH, second_opinion.agreed) == (TREE, COSIGNATURES)


def test_whoever_judges_is_asked_with_level_44_and_an_empty_context():
    asked = []

    def remembers(*question) -> bool:
        asked.append(question)
        return True

    checkpoint.open_note(NOTE, [LOG], remembers)
    ((level, public, message, _, context),) = asked
    assert (level, public, context) == (44, LOG.public, b"")
    assert message == checkpoint.cosigned_message(ORIGIN, TIME, TREE)


def test_the_bytes_are_those_of_the_specification():
    root64 = base64.b64encode(TREE.root)
    assert NOTE.startswith(
        ORIGIN.encode() + b"\n10000\n" + root64 + b"\n\n\xe2\x80\x94 " + ORIGIN.encode() + b" "
    )
    sizes = struct.pack(">QQ", 0, 10_000)
    message = b"subtree/v1\n\x00" + bytes([31]) + WITNESS.name.encode() + struct.pack(">Q", TIME)
    message += bytes([22]) + ORIGIN.encode() + sizes + TREE.root
    assert checkpoint.cosigned_message(WITNESS.name, TIME, TREE) == message
    content = base64.b64decode(WITNESSS_LINE.split()[-1])
    assert len(content) == 4 + 8 + 2420
    assert content[:4] == sha256(WITNESS.name.encode() + b"\n\x06" + WITNESS.public).digest()[:4]
    assert content[4:12] == struct.pack(">Q", TIME + 60)


def test_lines_of_unknown_keys_are_passed_over():
    other_kind = b"\xe2\x80\x94 example.org/ed25519 " + base64.b64encode(b"1234" + bytes(64)) + b"\n"
    note = checkpoint.note(TREE, [STRANGERS_LINE, other_kind, LOGS_LINE, STRANGERS_LINE])
    assert opened(note) == COSIGNATURES[:1]
    assert len(checkpoint.parse(note)[1]) == 4


def test_a_note_that_no_known_key_signed_is_refused():
    with pytest.raises(IntegrityError, match="no known key"):
        checkpoint.open_note(checkpoint.note(TREE, [STRANGERS_LINE]), BOTH)
    with pytest.raises(IntegrityError, match="no known key"):
        checkpoint.open_note(NOTE, [])


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(a_line(LOG, STRANGERS_KEY), id="signed-with-another-key"),
        pytest.param(a_line(LOG, LOG_KEY, replace(TREE, size=9_999)), id="another-size"),
        pytest.param(a_line(LOG, LOG_KEY, replace(TREE, size=10_001)), id="a-size-ahead"),
        pytest.param(a_line(LOG, LOG_KEY, replace(TREE, root=bytes(32))), id="another-root"),
        pytest.param(a_line(LOG, LOG_KEY, replace(TREE, origin="atomq/other")), id="another-log"),
        pytest.param(
            checkpoint.signature_line(
                LOG, TIME, LOG_KEY.sign(checkpoint.cosigned_message(LOG.name, TIME, TREE), b"atomq/receipt/1")
            ),
            id="another-context",
        ),
    ],
)
def test_a_known_keys_line_that_fails_refuses_the_whole_note(line):
    with pytest.raises(IntegrityError, match=r"known key's .*\[checkpoint-invalid\]"):
        checkpoint.open_note(checkpoint.note(TREE, [line, WITNESSS_LINE]), BOTH)
    with pytest.raises(IntegrityError, match=r"known key's .*\[checkpoint-invalid\]"):
        checkpoint.open_note(checkpoint.note(TREE, [WITNESSS_LINE, line]), BOTH)


@pytest.mark.parametrize(
    ("timestamp", "n_bytes"),
    [(TIME, 0), (TIME, 2419), (TIME, 2421), (0, 2420), (checkpoint.TIMESTAMP_MAX + 1, 2420)],
)
def test_a_line_of_another_form_is_refused_before_anyone_judges_it(timestamp, n_bytes):
    line = checkpoint.signature_line(LOG, timestamp, bytes(n_bytes))
    with pytest.raises(IntegrityError, match="another form"):
        checkpoint.open_note(checkpoint.note(TREE, [line]), BOTH, lambda *question: True)


@pytest.mark.parametrize("timestamp", [1, checkpoint.TIMESTAMP_MAX])
def test_the_first_and_the_last_second_count(timestamp):
    note = checkpoint.note(TREE, [a_line(LOG, LOG_KEY, timestamp=timestamp)])
    assert checkpoint.open_note(note, [LOG])[1] == (Cosignature(LOG.name, LOG.public, timestamp),)


def test_a_log_key_is_no_witness_and_counts_once():
    posing = a_cosigner(WITNESS.name, LOG_KEY)
    note = checkpoint.note(TREE, [LOGS_LINE, a_line(posing, LOG_KEY)])
    assert opened(note) == COSIGNATURES[:1]
    with pytest.raises(IntegrityError, match="twice"):
        checkpoint.open_note(note, [LOG, posing])


class Lookalike(Cosigner):
    """A key whose four bytes happen to be those of the log's key."""

    def key_hash(self) -> bytes:
        return LOG.key_hash()


def test_a_key_that_shares_anothers_four_bytes_does_not_hide_it():
    lookalike = Lookalike(LOG.name, STRANGER.public)
    for cosigners in ([lookalike, LOG], [LOG, lookalike]):
        assert checkpoint.open_note(NOTE, cosigners)[1] == COSIGNATURES[:1]


def test_a_line_under_another_name_is_a_strangers_whatever_its_four_bytes():
    with pytest.raises(IntegrityError, match="no known key"):
        checkpoint.open_note(NOTE, [Lookalike("another", LOG.public)])


def test_every_byte_changed_once_leads_to_no_other_tree():
    survivors = {}
    for place in range(len(NOTE)):
        note = NOTE[:place] + bytes([NOTE[place] ^ 1 << place % 8]) + NOTE[place + 1 :]
        if left := opened(note):
            survivors[place] = left
    # A line whose name or key id changed is a stranger's, and the other line still counts; all else is refused.
    assert min(survivors) > NOTE.index(LOGS_LINE)
    assert set(survivors.values()) == {COSIGNATURES[:1], COSIGNATURES[1:]}
    assert len(survivors) <= sum(len(f"{cosigner.name} AAAAAA") for cosigner in BOTH)


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        pytest.param([0, 1], 2, id="untouched"),
        pytest.param([1, 0], 2, id="swapped"),
        pytest.param([0], 1, id="the-witness-dropped"),
        pytest.param([1], 1, id="the-log-dropped"),
        pytest.param([0, 0, 1], 0, id="the-log-doubled"),
        pytest.param([0, 1, 1], 0, id="the-witness-doubled"),
        pytest.param([], 0, id="both-dropped"),
    ],
)
def test_lines_dropped_or_swapped_leave_the_tree_and_doubled_ones_nothing(lines, left):
    both = [LOGS_LINE, WITNESSS_LINE]
    assert len(opened(checkpoint.note(TREE, [both[i] for i in lines]))) == left


@pytest.mark.parametrize("place", range(6), ids=["origin", "size", "root", "empty", "log", "witness"])
def test_a_line_doubled_dropped_or_moved_leads_to_no_other_tree(place):
    lines = NOTE.splitlines(keepends=True)
    opened(b"".join(lines[: place + 1] + lines[place:]))
    rest = lines[:place] + lines[place + 1 :]
    for other in range(6):
        opened(b"".join([*rest[:other], lines[place], *rest[other:]]))
    left = opened(b"".join(rest))
    assert len(left) == (1 if place in (4, 5) else 0)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(content):
    assert opened(content) == ()


PIECES = st.sampled_from(
    [b"", b"\n", b" ", b"\x00", b"0", b"+", b"=", b"\xff", b"\xe2\x80\x94 ", b"\n\n", b"\xc2\xa0", STRANGERS_LINE,
     LOGS_LINE, ORIGIN.encode()]
) | st.binary(max_size=8)  # fmt: skip
BEGINNING = NOTE.index(LOGS_LINE) + 60
PLACES = st.integers(0, BEGINNING) | st.integers(0, len(NOTE))


@given(PLACES, st.integers(0, 4), PIECES)
def test_bytes_put_in_or_taken_out_lead_to_no_other_tree(place, n_out, piece):
    opened(NOTE[:place] + piece + NOTE[place + n_out :])


def test_a_cosignature_can_be_added():
    note = checkpoint.note(TREE, [LOGS_LINE])
    assert checkpoint.add_line(note, WITNESSS_LINE) == NOTE


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(WITNESSS_LINE[:-1], id="no-end-of-line"),
        pytest.param(STRANGERS_LINE * 2, id="two-at-once"),
        pytest.param(STRANGERS_LINE * 15, id="too-many"),
        pytest.param(b"extension\n", id="no-signature-line"),
    ],
)
def test_only_a_line_that_will_be_read_back_is_added(line):
    with pytest.raises(IntegrityError, match="checkpoint-invalid"):
        checkpoint.add_line(NOTE, line)
