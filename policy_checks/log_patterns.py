"""What the log shows of attacks that no single run shows: replay, downgrade, billing evasion.

One pass over verified entries, oldest first. Memory grows with runs, not with entries.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.pattern import PatternId

DOCUMENTS = ("policy", "tenants", "tariff")
ADOPTION = timedelta(minutes=1)
"""A run may have read its documents so long before another process replaced them."""

WITHHELD_MAX = 2
"""Runs of one manifest that computed an answer and did not complete: machines do crash."""

ANSWERED = frozenset({"evaluate", "solve"})


@dataclass(frozen=True)
class Trace:
    """An entry of the attack catalogue, found in the log.

    Attributes:
        at: number of the log's entry that completes the evidence.
        run: of that entry.
    """

    id: PatternId
    at: int
    run: str | None
    tenant: str | None
    manifest: str | None


class Traces:
    """Follows the log's entries in their order."""

    def __init__(self) -> None:
        self._watches = (_Replay(), _Downgrade(), _Evasion())

    def of(self, entry: AuditEntry) -> list[Trace]:
        """Return what this entry completes the evidence of."""
        return [
            Trace(watch.id, entry.seq, entry.run, entry.tenant, entry.manifest)
            for watch in self._watches
            if watch.sees(entry)
        ]


class _Replay:
    """One manifest that another run completes again."""

    id = "manifest-replay"

    def __init__(self) -> None:
        self._completed: dict[str, str] = {}

    def sees(self, entry: AuditEntry) -> bool:
        if entry.type != "run.completed" or entry.manifest is None or entry.run is None:
            return False
        return self._completed.setdefault(entry.manifest, entry.run) != entry.run


class _Downgrade:
    """A run that was admitted under a document that had been replaced before."""

    id = "downgrade"

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}
        self._replaced: dict[str, datetime] = {}

    def sees(self, entry: AuditEntry) -> bool:
        if entry.type == "document.adopted":
            self._adopt(str(entry.data["document"]), str(entry.data["digest"]), _moment(entry))
        if entry.type != "run.admitted":
            return False
        ended = (self._replaced.get(str(entry.data[name])) for name in DOCUMENTS)
        return any(end is not None and _moment(entry) - end > ADOPTION for end in ended)

    def _adopt(self, name: str, digest: str, now: datetime) -> None:
        before = self._newest.get(name)
        self._newest[name] = digest
        self._replaced.pop(digest, None)
        if before not in (None, digest):
            self._replaced[str(before)] = now


class _Evasion:
    """A manifest whose runs compute answers and end before they are billed, more often than machines crash."""

    id = "billing-evasion"

    def __init__(self) -> None:
        self._answered: set[str] = set()
        self._withheld: dict[str, int] = defaultdict(int)

    def sees(self, entry: AuditEntry) -> bool:
        if entry.run is None:
            return False
        if entry.type == "completed" and entry.data["effect"] in ANSWERED:
            self._answered.add(entry.run)
        if entry.type == "run.completed":
            self._answered.discard(entry.run)
        if entry.type != "run.failed" or entry.run not in self._answered:
            return False
        self._answered.discard(entry.run)
        whose = entry.manifest or entry.tenant or ""
        self._withheld[whose] += 1
        return self._withheld[whose] > WITHHELD_MAX


def _moment(entry: AuditEntry) -> datetime:
    return datetime.fromisoformat(entry.ts)
