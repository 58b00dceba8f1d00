"""One pass over the log: is it whole, what does it say of keys, documents and runs, which roots did it have?

Memory grows with the number of runs and of entries that no witness knows yet, not with the log.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from policy_checks.errors import AtomqError
from policy_checks.integrity import hash_chain
from policy_checks.integrity.log_line import TAIL_BYTES, BrokenAt, Row
from policy_checks.integrity.merkle import HASH_BYTES
from policy_checks.integrity.verification import FOREIGN, Fault, Verification
from policy_checks.schemas.audit import EntryType

Lines = Callable[[], Iterable[Sequence[Row]]]
_RUN, _EFFECT, _DATA = b'"run":"', b'"effect":"', b'"data":{'
RUN_BYTES = 36


def _tail(kind: EntryType) -> bytes:
    """Return the last bytes of a line of this type: as many as tell it from every other."""
    return f'"type":"{kind}","v":1}}'.encode()[-TAIL_BYTES:]


_INTENT, _COMPLETED = _tail("intent"), _tail("completed")
_GOVERNING = {
    _tail(kind) for kind in ("keyring.created", "keyring.rotated", "keyring.changed", "document.adopted")
}
_FINISHED, _FAILED = _tail("run.completed"), _tail("run.failed")
_APPROVAL = {
    _tail(kind)
    for kind in ("approval.asked", "approval.given", "approval.rejected", "standing.used", "run.cleared")
}
_OUTCOMES = {_FINISHED, _FAILED, _tail("run.admitted"), _tail("run.denied")}


class Entry(NamedTuple):
    """An entry that later steps need, as its verified line."""

    seq: int
    body: bytes

    @classmethod
    def of(cls, body: bytes) -> "Entry":
        """Return the entry of a verified line."""
        return cls(json.loads(body)["seq"], body)

    def fields(self) -> dict[str, Any]:
        """Return what the line says."""
        found: dict[str, Any] = json.loads(self.body)
        return found


def moment(fields: Mapping[str, Any]) -> datetime:
    """Return when an entry was written."""
    return datetime.fromisoformat(fields["ts"])


@dataclass(frozen=True)
class RunFacts:
    """What the log says of one run.

    Attributes:
        results: what the entry of each completed effect says of it.
        approval: entries about asking people, and the last look before the start.
    """

    decided: Entry | None = None
    completed: Entry | None = None
    results: bytes = b""
    approval: tuple[Entry, ...] = ()

    def digests(self) -> dict[str, str]:
        """Return the digest of each effect's result."""
        found = json.loads(b"[" + self.results.rstrip(b",") + b"]")
        return {data["effect"]: data["digest"] for data in found}


