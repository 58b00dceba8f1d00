"""May a circuit this wide, this deep, measured this often run, and does a person have to say so?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny, note, review
from policy_checks.schemas.manifest import Manifest

RULE = "circuit_limits"
QUBITS_MIN = 2


def circuit_limits(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny circuits too wide to simulate; send expensive ones to a person.

    Width is a hard limit because a statevector of n qubits needs 16 * 2**n bytes (complex128);
    gates, shots and seconds only cost time, so a person may allow more of them.
    """
    yield from _width(manifest, facts)
    limits, shots = facts.policy.limits, manifest.execution.shots or 0
    seconds = round(facts.estimate.quantum_s, 1)
    smaller = "lower circuit.layers or circuit.qubits"
    yield from _tiers(
        "two-qubit gates", facts.profile.n_2q, limits.gates_2q_automatic_max, limits.gates_2q_max, smaller
    )
    yield from _tiers(
        "shots for each circuit", shots, limits.shots_automatic_max, limits.shots_max, "lower execution.shots"
    )
    yield from _tiers(
        "predicted quantum seconds", seconds, limits.quantum_s_automatic_max, limits.quantum_s_max, smaller
    )


def _width(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    limits, n_qubits, peak = facts.policy.limits, facts.profile.n_qubits, facts.estimate.peak_bytes
    if n_qubits > limits.qubits_max:
        found = f"{n_qubits} qubits requested, {limits.qubits_max} allowed"
        yield deny(RULE, "P3.3", found, f"lower circuit.qubits to {limits.qubits_max} or less")
    if n_qubits < QUBITS_MIN:
        found = f"{n_qubits} qubit requested, at least {QUBITS_MIN} needed to entangle"
        yield deny(RULE, "P3.3", found, f"raise circuit.qubits to {QUBITS_MIN} or more")
    if peak > limits.peak_bytes_max:
        found = f"{peak:,} bytes predicted, {limits.peak_bytes_max:,} allowed"
        yield deny(RULE, "P3.3", found, "lower circuit.qubits")
    if manifest.execution.noise and n_qubits > limits.noise_qubits_max:
        found = f"noise is simulated up to {limits.noise_qubits_max} qubits, so it is left out here"
        yield note(RULE, "P6.2", found, "lower circuit.qubits, or remove execution.noise")


def _tiers(
    what: str, found: float, automatic_max: float, allowed_max: float, remedy: str
) -> Iterator[Finding]:
    if found > allowed_max:
        yield deny(RULE, "P3.3", f"{found:,} {what}, {allowed_max:,} allowed", remedy)
    elif found > automatic_max:
        yield review(
            RULE,
            "R2.3",
            f"{found:,} {what}, {automatic_max:,} allowed without approval",
            f"{remedy}, or ask for approval",
        )
