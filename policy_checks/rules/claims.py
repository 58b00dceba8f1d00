"""Would this run publish a claim of quantum superiority without an approved record?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Manifest

RULE = "claims"


def claims(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny declared claims: none is on record, and a simulator could not support one."""
    if manifest.claim.level != "none":
        yield deny(
            RULE,
            "R2.2",
            f"a claim of level {manifest.claim.level!r} needs an approved claim record, and none exists",
            'set claim.level = "none"; the report states the measured difference with its interval',
        )
