"""Judge a manifest by every rule and return one decision with all findings."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from policy_checks.facts import Facts
from policy_checks.rules.allowances import allowances
from policy_checks.rules.attack_patterns import attack_patterns
from policy_checks.rules.budgets import budgets
from policy_checks.rules.circuit_limits import circuit_limits
from policy_checks.rules.claims import claims
from policy_checks.rules.columns import columns
from policy_checks.rules.disclosure import disclosure
from policy_checks.rules.governing import governing
from policy_checks.rules.key_age import key_age
from policy_checks.rules.mode import mode
from policy_checks.rules.provenance import provenance
from policy_checks.rules.purpose import purpose
from policy_checks.rules.quota import quota
from policy_checks.rules.spending import spending
from policy_checks.schemas.base import Digest
from policy_checks.schemas.decision import Decision, Effect, Finding
from policy_checks.schemas.manifest import Manifest

Rule = Callable[[Manifest, Facts], Iterator[Finding]]

ADMISSION: tuple[Rule, ...] = (
    mode, purpose, columns, allowances, disclosure, circuit_limits, attack_patterns, budgets, spending, quota,
    claims, provenance, key_age, governing,
)  # fmt: skip
WEIGHT: dict[str, int] = {"note": 0, "review": 1, "deny": 2}
EFFECTS: tuple[Effect, ...] = ("allow", "review", "deny")


def gravest(findings: Iterable[Finding]) -> Effect:
    """Return what the findings come to together; notes stop nothing."""
    return EFFECTS[max((WEIGHT[finding.effect] for finding in findings), default=0)]


def evaluate(manifest: Manifest, digest: Digest, facts: Facts, rules: Sequence[Rule] = ADMISSION) -> Decision:
    """Return the decision over all findings, the gravest first.

    Raises:
        ValueError: there is no rule to judge by; an empty policy allows nothing.
    """
    if not rules:
        raise ValueError("an empty policy cannot judge")
    findings = [finding for rule in rules for finding in rule(manifest, facts)]
    findings.sort(key=lambda finding: -WEIGHT[finding.effect])
    return Decision(
        manifest=digest,
        kind=manifest.kind,
        mode=manifest.mode,
        effect=gravest(findings),
        findings=tuple(findings),
        estimate=facts.estimate,
        policy=facts.governing.policy,
        tenants=facts.governing.tenants,
        tariff=facts.governing.tariff,
        decided_at=facts.now,
    )
