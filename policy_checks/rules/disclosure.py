"""What leaves this machine if the circuits run elsewhere, and to whom?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, note, review
from policy_checks.schemas.manifest import Manifest

RULE = "disclosure"
PROVIDERS = {"ibm": "IBM"}


def disclosure(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Let a person weigh every remote target: a circuit's angles are measured features of the rows.

    Names, identifiers and labels never enter a circuit; the angles are what the trained encoder makes of the
    features, and whoever holds the encoder can read much of them back.
    """
    provider, _, device = manifest.execution.target.partition(":")
    if not device:
        return
    if manifest.dataset is None:
        yield deny(
            RULE,
            "P1.1",
            f"a job of kind {manifest.kind!r} is simulated here, but execution.target is a device of another party",
            'set execution.target = "aer"',
        )
        return
    n_angles, shots = manifest.circuit.qubits, manifest.execution.shots
    yield review(
        RULE,
        "P1.1",
        f"about {facts.n_test:,} rows leave this machine for {PROVIDERS[provider]}'s device {device}: "
        f"{n_angles} angles a row and the trained circuit, no names, no identifiers, no labels",
        'set execution.target = "aer", or have a reviewer accept what leaves',
    )
    yield from _told_apart(manifest)
    if shots is None:
        yield deny(RULE, "P3.3", "a device measures in shots, and none are asked for", "set execution.shots")
    yield note(
        RULE,
        "P6.3",
        f"a device is waited for up to {facts.policy.budgets.remote_wait_s:,g} s; the budgets of one batch hold "
        "for simulated operations only",
        'set execution.target = "aer" where an answer is needed at once',
    )


def _told_apart(manifest: Manifest) -> Iterator[Finding]:
    """Deny tables whose rows nobody has hidden among others before they leave."""
    hidden = manifest.table.anonymity
    if hidden is None:
        yield deny(
            RULE,
            "P1.1",
            "rows leave this machine, and nothing says among how many others each is hidden",
            "declare dataset.anonymity: quasi_identifiers and k",
        )
        return
    features = {
        name
        for name, rule in manifest.table.columns.items()
        if rule.kind in {"measure", "category"} and rule.action in {"keep", "generalise"}
    }
    outside = features - set(hidden.quasi_identifiers)
    if outside:
        yield note(
            RULE,
            "P1.1",
            f"{len(outside)} of {len(features)} features are not among the quasi-identifiers: whoever knows them of a "
            f"person can tell that row apart, though {hidden.k} rows share each combination of the others",
            "generalise them and add them to dataset.anonymity.quasi_identifiers",
        )
