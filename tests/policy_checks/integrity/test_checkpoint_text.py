"""A note's text is read in one way only."""

import base64

import pytest

from policy_checks.errors import IntegrityError
from policy_checks.integrity import checkpoint
from policy_checks.integrity.checkpoint import Checkpoint

ORIGIN = "atomq/0123456789abcdef"
ROOT = base64.b64encode(bytes(range(32))).decode()


def a_text(
    origin: str = ORIGIN,
    size: str = "10000",
    root: str = ROOT,
    empty: str = "\n",
    lines: str = "— a YWJjZGU=\n",
) -> bytes:
    return f"{origin}\n{size}\n{root}\n{empty}{lines}".encode()


def refused(note: bytes, match: str = "") -> bool:
    with pytest.raises(IntegrityError, match=rf"{match}.*\[checkpoint-invalid\]"):
        checkpoint.parse(note)
    return True


def test_the_text_that_the_next_test_spoils_is_a_note():
    tree, (line,) = checkpoint.parse(a_text())
    assert tree == Checkpoint(ORIGIN, 10_000, bytes(range(32)))
    assert (line.name, line.key_hash, line.content) == ("a", b"abcd", b"e")


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(a_text(size="010000"), id="leading-zero"),
        pytest.param(a_text(size="+1"), id="plus"),
        pytest.param(a_text(size="-1"), id="minus"),
        pytest.param(a_text(size=""), id="no-size"),
        pytest.param(a_text(size="1_0"), id="underscore"),
        pytest.param(a_text(size=" 1"), id="space-in-size"),
        pytest.param(a_text(size="1\u0661"), id="arabic-digit"),
        pytest.param(a_text(size="1" * 5000), id="endless-size"),
        pytest.param(a_text(root=base64.b64encode(bytes(31)).decode()), id="root-of-31-bytes"),
        pytest.param(a_text(root=base64.b64encode(bytes(33)).decode()), id="root-of-33-bytes"),
        pytest.param(a_text(root=ROOT[:-1]), id="root-without-padding"),
        pytest.param(a_text(root="A" * 42 + "B="), id="root-with-stray-bits"),
        pytest.param(a_text(root=ROOT.replace("=", "é")), id="root-not-ascii"),
        pytest.param(a_text(root=ROOT + "\nextension"), id="extension-line"),
        pytest.param(a_text(empty=""), id="no-empty-line"),
        pytest.param(a_text(empty="\n\n"), id="two-empty-lines"),
        pytest.param(a_text(lines=""), id="no-signature"),
        pytest.param(a_text(lines="— a YWJjZGU="), id="no-end-of-line"),
        pytest.param(a_text(lines="— a YWJjZGU=\n\n"), id="empty-line-at-the-end"),
        pytest.param(a_text(lines="- a YWJjZGU=\n"), id="hyphen-for-dash"),
        pytest.param(a_text(lines="—a YWJjZGU=\n"), id="dash-without-space"),
        pytest.param(a_text(lines="— a  YWJjZGU=\n"), id="two-spaces"),
        pytest.param(a_text(lines="— a b YWJjZGU=\n"), id="name-of-two-words"),
        pytest.param(a_text(lines="—  YWJjZGU=\n"), id="no-name"),
        pytest.param(a_text(lines="— a+b YWJjZGU=\n"), id="plus-in-name"),
        pytest.param(a_text(lines="— a\u2003b YWJjZGU=\n"), id="em-space-in-name"),
        pytest.param(a_text(lines="— a YWJjZA==\n"), id="a-key-id-alone"),
        pytest.param(a_text(lines="— a \n"), id="no-content"),
        pytest.param(a_text(lines="— a YWJjZGV=\n"), id="line-with-stray-bits"),
        pytest.param(a_text(origin=""), id="no-origin"),
        pytest.param(a_text(origin="a b"), id="space-in-origin"),
        pytest.param(a_text(origin="a\tb"), id="tab-in-origin"),
        pytest.param(a_text(origin="a\x7fb"), id="delete-in-origin"),
        pytest.param(a_text(origin="a\x85b"), id="next-line-in-origin"),
        pytest.param(a_text(origin="a\rb"), id="carriage-return-in-origin"),
        pytest.param(a_text().replace(b"\n", b"\r\n"), id="carriage-returns"),
        pytest.param(b"\xef\xbb\xbf" + a_text(size="x"), id="byte-order-mark-and-no-size"),
        pytest.param(a_text(origin="é").replace("é".encode(), b"\xe9"), id="not-utf8"),
        pytest.param(a_text(origin="é").replace("é".encode(), b"\xed\xa0\x80"), id="surrogate"),
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_refused(note):
    assert refused(note)


@pytest.mark.parametrize("size", [0, 2**63 - 2, 2**63 - 1])
def test_sizes_up_to_63_bits_are_read(size):
    assert checkpoint.parse(a_text(size=str(size)))[0].size == size


@pytest.mark.parametrize("size", [2**63, 2**64, 10**19])
def test_larger_sizes_are_refused(size):
    assert refused(a_text(size=str(size)), "size")


@pytest.mark.parametrize(("n_lines", "good"), [(15, True), (16, True), (17, False)])
def test_sixteen_lines_are_allowed(n_lines, good):
    note = a_text(lines="— a YWJjZGU=\n" * n_lines)
    assert len(checkpoint.parse(note)[1]) == n_lines if good else refused(note, "16 signature lines")


@pytest.mark.parametrize(("n_bytes", "good"), [(254, True), (255, True), (256, False)])
def test_a_name_fits_its_byte_of_length(n_bytes, good):
    note = a_text(origin="o" * n_bytes)
    assert len(checkpoint.parse(note)[0].origin) == n_bytes if good else refused(note, "255 bytes")


@pytest.mark.parametrize("n_bytes", [65_535, 65_536])
def test_a_note_of_64_kib_is_read(n_bytes):
    assert len(checkpoint.parse(a_note_of(n_bytes))[1]) == 1


def test_a_byte_more_than_64_kib_is_refused():
    assert refused(a_note_of(65_537), "65537 bytes")


def a_note_of(n_bytes: int) -> bytes:
    line = "— {} " + base64.b64encode(bytes(48_990)).decode() + "\n"
    name = "n" * (n_bytes - len(a_text(lines=line.format(""))))
    return a_text(lines=line.format(name))
