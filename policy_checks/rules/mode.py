"""May this run leave simulation, and who has to agree?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, review
from policy_checks.schemas.manifest import Manifest

RULE = "mode"


def mode(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Let dry runs simulate; deny production under development keys, else ask a person."""
    remote = manifest.execution.target != "aer"
    if manifest.mode == "dry_run":
        if remote:
            yield deny(
                RULE,
                "P3.1",
                f"a dry run simulates locally, but execution.target is {manifest.execution.target!r}",
                'set execution.target = "aer", or mode = "production"',
            )
        return
    if manifest.mode not in facts.tenant.modes:
        yield deny(RULE, "P3.1", "production is not open to this tenant", 'set mode = "dry_run"')
    if facts.key_profile == "development":
        yield deny(
            RULE,
            "P3.1",
            "production is denied under a development key ring: one machine holds every key",
            'set mode = "dry_run", or install a production key ring',
        )
    if facts.governing.drafts:
        yield deny(
            RULE,
            "V.1",
            f"production is denied under unsigned drafts: {', '.join(facts.governing.drafts)}",
            "remove the drafts from the state folder's documents",
        )
    yield review(
        RULE, "P3.2", "production needs a reviewer's approval", 'set mode = "dry_run", or ask for approval'
    )