@dataclass
class LogFacts:
    """The log as one pass saw it.

    Attributes:
        witnessed: how many entries witnesses claim to know; what follows is searched for replayed events.
        size: entries that verified, from the first on.
        whole: every entry that there is did.
        roots: the tree's root at each size that was asked for.
        pending: run and effect of each intent without an end, and its position.
        decided, completed, results, approval: by run, lines or parts of lines: bytes, which the collector never visits.
        differs: first position where the log differs from the leaves that a witness holds.
    """

    found: Verification
    sizes: Collection[int]
    mirrors: Mapping[str, bytes] = field(default_factory=dict)
    only: str | None = None
    witnessed: int = 0
    size: int = 0
    whole: bool = True
    roots: dict[int, bytes] = field(default_factory=dict)
    differs: dict[str, int] = field(default_factory=dict)
    governing: list[Entry] = field(default_factory=list)
    decided: dict[bytes, bytes] = field(default_factory=dict)
    completed: dict[bytes, bytes] = field(default_factory=dict)
    results: dict[bytes, bytes] = field(default_factory=dict)
    approval: dict[bytes, list[bytes]] = field(default_factory=dict)
    pending: dict[bytes, int] = field(default_factory=dict)
    unwitnessed: dict[str, int] = field(default_factory=dict)

    def run(self, run: str) -> RunFacts | None:
        """Return what the log says of a run, or None."""
        name = run.encode()
        found = [self.decided.get(name), self.completed.get(name)]
        if found == [None, None] and name not in self.results:
            return None
        decided, completed = (Entry.of(body) if body else None for body in found)
        approval = tuple(Entry.of(body) for body in self.approval.get(name, ()))
        return RunFacts(decided, completed, self.results.get(name, b""), approval)

    def read(self, lines: Lines) -> None:
        """Take in every line; what breaks the chain is a fault at its position, and ends the reading."""
        roots = hash_chain.Roots(self.sizes)
        try:
            for batch in hash_chain.walk(self._compared(lines()), roots):
                self._take(batch)
                if batch[-1][0] >= self.witnessed:
                    self._watch(batch)
            self._look_back(lines)
        except BrokenAt as error:
            self.whole = False
            self.found.faults.append(Fault(error.code, error.message, error.remedy, error.seq))
        except AtomqError as error:
            self.whole = False
            self.found.faults.append(Fault(error.code, error.message, error.remedy, roots.frontier.size))
        except FOREIGN:
            self.whole = False
            self.found.fault(
                "audit-unreadable", "The log holds something else than entries.", roots.frontier.size
            )
        self.size, self.roots = roots.frontier.size, roots.at
        self.roots[self.size] = roots.frontier.root()
        self.found.counts["entries"] = self.size

    def _watch(self, batch: Sequence[Row]) -> None:
        for seq, event, _, _ in batch:
            if seq >= self.witnessed and self.unwitnessed.setdefault(event, seq) != seq:
                self._repeated(seq)

    def _look_back(self, lines: Lines) -> None:
        """Find events of the unwitnessed end that an earlier entry bears: replayed, past the table's index."""
        if not self.unwitnessed or not self.witnessed:
            return
        for batch in lines():
            before = [row[1] for row in batch if row[0] < self.witnessed]
            for event in self.unwitnessed.keys() & set(before):
                self._repeated(self.unwitnessed[event])
            if len(before) < len(batch):
                return

    def _repeated(self, seq: int) -> None:
        self.found.fault("event-repeated", f"Entry {seq} bears the event of an entry before it.", seq)

    def _compared(self, batches: Iterable[Sequence[Row]]) -> Iterator[Sequence[Row]]:
        """Pass batches on, after comparing stored leaves with those that witnesses hold."""
        position = 0
        for batch in batches:
            for name, mirror in self.mirrors.items():
                expected = mirror[position * HASH_BYTES : (position + len(batch)) * HASH_BYTES]
                if name not in self.differs and expected:
                    self._compare(name, batch, expected, position)
            position += len(batch)
            yield batch

    def _compare(self, name: str, batch: Sequence[Row], expected: bytes, position: int) -> None:
        stored = [row[2] for row in batch[: len(expected) // HASH_BYTES]]
        if b"".join(stored) == expected:
            return
        for at, leaf in enumerate(stored):
            if leaf != expected[at * HASH_BYTES : (at + 1) * HASH_BYTES]:
                self.differs[name] = position + at
                return

    def _take(self, batch: Sequence[Row]) -> None:
        """Keep what later steps need. A million lines come by here, so most cost two searches and no object."""
        results, pending, only = self.results, self.pending, self.only and self.only.encode()
        for seq, _, _, body in batch:
            tail = body[-TAIL_BYTES:]
            at = body.rfind(_RUN) + len(_RUN)  # from behind: it stands in a line's last third
            run = body[at : at + RUN_BYTES]
            if at < len(_RUN) or (only and run != only):
                if tail in _GOVERNING:
                    self.governing.append(Entry(seq, body))
            elif tail == _INTENT:
                at = body.find(_EFFECT) + len(_EFFECT)
                pending[run + body[at : body.find(b'"', at)]] = seq
            elif tail == _COMPLETED:
                at = body.find(_EFFECT) + len(_EFFECT)
                end = body.find(b'"', at)
                if pending.pop(run + body[at:end], None) is None:
                    self._unintended(seq)
                said = body[body.find(_DATA) + len(_DATA) - 1 : end + 2] + b","
                results[run] = results.get(run, b"") + said
            elif tail in _GOVERNING:
                self.governing.append(Entry(seq, body))
            elif tail in _APPROVAL:
                self.approval.setdefault(run, []).append(body)
            elif tail in _OUTCOMES:
                self._outcome(tail, run, seq, body)

    def _outcome(self, tail: bytes, run: bytes, seq: int, body: bytes) -> None:
        if tail == _FAILED:
            for key in [key for key in self.pending if key.startswith(run)]:
                del self.pending[key]
            return
        first = (self.completed if tail == _FINISHED else self.decided).setdefault(run, body)
        if first is not body:
            told = f"Entry {seq} says of a run what entry {Entry.of(first).seq} said already."
            self.found.fault("entry-repeated", told, seq)

    def _unintended(self, seq: int) -> None:
        self.found.fault("intent-absent", f"Entry {seq} completes what no entry before it intends.", seq)
