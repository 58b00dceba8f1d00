"""How many people must agree to a job of this size?"""

from typing import NamedTuple

from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Estimate
from policy_checks.schemas.governing import CircuitLimits, Tier, Tiers

BEYOND = 3
"""Above every tier: nobody may."""


class Excess(NamedTuple):
    """One size that is beyond a tier.

    Attributes:
        remedy: what would make it smaller.
    """

    what: str
    found: float
    allowed: float
    remedy: str


def tier_of(profile: CircuitProfile, estimate: Estimate, shots: int, tiers: Tiers) -> int:
    """Return the lowest tier that allows all of a job's sizes, or 3 where none does.

    Args:
        shots: for each circuit; 0 where expectations are exact.
    """
    every = (tiers.t0, tiers.t1, tiers.t2)
    fitting = (n for n, tier in enumerate(every) if not excesses(profile, estimate, shots, tier))
    return next(fitting, BEYOND)


def excesses(profile: CircuitProfile, estimate: Estimate, shots: int, tier: Tier) -> tuple[Excess, ...]:
    """Return every size that is beyond a tier's bound."""
    smaller = "lower circuit.qubits or circuit.layers"
    found = (
        ("qubits", profile.n_qubits, tier.qubits_max, "lower circuit.qubits"),
        ("two-qubit gates", profile.n_2q, tier.gates_2q_max, smaller),
        ("shots for each circuit", shots, tier.shots_max, "lower execution.shots"),
        ("predicted quantum seconds", estimate.quantum_s, tier.quantum_s_max, smaller),
        ("predicted bytes", estimate.peak_bytes, tier.peak_bytes_max, "lower circuit.qubits"),
    )
    return tuple(
        Excess(what, size, allowed, remedy)
        for what, size, allowed, remedy in found
        if allowed is not None and size > allowed
    )


def bounded(tiers: Tiers, limits: CircuitLimits) -> Tiers:
    """Return a tenant's tiers inside the bounds that the organisation policy names."""
    people = {
        "gates_2q_max": limits.gates_2q_max,
        "shots_max": limits.shots_max,
        "quantum_s_max": limits.quantum_s_max,
        "peak_bytes_max": limits.peak_bytes_max,
    }
    nobody = {
        "gates_2q_max": limits.gates_2q_automatic_max,
        "shots_max": limits.shots_automatic_max,
        "quantum_s_max": limits.quantum_s_automatic_max,
    }
    t0, t1, t2 = (_cut(tier, people) for tier in (tiers.t0, tiers.t1, tiers.t2))
    return tiers.model_copy(update={"t0": _cut(t0, nobody), "t1": t1, "t2": t2})


def _cut(tier: Tier, bounds: dict[str, int | None] | dict[str, float | None]) -> Tier:
    named = {name: bound for name, bound in bounds.items() if bound is not None}
    return tier.model_copy(
        update={name: min(bound, getattr(tier, name) or bound) for name, bound in named.items()}
    )
