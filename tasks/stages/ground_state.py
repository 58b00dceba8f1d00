"""Variational: the smallest expected energy of a Hamiltonian that a circuit with searched angles reaches."""

from contextlib import suppress

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import Measured
from tasks.quantum import exact
from tasks.quantum.hamiltonian import ENUMERATED_MAX, is_diagonal, values_of
from tasks.stages.estimation import measured
from tasks.stages.job import Answer, Job, References
from tasks.stages.searching import searched

ENERGY, ABOVE = "energy", "above_exact"


def refer(job: Job) -> References:
    """Return the exact energy and the best one of a basis state, where the system is small enough."""
    values = {}
    if job.n_qubits <= ENUMERATED_MAX:
        diagonal = tuple(term for term in job.terms if is_diagonal((term,))) or (("I" * job.n_qubits, 0.0),)
        values["best_basis_state"] = float(values_of(diagonal).min())
    if job.n_qubits <= exact.QUBITS_MAX:
        with suppress(StageError):  # Levels that lie too close together are told apart by no method here.
            values["exact"] = exact.ground_energy(job.terms)
    return References(values)


def solve(job: Job, known: References) -> Answer:
    """Return the smallest expected energy that was found, and how far above the exact one it lies.

    Raises:
        WorkerLost: the circuits gave no usable result in time.
    """
    found = searched(job, largest=False)
    quantities = {ENERGY: found.expected}
    if "exact" in known.values:
        least = known.values["exact"]
        quantities[ABOVE] = Measured(
            **{side: getattr(found.expected, side) - least for side in ("value", "low", "high")}
        )
    return Answer(quantities, (found.series,))


def fall_back(job: Job, known: References) -> Answer | None:
    """Return the exact energy, where the system is small enough."""
    return Answer({ENERGY: measured(known.values["exact"])}) if "exact" in known.values else None
