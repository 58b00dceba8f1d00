"""Is every column of the table declared, and is what happens to it allowed for what it holds?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, review
from policy_checks.schemas.manifest import ColumnRule, Manifest

RULE = "columns"
IDENTIFYING = frozenset({"id", "email", "phone", "name", "birth_date", "address", "card", "national_id"})
NAMES_SHOWN_MAX = 8
ACTIONS: dict[str, frozenset[str]] = {
    "target": frozenset({"keep"}),
    "measure": frozenset({"keep", "drop"}),
    "category": frozenset({"keep", "drop", "pseudonymise"}),
    "birth_date": frozenset({"drop", "pseudonymise", "generalise"}),
    "free_text": frozenset({"drop", "keep"}),
    "other": frozenset({"drop", "pseudonymise", "mask", "keep"}),
}
FOR_IDENTITIES = frozenset({"drop", "pseudonymise", "mask"})


def columns(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny tables and declarations that do not fit each other, and identities that would be kept."""
    declared = manifest.dataset.columns
    undeclared = [name for name in facts.columns if name not in declared]
    if undeclared:
        yield deny(
            RULE,
            "P1.1",
            f"{len(undeclared)} columns of the table are not declared{_told(undeclared, manifest, facts)}",
            'declare each under [dataset.columns] with kind and action; action = "drop" is always safe',
        )
    absent = sorted(set(declared) - set(facts.columns))
    if absent:
        yield deny(
            RULE,
            "P1.1",
            f"{len(absent)} declared columns are absent from the table: {_list(absent)}",
            "remove their declarations, or point dataset.path at the table that was meant",
        )
    for name, rule in sorted(declared.items()):
        yield from _action_fits(name, rule)


def _action_fits(name: str, rule: ColumnRule) -> Iterator[Finding]:
    allowed = ACTIONS.get(rule.kind, FOR_IDENTITIES)
    if rule.action not in allowed:
        yield deny(
            RULE,
            "P1.1",
            f"column {name!r} of kind {rule.kind} may not have action {rule.action!r}",
            f"choose one of: {', '.join(sorted(allowed))}",
        )
    elif rule.action == "generalise" and rule.to is None:
        yield deny(
            RULE,
            "P1.1",
            f"column {name!r} is generalised without saying to what",
            'add to = "year" or to = "5_years"',
        )
    elif rule.kind in {"free_text", "other"} and rule.action == "keep":
        yield from _kept_with_reason(name, rule)


def _kept_with_reason(name: str, rule: ColumnRule) -> Iterator[Finding]:
    if rule.reason is None:
        yield deny(
            RULE,
            "P1.1",
            f"column {name!r} of kind {rule.kind} is kept without a reason",
            'drop it, or add reason = "…" for a reviewer to weigh',
        )
    else:
        yield review(
            RULE,
            "P1.1",
            f"column {name!r} of kind {rule.kind} is kept: names in it cannot be ruled out",
            "drop it, or have a reviewer accept the reason",
        )


def _told(undeclared: list[str], manifest: Manifest, facts: Facts) -> str:
    """Name columns only where the header is one: without any declared name it may be a person's row."""
    if not set(facts.columns) & set(manifest.dataset.columns):
        return ", and none that is declared was found: is the first line a header?"
    return f": {_list(undeclared)}"


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:NAMES_SHOWN_MAX])
    return shown if len(names) <= NAMES_SHOWN_MAX else f"{shown} and {len(names) - NAMES_SHOWN_MAX} more"
