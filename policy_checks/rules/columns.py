"""Is every column of the table declared, and is what happens to it allowed for what it holds?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.dataset import ColumnRule
from policy_checks.schemas.decision import Finding, deny, note, review
from policy_checks.schemas.manifest import Manifest

RULE = "columns"
NAMES_SHOWN_MAX = 8
ACTIONS: dict[str, frozenset[str]] = {
    "target": frozenset({"keep"}),
    "measure": frozenset({"keep", "drop", "generalise"}),
    "category": frozenset({"keep", "drop", "pseudonymise"}),
    "birth_date": frozenset({"drop", "pseudonymise", "generalise"}),
    "address": frozenset({"drop", "pseudonymise", "mask", "generalise"}),
    "free_text": frozenset({"drop", "keep"}),
    "other": frozenset({"drop", "pseudonymise", "mask", "keep"}),
}
FOR_IDENTITIES = frozenset({"drop", "pseudonymise", "mask"})
GENERALISED = {"birth_date": "to", "address": "prefix", "measure": "bin_width"}
EXAMPLES = {
    "birth_date": 'to = "year" or to = "5_years"',
    "address": "prefix = 3, the first characters of a postcode",
    "measure": "bin_width = 10.0, in the measure's own unit",
}
PREFIX_UNSEEN_MAX = 3


def columns(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny tables and declarations that do not fit each other, and identities that would be kept."""
    if manifest.dataset is None:
        return
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
    for warning in facts.warnings:
        yield note(RULE, "P1.1", warning, "write the table again, in smaller row groups")


def _action_fits(name: str, rule: ColumnRule) -> Iterator[Finding]:
    allowed = ACTIONS.get(rule.kind, FOR_IDENTITIES)
    if rule.action not in allowed:
        yield deny(
            RULE,
            "P1.1",
            f"column {name!r} of kind {rule.kind} may not have action {rule.action!r}",
            f"choose one of: {', '.join(sorted(allowed))}",
        )
        return
    if rule.kind in {"free_text", "other"} and rule.action == "keep":
        yield from _kept_with_reason(name, rule)
    if rule.action == "generalise":
        yield from _generalised(name, rule)
    idle = sorted(_given(rule) - _meant(rule))
    if idle:
        yield deny(
            RULE,
            "P1.1",
            f"column {name!r} of kind {rule.kind} with action {rule.action!r} says {', '.join(idle)}, "
            "which changes nothing there",
            "remove it, or correct kind and action",
        )


def _generalised(name: str, rule: ColumnRule) -> Iterator[Finding]:
    if getattr(rule, GENERALISED[rule.kind]) is None:
        yield deny(
            RULE,
            "P1.1",
            f"column {name!r} is generalised without saying to what",
            f"add {EXAMPLES[rule.kind]}",
        )
    elif rule.prefix is not None and rule.prefix > PREFIX_UNSEEN_MAX:
        yield review(
            RULE,
            "P1.1",
            f"{rule.prefix} characters of column {name!r} are kept, {PREFIX_UNSEEN_MAX} without asking: "
            "they may lead to a street",
            f"set prefix = {PREFIX_UNSEEN_MAX}, or have a reviewer accept it",
        )


def _given(rule: ColumnRule) -> set[str]:
    said = {
        name
        for name in ("to", "prefix", "bin_width", "minimum", "maximum", "values")
        if getattr(rule, name) is not None
    }
    return said | ({"missing"} if rule.missing == "impute" else set())


def _meant(rule: ColumnRule) -> set[str]:
    """Return the fields that change something for a column of this kind and action."""
    if rule.action == "generalise":
        return {GENERALISED[rule.kind]} | ({"missing"} if rule.kind == "measure" else set())
    if rule.action != "keep":
        return set()
    return {
        "measure": {"minimum", "maximum", "missing"},
        "category": {"values", "missing"},
        "target": {"values"},
    }.get(rule.kind, set())


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
    if not set(facts.columns) & set(manifest.table.columns):
        return ", and none that is declared was found: is the first line a header?"
    return f": {_list(undeclared)}"


def _list(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:NAMES_SHOWN_MAX])
    return shown if len(names) <= NAMES_SHOWN_MAX else f"{shown} and {len(names) - NAMES_SHOWN_MAX} more"
