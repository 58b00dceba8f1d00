"""Manifests, facts and governing documents for tests: valid, with the one thing changed that a test is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from policy_checks.evaluate import evaluate
from policy_checks.facts import Facts, GoverningDigests
from policy_checks.integrity import strict_json
from policy_checks.schemas.decision import Decision, Estimate
from policy_checks.schemas.governing import Policy, Tariff, Tenants
from policy_checks.schemas.manifest import Code, Manifest
from policy_checks.schemas.reading import from_toml
from tasks.quantum.inspect import profile

PROJECT = Path(__file__).parents[1]
DEFAULTS = PROJECT / "deployments" / "defaults"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DIGEST = "sha256:" + "1" * 64
CODE = Code(lock=DIGEST, git="a" * 40)
COLUMNS = {
    "age": {"kind": "measure", "action": "keep"},
    "email": {"kind": "email", "action": "drop"},
    "outcome": {"kind": "target", "action": "keep"},
}


def the_policy() -> Policy:
    """The shipped policy document."""
    return from_toml(Policy, (DEFAULTS / "policy.toml").read_text())


def the_tenants() -> Tenants:
    """The shipped tenants document."""
    return from_toml(Tenants, (DEFAULTS / "tenants.toml").read_text())


def the_tariff() -> Tariff:
    """The shipped tariff."""
    return from_toml(Tariff, (DEFAULTS / "tariff.toml").read_text())


def a_manifest(**changes: Any) -> Manifest:
    """A dry run of four qubits; `section__field=value` changes a field of a section."""
    content: dict[str, Any] = {
        "v": 1,
        "id": "01a206cd-ce3b-742c-ac61-11ae724346c4",
        "submitter": "b" * 64,
        "created": NOW.isoformat(),
        "not_before": NOW.isoformat(),
        "not_after": (NOW + timedelta(hours=1)).isoformat(),
        "code": CODE.model_dump(mode="json"),
        "tenant": "sample-clinic",
        "kind": "train",
        "purpose": "qml",
        "mode": "dry_run",
        "dataset": {"path": "a.csv", "target": "outcome", "columns": dict(COLUMNS), "sha256": DIGEST},
        "circuit": {"ansatz": "angle_ring", "qubits": 4, "layers": 2},
        "execution": {"shots": 1024, "seed": 7},
        "limits": {"quantum_s_max": 60.0, "cost_eur_max": "1.00"},
    }
    for name, value in changes.items():
        section, _, field = name.partition("__")
        if field:
            content.setdefault(section, {})[field] = value
        else:
            content[section] = value
    return Manifest.model_validate_json(strict_json.dumps(content))


def the_facts(manifest: Manifest, **changes: Any) -> Facts:
    """Facts under which `a_manifest()` is allowed, with the given fields changed."""
    policy = the_policy()
    policy = policy.model_copy(update={"next_review": NOW.date()})
    facts = Facts(
        now=NOW,
        tenant=the_tenants().tenants[0],
        policy=policy,
        profile=profile(manifest.circuit, problem=manifest.problem, evolution=manifest.evolution),
        estimate=an_estimate(),
        n_test=114,
        columns=tuple(manifest.dataset.columns) if manifest.dataset else (),
        code=CODE,
        key_profile="production",
        exec_sign_until=NOW + timedelta(hours=24),
        governing=GoverningDigests(policy=DIGEST, tenants=DIGEST, tariff=DIGEST),
    )
    return replace(facts, **changes)


def a_decision(manifest: Manifest, **changes: Any) -> Decision:
    """What policy says of a manifest, with the given fields changed."""
    found = evaluate(manifest, strict_json.digest(manifest.to_bytes()), the_facts(manifest))
    return found.model_copy(update=changes)


def an_estimate(**changes: Any) -> Estimate:
    """A cheap job's estimate."""
    fields: dict[str, Any] = {
        "ccu": 100.0, "batch_s": 0.1, "quantum_s": 1.0, "peak_bytes": 6144, "cost_eur": Decimal("0.01"),
    }  # fmt: skip
    return Estimate(**(fields | changes))
