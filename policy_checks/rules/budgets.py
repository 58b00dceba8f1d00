"""Will one batch of circuits fit the performance budget?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, note
from policy_checks.schemas.manifest import Manifest

RULE = "budgets"


def budgets(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Say beforehand when a batch is predicted to miss its deadline.

    No denial: the deadline itself is enforced while the circuits run, and a run that misses it
    answers from the neural head, labelled.
    """
    allowed, predicted = facts.policy.budgets.quantum_s, facts.estimate.batch_s
    if manifest.kind != "train":
        yield note(
            RULE,
            "P6.2",
            f"the budgets of one batch hold where a model answers; this job's circuits have "
            f"{manifest.limits.quantum_s_max:g} s in all, and a classical answer stands in beyond",
            "set limits.quantum_s_max to what the answer is worth",
        )
    elif predicted > allowed:
        yield note(
            RULE,
            "P6.2",
            f"a batch of {manifest.circuit.qubits} qubits and {facts.profile.n_gates:,} gates is predicted "
            f"to take {predicted:,.1f} s, {allowed:g} s allowed: expect a neural-only answer",
            "lower circuit.qubits or circuit.layers",
        )
