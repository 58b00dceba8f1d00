"""Did the scan find a published attack or a forbidden purpose in the circuit, and how grave is it?"""

from collections.abc import Iterable, Iterator, Sequence

from policy_checks.attack_catalogue import CATALOGUE, PREVENTIVE, Entry, Gravity
from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, FindingEffect
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.pattern import Pattern

RULE = "attack_patterns"
EFFECTS: dict[Gravity, FindingEffect] = {
    "critical": "deny",
    "high": "review",
    "medium": "review",
    "low": "note",
}
LINES_TOLD_MAX = 8


def attack_patterns(_: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny what is certain, send what may be honest to people."""
    yield from told(facts.patterns)


def told(patterns: Iterable[Pattern]) -> Iterator[Finding]:
    """Yield a finding for each entry of the catalogue that was found, with its lines."""
    every: dict[str, list[Pattern]] = {}
    for pattern in patterns:
        every.setdefault(pattern.id, []).append(pattern)
    for name, found in every.items():
        entry = CATALOGUE.get(name)
        yield _unknown(name) if entry is None else _finding(entry, found)


def _finding(entry: Entry, found: Sequence[Pattern]) -> Finding:
    """Name the entry, where and why it was found, and whether a simulator could show the harm."""
    preventive = "" if entry.verified else f"; {PREVENTIVE}"
    where = _lines(found)
    return Finding(
        rule=RULE,
        clause=entry.clause,
        effect=EFFECTS[entry.severity],
        severity=entry.severity,
        message=f"{entry.title} ({entry.citation}){where and ', '}{where}: {found[0].evidence}{preventive}",
        remedy=entry.remedy,
    )


def _lines(found: Sequence[Pattern]) -> str:
    lines = sorted({pattern.line for pattern in found if pattern.line})
    if not lines:
        return ""
    told = ", ".join(str(line) for line in lines[:LINES_TOLD_MAX])
    more = len(lines) - LINES_TOLD_MAX
    return f"line{'s' * (len(lines) > 1)} {told}" + (f" and {more} more" if more > 0 else "")


def _unknown(name: str) -> Finding:
    return Finding(
        rule=RULE,
        clause="C.4",
        effect="deny",
        severity="critical",
        message=f"the scan reports {name!r}, which the attack catalogue does not hold",
        remedy="update policy_checks.attack_catalogue together with the scan",
    )
