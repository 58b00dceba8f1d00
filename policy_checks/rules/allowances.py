"""May this column hold what looks like personal data and, as its owner says, is none?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, review
from policy_checks.schemas.manifest import Manifest

RULE = "allowances"
ALIKE = frozenset(
    {
        "phone",
        "card",
        "ip_address",
        "mac_address",
        "us_ssn",
        "us_itin",
        "uk_nino",
        "uk_nhs",
        "national_id",
        "passport",
    }
)


def allowances(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Let a person weigh each allowance; deny those for what nothing harmless looks like.

    Version numbers look like addresses of machines and part numbers like people's; but no measurement is
    shaped like an e-mail or a key. Classes leave the table: they are named wherever results are.
    """
    columns = manifest.dataset.columns if manifest.dataset else {}
    for name, rule in sorted(columns.items()):
        for entity in sorted(rule.allow or {}):
            if rule.action != "keep":
                yield deny(
                    RULE,
                    "P1.1",
                    f"column {name!r} allows {entity} and is not kept",
                    "remove the allowance",
                )
            elif name == manifest.table.target:
                yield deny(
                    RULE,
                    "P1.1",
                    f"the target {name!r} allows {entity}, and classes stand in results, reports and the model",
                    "give the classes names that look like nobody's",
                )
            elif entity not in ALIKE:
                yield deny(
                    RULE,
                    "P1.1",
                    f"column {name!r} allows {entity}, and nothing harmless looks like one",
                    f"drop or pseudonymise the column; allowances are for: {', '.join(sorted(ALIKE))}",
                )
            else:
                yield review(
                    RULE,
                    "P1.1",
                    f"column {name!r} may hold what looks like {entity}, which its owner says is none",
                    "drop the column, or have a reviewer accept the reason in the manifest",
                )
