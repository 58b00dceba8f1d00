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
    n_angles, shots = manifest.circuit.qubits, manifest.execution.shots
    yield review(
        RULE,
        "P1.1",
        f"about {facts.n_test:,} rows leave this machine for {PROVIDERS[provider]}'s device {device}: "
        f"{n_angles} angles a row and the trained circuit, no names, no identifiers, no labels",
        'set execution.target = "aer", or have a reviewer accept what leaves',
    )
    if shots is None:
        yield deny(RULE, "P3.3", "a device measures in shots, and none are asked for", "set execution.shots")
    yield note(
        RULE,
        "P6.3",
        f"a device is waited for up to {facts.policy.budgets.remote_wait_s:,g} s; the budgets of one batch hold "
        "for simulated operations only",
        'set execution.target = "aer" where an answer is needed at once',
    )
