"""What differs between two manifests, field by field; columns as counts, paths not at all."""

from collections.abc import Iterator
from typing import Any

from policy_checks.integrity import strict_json
from policy_checks.schemas.manifest import Manifest
from tasks.reporting.outlook import short
from tasks.reporting.tables import Table

DRAWN_ANEW = frozenset({"v", "id", "created", "not_before", "not_after", "parent", "tenant"})
"""They differ in each manifest, or never between two of one template."""

HIDDEN = frozenset({"dataset.path", "dataset.target", "dataset.group", "dataset.expectations"})
"""A path, or what names columns: that it changed is told, not from what to what."""

SAME = "Nothing but its window and its identity."
NOT_SHOWN, ABSENT = "not shown", "none"


def changes(before: Manifest, now: Manifest) -> Table | None:
    """Return what the later manifest asks otherwise than the earlier one, or None."""
    earlier, later = dict(_fields(before)), dict(_fields(now))
    rows = [
        (name, *(_shown(name, fields.get(name)) for fields in (earlier, later)))
        for name in {**earlier, **later}
        if earlier.get(name) != later.get(name)
    ]
    rows += _columns(before, now)
    if not rows:
        return None
    return Table(
        "Fields that differ from the approved manifest before it",
        {"Field": "code", "Before": "text", "Now": "text"},
        tuple(rows),
    )


def _fields(manifest: Manifest) -> Iterator[tuple[str, Any]]:
    for name, value in manifest.model_dump(mode="json", exclude={"dataset": {"columns"}}).items():
        if name in DRAWN_ANEW:
            continue
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", found) for inner, found in value.items())
        else:
            yield name, value


def _shown(name: str, value: Any) -> str:
    if name in HIDDEN:
        return NOT_SHOWN
    if name == "dataset.anonymity" and value is not None:
        return _anonymity(value)
    text = ABSENT if value is None or value == "" else str(value)
    return short(text) if text.startswith("sha256:") else text


def _anonymity(declared: dict[str, Any]) -> str:
    sensitive = declared["sensitive"] and NOT_SHOWN
    told = declared | {"quasi_identifiers": len(declared["quasi_identifiers"]), "sensitive": sensitive}
    return ", ".join(
        f"{field.replace('_', ' ')} {value}" for field, value in told.items() if value is not None
    )


def _columns(before: Manifest, now: Manifest) -> list[tuple[str, str, str]]:
    """Return how many columns came, went or are declared otherwise, and the digests of all declarations."""
    earlier, later = (each.dataset.columns if each.dataset else {} for each in (before, now))
    if earlier == later:
        return []
    n_other = sum(earlier[name] != later[name] for name in earlier.keys() & later.keys())
    counts = f"{len(later.keys() - earlier.keys())} added, {len(earlier.keys() - later.keys())} removed"

    return [
        ("dataset.columns", f"{len(earlier)}", f"{len(later)}: {counts}, {n_other} declared otherwise"),
        ("digest of dataset.columns", _digest(before), _digest(now)),
    ]


def _digest(manifest: Manifest) -> str:
    if manifest.dataset is None:
        return ABSENT
    declared = manifest.model_dump(mode="json")["dataset"]["columns"]
    return short(strict_json.digest(strict_json.dumps(declared)))
