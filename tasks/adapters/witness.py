"""A directory that keeps checkpoints of the log and every leaf hash: what tells where a log was rewritten.

It may belong to another user, or lie on another machine's mount: then it is a witness, otherwise a copy.
`checkpoints/<size>.txt` are notes, `leaves` holds 32 bytes an entry.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import checkpoint, merkle
from policy_checks.integrity.checkpoint import Checkpoint, Cosigner
from policy_checks.integrity.merkle import HASH_BYTES
from tasks.adapters.files import locked, open_shared, unwritable, write_whole

Proof = Callable[[int, int], Sequence[bytes]]
Leaves = Callable[[int, int], Sequence[bytes]]


@dataclass(frozen=True)
class Hand:
    """A witness key: its public half under the witness's name, what signs with it, and the moment."""

    cosigner: Cosigner
    sign: Callable[[bytes], bytes]
    now: datetime

    def line(self, head: Checkpoint) -> bytes:
        """Return the line that vouches for a checkpoint."""
        at = int(self.now.timestamp())
        message = checkpoint.cosigned_message(self.cosigner.name, at, head)
        return checkpoint.signature_line(self.cosigner, at, self.sign(message))


@dataclass(frozen=True)
class DirectoryWitness:
    """One witness's directory."""

    path: Path

    def newest(self) -> Checkpoint | None:
        """Return the newest checkpoint that it holds, or None.

        Raises:
            IntegrityError: its newest note is none.
        """
        found = sorted((self.path / "checkpoints").glob("*.txt"))
        return checkpoint.parse(found[-1].read_bytes())[0] if found else None

    def leaves(self) -> bytes | None:
        """Return every leaf hash that it holds, or None."""
        try:
            return (self.path / "leaves").read_bytes()
        except OSError:
            return None

    def kind(self, home: Path) -> Literal["copy", "witness"]:
        """Return whether somebody who can rewrite the state folder can rewrite this directory too: a copy.

        Told by the device and by the owner; who shares an administrator shares more than this shows.
        """
        here, there = home.stat(), self.path.stat()
        return "witness" if (here.st_dev, here.st_uid) != (there.st_dev, there.st_uid) else "copy"

    def observe(
        self,
        note: bytes,
        *,
        cosigners: Sequence[Cosigner],
        consistency: Proof,
        leaves: Leaves,
        hand: Hand | None = None,
    ) -> bool:
        """Take a checkpoint if it continues what this witness holds; return whether it was new.

        Durable when this returns.

        Args:
            cosigners: the log's own keys.
            consistency: gives the proof between two sizes of the log.
            leaves: gives the log's leaf hashes [begin, end).
            hand: signs what is taken.

        Raises:
            IntegrityError: unsigned, or of a log that does not continue the one that this witness knows.
            UnavailableError: the directory is gone or cannot be written.
        """
        self._require_there()
        head, _ = checkpoint.open_note(note, cosigners)
        with locked(self.path / ".lock"):
            newest = self.newest()
            if newest is not None and head.size <= newest.size:
                self._require_known(head, newest, consistency)
                return False
            held = newest.size if newest else 0
            self._require_continued(head, newest, consistency)
            grown = self._grown(head, held, leaves)
            self._append(grown, held)
            # A crash here leaves leaves beyond the newest note; nobody reads them, and the next call cuts them.
            whole = checkpoint.add_line(note, hand.line(head)) if hand else note
            write_whole(self._place(head.size), whole, mode=0o644)
            return True

    def _require_there(self) -> None:
        if not self.path.is_dir():
            raise UnavailableError(
                "witness-absent",
                f"There is no witness at {self.path}.",
                "Mount it, or correct ATOMQ_WITNESS.",
            )
        try:
            (self.path / "checkpoints").mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(error) from None

    def _require_known(self, head: Checkpoint, newest: Checkpoint, consistency: Proof) -> None:
        """Two runs that end together may show their checkpoints in the wrong order: what is held continues both."""
        if head.origin != newest.origin:
            raise _refused(head, newest.size, "it is another log's")
        try:
            proof = consistency(head.size, newest.size)
            merkle.verify_consistency(head.size, newest.size, head.root, newest.root, proof)
        except (IntegrityError, ValueError):
            raise _refused(head, newest.size, "nothing shows that what is held continues it") from None

    def _require_continued(self, head: Checkpoint, newest: Checkpoint | None, consistency: Proof) -> None:
        if newest is None:
            return
        if head.origin != newest.origin:
            raise _refused(head, newest.size, "it is another log's")
        try:
            proof = consistency(newest.size, head.size)
            merkle.verify_consistency(newest.size, head.size, newest.root, head.root, proof)
        except (IntegrityError, ValueError):
            raise _refused(head, newest.size, "nothing shows that it continues the older one") from None

    def _grown(self, head: Checkpoint, held: int, leaves: Leaves) -> bytes:
        """Return the leaves to be appended, after seeing that all together make the checkpoint's root."""
        kept = (self.leaves() or b"")[: held * HASH_BYTES]
        new = b"".join(leaves(held, head.size))
        everything = kept + new
        frontier = merkle.Frontier()
        frontier.extend(everything[at : at + HASH_BYTES] for at in range(0, len(everything), HASH_BYTES))
        if len(everything) != head.size * HASH_BYTES or frontier.root() != head.root:
            raise _refused(head, held, "its leaves do not make its root")
        return new

    def _append(self, new: bytes, held: int) -> None:
        try:
            descriptor = open_shared(self.path / "leaves", os.O_WRONLY, mode=0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.truncate(held * HASH_BYTES)
                file.seek(held * HASH_BYTES)
                file.write(new)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise unwritable(error) from None

    def _place(self, size: int) -> Path:
        return self.path / "checkpoints" / f"{size:012d}.txt"


def _refused(head: Checkpoint, held: int, why: str) -> IntegrityError:
    return IntegrityError(
        "witness-refused",
        f"A witness that holds {held} entries refused a checkpoint of {head.size} entries: {why}.",
        "Stop, delete nothing, and tell the security team: the log may have been rewritten.",
    )
