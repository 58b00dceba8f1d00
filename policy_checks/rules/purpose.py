"""Is the declared purpose one that this tenant may pursue, and does the kind of job serve it?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Manifest

RULE = "purpose"
CLAUSES = {"qml": "R1.1", "optimisation": "R1.2", "simulation": "R1.3", "hybrid": "R1.4"}
PURPOSES_OF_KIND: dict[str, frozenset[str]] = {"train": frozenset({"qml"})}


def purpose(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny purposes that the tenant may not pursue or that the kind of job does not serve."""
    clause = CLAUSES[manifest.purpose]
    if manifest.purpose not in facts.tenant.purposes:
        yield deny(
            RULE,
            clause,
            f"purpose {manifest.purpose!r} is not open to this tenant",
            f"choose one of: {', '.join(facts.tenant.purposes)}",
        )
    served = PURPOSES_OF_KIND[manifest.kind]
    if manifest.purpose not in served:
        yield deny(
            RULE,
            clause,
            f"a job of kind {manifest.kind!r} does not serve purpose {manifest.purpose!r}",
            f"choose one of: {', '.join(sorted(served))}",
        )
