"""Are the governing documents current and signed?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, note
from policy_checks.schemas.manifest import Manifest

RULE = "governing"


def governing(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Note an overdue policy review; tell of drafts and of documents whose validity is over."""
    due = facts.policy.next_review
    if facts.now.date() > due:
        yield note(
            RULE,
            "V.3",
            f"the policy's own review was due on {due.isoformat()}",
            "have the policy's owner review it and publish a new version",
        )
    say, consequence = (
        (note, "accepted under development keys only")
        if facts.key_profile == "development"
        else (deny, "refused under a production key ring")
    )
    for name in facts.governing.drafts:
        yield say(
            RULE,
            "V.1",
            f"the document {name!r} is an edited draft, {consequence}",
            "let the root sign it (atomq documents sign, then adopt), or remove the draft",
        )
    for name in facts.governing.lapsed:
        yield deny(
            RULE,
            "V.1",
            f"the validity of the document {name!r} is over",
            "let the root sign it again (atomq documents sign, then adopt)",
        )
