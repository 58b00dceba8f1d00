"""A witness takes what continues what it holds, and nothing else, whatever it is told."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import checkpoint, merkle
from policy_checks.integrity.checkpoint import Checkpoint, Cosigner
from tasks.adapters.witness import DirectoryWitness, Hand

ORIGIN = "atomq/0123456789abcdef"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY, WITNESS_KEY = MLDSA44PrivateKey.from_seed_bytes(b"k" * 32), MLDSA44PrivateKey.from_seed_bytes(b"w" * 32)
LOG = Cosigner(ORIGIN, KEY.public_key().public_bytes_raw())
HAND = Hand(
    Cosigner(f"{ORIGIN}/local", WITNESS_KEY.public_key().public_bytes_raw()),
    lambda message: WITNESS_KEY.sign(message, b""),
    NOW,
)


class Told:
    """A log of so many entries, as it presents itself to a witness."""

    def __init__(self, n_entries: int, *, story: str = "true", fork_at: int = 0) -> None:
        words = [("true" if seq < fork_at else story, seq) for seq in range(n_entries)]
        self.all = [merkle.leaf_hash(f"{word} {seq}".encode()) for word, seq in words]

    def note(self, size: int, *, origin: str = ORIGIN, key: MLDSA44PrivateKey = KEY) -> bytes:
        head = Checkpoint(origin, size, merkle.subtree_of(self.all)(0, size))
        cosigner = Cosigner(origin, key.public_key().public_bytes_raw())
        at = int(NOW.timestamp())
        signed = key.sign(checkpoint.cosigned_message(origin, at, head), b"")
        return checkpoint.note(head, [checkpoint.signature_line(cosigner, at, signed)])

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return merkle.consistency_proof(old, new, merkle.subtree_of(self.all))

    def leaves(self, begin: int, end: int) -> list[bytes]:
        return self.all[begin:end]


@pytest.fixture
def witness(tmp_path) -> DirectoryWitness:
    (tmp_path / "witness").mkdir()
    return DirectoryWitness(tmp_path / "witness")


def shown(witness: DirectoryWitness, log: Told, size: int, *, note: bytes | None = None, **changes) -> bool:
    presented = {"consistency": log.consistency, "leaves": log.leaves} | changes
    return witness.observe(note or log.note(size), cosigners=[LOG], **presented)


def refused(witness: DirectoryWitness, log: Told, size: int, **changes) -> str:
    before = state(witness)
    with pytest.raises(IntegrityError) as error:
        shown(witness, log, size, **changes)
    newest = witness.newest()
    assert state(witness) == before, "a refused checkpoint left something"
    assert newest is None or newest.size in {int(name.stem) for name in before if name.suffix == ".txt"}
    return error.value.code + ": " + error.value.message


def state(witness: DirectoryWitness) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() for path in witness.path.rglob("*") if path.is_file() and path.name != ".lock"
    }


@pytest.mark.parametrize("sizes", [[1], [1, 2, 3], [7, 8, 9], [255, 256, 257], [1, 600]], ids=str)
def test_a_growing_log_is_taken_with_every_leaf(witness, sizes):
    log = Told(600)
    for size in sizes:
        assert shown(witness, log, size)
        assert witness.newest() == Checkpoint(ORIGIN, size, merkle.subtree_of(log.all)(0, size))
        assert witness.leaves() == b"".join(log.all[:size])


def test_what_it_holds_already_is_nothing_new(witness):
    log = Told(20)
    for size in (5, 12):
        assert shown(witness, log, size)
    assert not shown(witness, log, 12)
    assert not shown(witness, log, 5)


def test_an_older_checkpoint_of_the_same_log_is_nothing_new_though_it_was_never_shown(witness):
    """Two runs that end together show theirs in any order."""
    log = Told(20)
    shown(witness, log, 12)
    before = state(witness)
    assert not shown(witness, log, 7)
    assert state(witness) == before


@pytest.mark.parametrize("size", [1, 7, 12])
def test_an_older_checkpoint_of_another_log_is_refused_with_both_sizes(witness, size):
    shown(witness, Told(20), 12)
    message = refused(witness, Told(20, story="forged", fork_at=0), size)
    assert message.startswith("witness-refused")
    assert f"of {size} entries" in message
    assert "12 entries" in message


def test_an_older_checkpoint_without_a_proof_is_refused(witness):
    log = Told(20)
    shown(witness, log, 12)
    message = refused(witness, log, 7, consistency=lambda old, new: ())
    assert message.startswith("witness-refused")


@pytest.mark.parametrize("fork_at", [0, 1, 6, 11], ids=lambda at: f"from-entry-{at}")
@pytest.mark.parametrize("size", [12, 13, 20], ids=lambda size: f"to-size-{size}")
def test_a_rewritten_log_is_refused(witness, fork_at, size):
    shown(witness, Told(12), 12)
    assert refused(witness, Told(20, story="forged", fork_at=fork_at), size).startswith("witness-refused")


def test_a_log_that_forks_after_what_the_witness_knows_is_taken(witness):
    shown(witness, Told(12), 12)
    assert shown(witness, Told(20, story="another", fork_at=12), 20)


def test_leaves_that_do_not_make_the_root_are_refused(witness):
    log, other = Told(20), Told(20, story="forged", fork_at=15)
    shown(witness, log, 12)
    assert refused(witness, log, 20, leaves=other.leaves).startswith("witness-refused")
    assert refused(witness, log, 20, leaves=lambda begin, end: log.all[begin : end - 1]).startswith(
        "witness-refused"
    )


def test_without_a_consistency_proof_nothing_is_taken(witness):
    log = Told(20)
    shown(witness, log, 12)
    assert refused(witness, log, 20, consistency=lambda old, new: ()).startswith("witness-refused")


def test_an_unsigned_or_foreign_checkpoint_is_refused(witness):
    log, thief = Told(20), MLDSA44PrivateKey.from_seed_bytes(b"t" * 32)
    shown(witness, log, 12)
    assert refused(witness, log, 20, note=log.note(20, key=thief)).startswith("checkpoint-invalid")
    assert refused(witness, log, 20, note=b"no note").startswith("checkpoint-invalid")


def test_another_logs_checkpoint_is_refused(witness):
    log, foreign = Told(20), "atomq/fedcba9876543210"
    shown(witness, log, 12)
    with pytest.raises(IntegrityError):
        witness.observe(
            log.note(20, origin=foreign),
            cosigners=[Cosigner(foreign, LOG.public)],
            consistency=log.consistency,
            leaves=log.leaves,
        )


@pytest.mark.parametrize("n_torn", [1, 8, 200])
def test_leaves_that_a_crash_left_beyond_the_newest_note_are_cut_by_the_next(witness, n_torn):
    log = Told(20)
    shown(witness, log, 12)
    with (witness.path / "leaves").open("ab") as file:
        file.write(b"torn" * n_torn)
    assert shown(witness, log, 13)
    assert witness.leaves() == b"".join(log.all[:13])


def test_leaves_that_were_lost_stop_the_witness(witness):
    log = Told(20)
    shown(witness, log, 12)
    (witness.path / "leaves").write_bytes(b"".join(log.all[:5]))
    assert refused(witness, log, 20).startswith("witness-refused")


def test_a_witness_key_cosigns_what_is_taken(witness):
    log = Told(20)
    assert shown(witness, log, 12, hand=HAND)
    (path,) = (witness.path / "checkpoints").glob("*.txt")
    assert path.name == "000000000012.txt"
    _, signed = checkpoint.open_note(path.read_bytes(), [LOG, HAND.cosigner])
    assert [cosignature.name for cosignature in signed] == [ORIGIN, f"{ORIGIN}/local"]


def test_a_missing_directory_is_unavailable_and_not_made(tmp_path):
    with pytest.raises(UnavailableError) as error:
        shown(DirectoryWitness(tmp_path / "unmounted"), Told(3), 3)
    assert error.value.code == "witness-absent"
    assert not (tmp_path / "unmounted").exists()


def test_a_directory_beside_the_state_folder_is_called_a_copy(witness, tmp_path):
    assert witness.kind(tmp_path) == "copy"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a directory to another user")
def test_a_directory_of_another_user_is_called_a_witness(witness, tmp_path):
    os.chown(witness.path, 65534, 65534)
    assert witness.kind(tmp_path) == "witness"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system here")
def test_a_directory_on_another_device_is_called_a_witness(tmp_path):
    other = Path("/dev/shm")
    if other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("the test folder lies on the same device")
    assert DirectoryWitness(other).kind(tmp_path) == "witness"
