"""Is this log one unbroken chain of well-formed lines? Bodies are hashed as stored, never re-serialised."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from policy_checks.integrity import log_line
from policy_checks.integrity.keyring import SKEW
from policy_checks.integrity.log_line import BrokenAt, Row
from policy_checks.integrity.merkle import Frontier
from policy_checks.schemas.audit import GENESIS, AuditEntry

__all__ = ["BrokenAt", "Roots", "Row", "entries", "walk"]


class Roots:
    """Roots of the tree after the sizes asked for, found while a walk goes by.

    Attributes:
        frontier: the tree over every line that was found good.
        at: size -> root, for each size that the walk came past.
    """

    def __init__(self, sizes: Collection[int]) -> None:
        self.frontier = Frontier()
        self.at: dict[int, bytes] = {}
        self._ahead = deque(sorted({size for size in sizes if size >= 0}))

    def extend(self, leaves: list[bytes]) -> None:
        """Take in the next leaf hashes."""
        while self._ahead and self._ahead[0] <= self.frontier.size + len(leaves):
            cut = self._ahead.popleft() - self.frontier.size
            self.frontier.extend(leaves[:cut])
            self.at[self.frontier.size] = self.frontier.root()
            leaves = leaves[cut:]
        self.frontier.extend(leaves)


def walk(
    batches: Iterable[Sequence[Row]], roots: Roots | None = None, *, before: Row | None = None
) -> Iterator[Sequence[Row]]:
    """Yield each batch, as far as its lines stand in their place in the chain.

    Args:
        batches: lines in order, from the first on.
        roots: takes in the leaf hashes of the lines that fit; for a walk from the first line on.
        before: the line before the first one, already verified, where the walk begins in the middle.

    Raises:
        BrokenAt: names the first entry that does not fit, after the lines before it were yielded. A chain
            alone does not show that its end was cut off; receipts and checkpoints do.
    """
    chain = _Chain(before)
    for rows in batches:
        leaves: list[bytes] = []
        broken: BrokenAt | None = None
        try:
            chain.take(rows, leaves)
        except BrokenAt as error:
            broken = error
        if roots is not None:
            roots.extend(leaves)
        if leaves:
            yield rows if broken is None else rows[: len(leaves)]
        if broken is not None:
            raise broken


def entries(batches: Iterable[Sequence[Row]]) -> Iterator[AuditEntry]:
    """Yield every line as an entry, after checking its place in the chain.

    Raises:
        BrokenAt: names the first entry that does not fit.
    """
    for rows in walk(batches):
        for row in rows:
            yield AuditEntry.model_validate_json(row[3])


class _Chain:
    """The end of what was verified so far: what the next line must fit."""

    def __init__(self, before: Row | None) -> None:
        self.next, self.parent = 0, GENESIS[7:].encode()
        self.latest, self.latest_seq, self.midnight = b"", -1, b""
        if before is not None:
            self._step(before, log_line.parent_and_moment(before)[1])

    def take(self, rows: Sequence[Row], leaves: list[bytes]) -> None:
        """Check lines and append their leaf hashes, up to the first one that does not fit."""
        while (done := len(leaves)) < len(rows):
            self._run(rows[done:] if done else rows, leaves)
            if len(leaves) < len(rows):
                leaves.append(self._judge(rows[len(leaves)]))

    def _run(self, rows: Sequence[Row], leaves: list[bytes]) -> None:
        """Take the lines that fit beyond doubt and stop before any other: `_judge` decides on that one.

        One loop without a call of ours, since a million lines pass through it.
        """
        expected, parent, latest, midnight = self.next, self.parent, self.latest, self.midnight
        matchers, tail, no_type = log_line.MATCHERS, log_line.TAIL_BYTES, log_line.no_type
        try:
            for seq, event, leaf, body in rows:
                found = sha256(b"\0" + body).digest()
                match = matchers.get(body[-tail:], no_type)(body)
                if match is None:
                    break
                named_event, named_parent, number, ts = match.groups()
                if (
                    found != leaf
                    or named_parent != parent
                    or seq != expected
                    or number != b"%d" % expected
                    or named_event != event.encode()
                    or not latest <= ts < midnight
                    or not body.isascii()
                ):
                    break
                leaves.append(found)
                expected += 1
                parent, latest = found.hex().encode(), ts
        except (TypeError, AttributeError):  # a column of another type: somebody's edit, for `_judge` to say
            pass
        if expected > self.next:
            self.next, self.parent, self.latest, self.latest_seq = expected, parent, latest, expected - 1

    def _judge(self, row: Row) -> bytes:
        """Return the leaf hash of a line that fits after all; else say how it does not."""
        seq, _, leaf, _ = row
        if seq != self.next:
            raise log_line.missing(self.next)
        parent, ts = log_line.parent_and_moment(row)
        if parent != self.parent:
            names = f"entry {seq} names parent {parent[:8].decode()}…"
            but = f"entry {seq - 1} hashes to {self.parent[:8].decode()}…" if seq else "it is the first one"
            raise BrokenAt("chain-broken", seq, f"{names}, but {but}")
        if ts < self.latest and _moment(ts) < _moment(self.latest) - SKEW:
            says, said = (
                f"entry {seq} says {ts.decode()}",
                f"entry {self.latest_seq} said {self.latest.decode()}",
            )
            raise BrokenAt("clock-behind", seq, f"{says}, but {said} before it")
        self._step(row, ts)
        return leaf

    def _step(self, row: Row, ts: bytes) -> None:
        self.next, self.parent = row[0] + 1, row[2].hex().encode()
        if ts >= self.latest:
            # Behind every moment of this day, of which `_judge` saw that the calendar has it.
            self.latest, self.latest_seq, self.midnight = ts, row[0], ts[:10] + b"U"


def _moment(ts: bytes) -> datetime:
    return datetime.fromisoformat(ts.decode())
