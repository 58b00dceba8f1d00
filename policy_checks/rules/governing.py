"""Are the governing documents current and signed?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, note
from policy_checks.schemas.manifest import Manifest

RULE = "governing"


def governing(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Note an overdue policy review, and every document that is an unsigned draft."""
    due = facts.policy.next_review
    if facts.now.date() > due:
        yield note(
            RULE,
            "V.3",
            f"the policy's own review was due on {due.isoformat()}",
            "have the policy's owner review it and publish a new version",
        )
    for name in facts.governing.drafts:
        yield note(
            RULE,
            "V.1",
            f"the document {name!r} is an edited draft, accepted under development keys only",
            "remove the draft from the state folder's documents to return to the shipped one",
        )
