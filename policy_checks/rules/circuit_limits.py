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
    limits, profile = facts.policy.limits, facts.profile
    if profile.n_qubits > limits.qubits_max:
        yield deny(
            RULE,
            "P3.3",
            f"{profile.n_qubits} qubits requested, {limits.qubits_max} allowed",
            f"lower circuit.qubits to {limits.qubits_max} or less",
        )
    if profile.n_qubits < QUBITS_MIN:
        yield deny(
            RULE,
            "P3.3",
            f"{profile.n_qubits} qubit requested, at least {QUBITS_MIN} needed to entangle",
            f"raise circuit.qubits to {QUBITS_MIN} or more",
        )
    yield from _tiers(
        "two-qubit gates",
        profile.n_2q,
        limits.gates_2q_automatic_max,
        limits.gates_2q_max,
        "lower circuit.layers or circuit.qubits",
    )
    yield from _tiers(
        "shots for each circuit",
        manifest.execution.shots or 0,
        limits.shots_automatic_max,
        limits.shots_max,
        "lower execution.shots",
    )
    yield from _tiers(
        "predicted quantum seconds",
        round(facts.estimate.quantum_s, 1),
        limits.quantum_s_automatic_max,
        limits.quantum_s_max,
        "lower circuit.qubits, circuit.layers or the rows",
    )
    if facts.estimate.peak_bytes > limits.peak_bytes_max:
        yield deny(
            RULE,
            "P3.3",
            f"{facts.estimate.peak_bytes:,} bytes predicted, {limits.peak_bytes_max:,} allowed",
            "lower circuit.qubits",
        )
    if manifest.execution.noise and profile.n_qubits > limits.noise_qubits_max:
        yield note(
            RULE,
            "P6.2",
            f"noise is simulated up to {limits.noise_qubits_max} qubits, so it is left out here",
            "lower circuit.qubits, or remove execution.noise",
        )


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
