"""Is the code that would run the code that was meant when the manifest was signed?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, note
from policy_checks.schemas.manifest import Manifest

RULE = "provenance"


def provenance(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Tie the run to known code: a note in a dry run, a denial in production."""
    say = deny if manifest.mode == "production" else note
    if manifest.code.lock != facts.code.lock:
        yield say(
            RULE,
            "P2.1",
            "the installed distributions differ from those the manifest was signed for",
            "sign the manifest again in this environment",
        )
    if manifest.code.git != facts.code.git:
        yield say(
            RULE,
            "P2.1",
            "the code's commit differs from the one the manifest was signed for",
            "sign the manifest again with this code",
        )
    elif facts.code.git == "none" or facts.code.git.endswith("-dirty"):
        yield say(
            RULE,
            "P2.1",
            "the code is not a clean commit, so this run cannot be traced to one",
            "commit the code, then sign again",
        )
