"""Would this run publish a claim of quantum superiority without an approved record?"""

from collections.abc import Iterator

from policy_checks.claim_language import ClaimFound, claims_in
from policy_checks.claim_language.published import published_texts
from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Manifest

RULE = "claims"
COLUMNS = "columns"
"""The rule that findings in a table's declaration are filed under: they name columns, so Prefect gets a count."""

TABLE = "dataset."


def claims(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny declared claims, and claims that a published text makes while none is declared.

    No record exists yet that could allow one, and a simulator could not support one.
    """
    if manifest.claim.level != "none":
        yield deny(
            RULE,
            "R2.2",
            f"a claim of level {manifest.claim.level!r} needs an approved claim record, and none exists",
            'set claim.level = "none"; the report states the measured difference with its interval',
        )
        return
    for field, text in published_texts(manifest):
        for found in claims_in(text)[:1]:
            yield _undeclared(field, found)


def _undeclared(field: str, found: ClaimFound) -> Finding:
    return deny(
        COLUMNS if field.startswith(TABLE) else RULE,
        "R2.2",
        f'{field} {found.reason} ("{found.word}", at character {found.start + 1}), and claim.level is "none"',
        "remove it, or say what is tested or measured instead; the report states the difference with its interval",
    )
