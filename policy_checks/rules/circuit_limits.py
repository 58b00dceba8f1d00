"""May a job this wide, this deep, this long run, and how many people have to say so?"""

from collections.abc import Iterator

from policy_checks import tiers
from policy_checks.facts import Facts
from policy_checks.figures import figure
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Estimate, Finding, deny, note, review
from policy_checks.schemas.governing import Tiers
from policy_checks.schemas.manifest import SHOTS_MIN, Manifest
from policy_checks.tiers import BEYOND, Excess

RULE = "circuit_limits"
QUBITS_MIN = 2


def circuit_limits(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny what can neither be trained nor simulated; send what is above the first tier to people.

    Width is a hard limit because a statevector of n qubits needs 16 * 2**n bytes (complex128);
    gates, shots and seconds only cost time, so people may allow more of them.
    """
    yield from _built_for(manifest, facts)
    bounds = tiers.bounded(facts.tenant.tiers, facts.policy.limits)
    yield from sized(facts.profile, facts.estimate, manifest.execution.shots or 0, bounds)


def _built_for(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Hold the circuit against what the trained layer and the noise simulator are built for."""
    limits, n_qubits = facts.policy.limits, facts.profile.n_qubits
    if manifest.kind == "train" and n_qubits > limits.qubits_max:
        found = f"{n_qubits} qubits requested, {limits.qubits_max} allowed in a circuit that is trained"
        yield deny(RULE, "P3.3", found, f"lower circuit.qubits to {limits.qubits_max} or less")
    if manifest.kind == "train" and n_qubits < QUBITS_MIN:
        found = f"{n_qubits} qubit requested, at least {QUBITS_MIN} needed to entangle"
        yield deny(RULE, "P3.3", found, f"raise circuit.qubits to {QUBITS_MIN} or more")
    shots = manifest.execution.shots
    if manifest.kind != "train" and shots is not None and shots < SHOTS_MIN:
        found = f"{shots} shots requested, a mean of fewer than {SHOTS_MIN} is not told"
        yield deny(RULE, "R2.1", found, f"raise execution.shots to {SHOTS_MIN} or more, or leave it out")
    if manifest.execution.noise and n_qubits > limits.noise_qubits_max:
        found = f"noise is simulated up to {limits.noise_qubits_max} qubits, so it is left out here"
        yield note(RULE, "P6.2", found, "lower circuit.qubits, or remove execution.noise")


def sized(profile: CircuitProfile, estimate: Estimate, shots: int, bounds: Tiers) -> Iterator[Finding]:
    """Say how many people must agree to a job of this size, where anybody must.

    Args:
        shots: for each circuit; 0 where expectations are exact.
        bounds: the tenant's tiers, inside the policy's bounds.
    """
    job = profile, estimate, shots
    tier = tiers.tier_of(*job, bounds)
    if tier == 0:
        return
    over = tiers.excesses(*job, (bounds.t0, bounds.t1, bounds.t2)[tier - 1])
    remedies = dict.fromkeys(one.remedy for one in over)
    remedy = ", ".join(one for one in remedies if not any(one in other != one for other in remedies))
    if tier == BEYOND:
        yield deny(RULE, "P3.3", f"beyond every tier: {_told(over, tier)}", remedy)
        return
    people = "one reviewer" if tier == 1 else "two reviewers"
    asked = review(
        RULE, "R2.3", f"tier {tier}, {people}: {_told(over, tier)}", f"{remedy}, or ask for approval"
    )
    yield asked if tier == 1 else asked.model_copy(update={"severity": "high"})


def _told(over: tuple[Excess, ...], tier: int) -> str:
    first, *rest = (f"{figure(one.found)} {one.what} (%s{figure(one.allowed)})" for one in over)
    return ", ".join((first % f"tier {tier - 1} allows ", *(each % "" for each in rest)))
