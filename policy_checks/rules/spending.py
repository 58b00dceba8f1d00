"""Does the run fit what its own submitter wants to spend at most?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Manifest

RULE = "spending"


def spending(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny runs that are predicted to exceed the limits in their own manifest."""
    wanted, predicted = manifest.limits, facts.estimate
    if predicted.quantum_s > wanted.quantum_s_max:
        yield deny(
            RULE,
            "P3.3",
            f"{predicted.quantum_s:,.1f} quantum seconds predicted, {wanted.quantum_s_max:g} allowed by the manifest",
            "raise limits.quantum_s_max, or make the circuit smaller",
        )
    if predicted.cost_eur > wanted.cost_eur_max:
        yield deny(
            RULE,
            "P5.3",
            f"{predicted.cost_eur:,f} EUR predicted, {wanted.cost_eur_max} EUR allowed by the manifest",
            "raise limits.cost_eur_max, or make the job smaller",
        )
