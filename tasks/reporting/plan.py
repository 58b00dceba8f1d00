"""The plan of a run, before anything has run: what it will do and need, and who has to be asked."""

from collections.abc import Iterator

from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Policy, Tiers
from policy_checks.schemas.manifest import Manifest
from tasks.reporting import outlook
from tasks.reporting.markdown import facts, prose, table
from tasks.reporting.tables import judged_at

ESTIMATED = "Everything here is predicted before the run; an estimate is never a charge."
NOTHING = "Nothing has to change: nobody is asked."


def render(
    manifest: Manifest,
    decision: Decision,
    policy: Policy,
    tiers: Tiers,
    profile: CircuitProfile,
    *,
    tenant: str,
    tier: str,
) -> str:
    """Return the plan as Markdown.

    Args:
        tiers: the tenant's, inside the policy's bounds.
        profile: sizes of the manifest's circuit.
        tenant: its pseudonym.
        tier: who is asked, in words: "automatic", "needs 1 reviewer", "denied".
    """
    return "\n\n".join(_blocks(manifest, decision, policy, tiers, profile, tenant, tier)) + "\n"


def _blocks(
    manifest: Manifest,
    decision: Decision,
    policy: Policy,
    tiers: Tiers,
    profile: CircuitProfile,
    tenant: str,
    tier: str,
) -> Iterator[str]:
    yield f"## Plan: {prose(tier)}"
    yield f"{ESTIMATED} Judged on {judged_at(decision)}."
    yield "### What will run"
    yield facts(outlook.facts(manifest, decision, profile, tenant))
    yield "### What it needs"
    yield table(outlook.needs(manifest, decision, policy, tiers, profile))
    yield "### What would make it automatic"
    remedies = outlook.remedies(decision.findings)
    yield "\n".join(f"- {prose(remedy)}" for remedy in remedies) or NOTHING
    if decision.findings:
        yield "### Findings"
        yield table(outlook.findings(decision.findings))
