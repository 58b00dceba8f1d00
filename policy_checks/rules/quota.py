"""Is enough left of what the tenant may use in its window?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from policy_checks.facts import Facts
from policy_checks.figures import figure
from policy_checks.schemas.decision import Finding, deny, note
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.quota import Quota, Shortfall

RULE = "quota"
SHOWN: dict[Quota, str] = {
    "ccu": "complexity units",
    "quantum_s": "quantum seconds",
    "neural_s": "neural seconds",
    "runs": "runs",
    "storage_bytes": "bytes of storage",
}
MINUTE = timedelta(minutes=1)


def quota(_: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny a run that its tenant's quotas have no room for, and say when they will; for its turn it can wait."""
    for short in facts.shortfalls:
        if short.quota == "runs_at_once":
            found = (
                f"{figure(short.reserved)} of {figure(short.limit)} runs at the same time are on their way"
            )
            yield note(
                RULE, "P5.2", found, "let it wait for its turn, or submit it when one of them has ended"
            )
        else:
            yield deny(RULE, "P5.2", _told(short), _remedy(short))


def minute(moment: datetime) -> str:
    """Return a moment in UTC, rounded up to the minute, so that who comes back then is not too early."""
    up = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return f"{up if up == moment else up + MINUTE:%Y-%m-%d %H:%M} UTC"


def window(seconds: int) -> str:
    """Return a window's length in words.

    >>> window(86_400), window(5_400)
    ('24 h', '90 min')
    """
    return f"{seconds / 60:g} min" if seconds % 3_600 else f"{seconds // 3_600} h"


def _told(short: Shortfall) -> str:
    state = f"{figure(short.used)} used, {figure(short.reserved)} reserved"
    allowed = f"{figure(short.limit)} allowed in {window(short.window_s)}"
    return f"{figure(short.found)} {SHOWN[short.quota]} needed, {allowed}, {state}"


def _remedy(short: Shortfall) -> str:
    if short.frees_at is None:
        return "make the job smaller, or ask for a larger quota"
    return (
        f"submit it again at {minute(short.frees_at)}, when enough is free at the latest, or make it smaller"
    )
