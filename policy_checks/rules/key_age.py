"""Is the tenant's execution key fresh, as clause P2.2 demands every 24 hours?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Manifest

RULE = "key-age"


def key_age(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny a run whose tenant has no execution key that may sign now."""
    until = facts.exec_sign_until
    if until is not None and facts.now <= until:
        return
    since = "this tenant has none" if until is None else f"it ended on {until:%Y-%m-%d %H:%M} UTC"
    yield deny(
        RULE,
        "P2.2",
        f"the tenant's execution key is overdue for rotation: {since}",
        "run `atomq keys rotate`, and see that the hourly flow rotate_keys is scheduled",
    )
