"""How much a manifest asks for, before anything of it is run: circuits, seconds, bytes, money."""

from policy_checks import complexity, pricing
from policy_checks.complexity import Work
from policy_checks.schemas.calibration import CostModel
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Estimate
from policy_checks.schemas.governing import Service
from policy_checks.schemas.manifest import Manifest
from tasks.adapters.documents import Governing
from tasks.quantum.hamiltonian import PauliSum, pauli_sum
from tasks.quantum.observables import magnetisation, n_circuits

TEST_SHARE = 0.2
LATENCY_REPEATS = 5
ASKED_ANEW = 2
"""The best angles once more, and the words that come out there."""

REPORT_BYTES, COPIES = 4 << 20, 2
"""What a run leaves in the state folder besides its table, and how often the table's size."""


def n_test(n_rows: int) -> int:
    """Return how many rows of a table circuits will be evaluated on, predicted; none of no table."""
    return max(1, round(n_rows * TEST_SHARE)) if n_rows else 0


def estimate(
    manifest: Manifest,
    profile: CircuitProfile,
    governing: Governing,
    costs: CostModel,
    *,
    n_rows: int,
    table_bytes: int,
) -> Estimate:
    """Return what a job is predicted to need.

    Args:
        n_rows: of its table; 0 where it has none.
        table_bytes: of its table as it lies there.
    """
    found = _of_training if manifest.kind == "train" else _of_solving
    predicted = found(manifest, profile, governing, costs, n_rows)
    return predicted.model_copy(update={"storage_bytes": REPORT_BYTES + COPIES * table_bytes})


def observables(manifest: Manifest) -> tuple[PauliSum, ...]:
    """Return what each request of a job without a table asks the mean of."""
    terms = pauli_sum(manifest.hamiltonian)
    return (magnetisation(manifest.circuit.qubits), terms) if manifest.kind == "simulate" else (terms,)


def n_requests(manifest: Manifest) -> int:
    """Return how many requests a job without a table makes at most."""
    if manifest.kind == "simulate":
        return manifest.evolution.points if manifest.evolution else 1
    return manifest.search.starts * manifest.search.evaluations_max + ASKED_ANEW


def _of_solving(
    manifest: Manifest, profile: CircuitProfile, governing: Governing, costs: CostModel, _: int
) -> Estimate:
    asked, watched, execution = n_requests(manifest), observables(manifest), manifest.execution
    noisy = execution.noise is not None and profile.n_qubits <= governing.policy.limits.noise_qubits_max
    n_bases = n_circuits(watched) if noisy or execution.shots else 0
    work = Work(
        n_bases=n_bases, n_terms=sum(map(len, watched)), shots=execution.shots, noisy=noisy,
        n_requests=asked, is_one_circuit=manifest.kind != "simulate",
    )  # fmt: skip
    quantum_s = complexity.predicted(profile, work, costs).mid
    return Estimate(
        ccu=complexity.ccu(profile, n_circuits=asked * max(1, n_bases), shots=execution.shots),
        batch_s=0.0,
        quantum_s=quantum_s,
        peak_bytes=complexity.predicted_bytes(profile, noisy=noisy),
        cost_eur=pricing.estimate(governing.tariff, {"quantum_simulation": quantum_s}),
    )


def _of_training(
    manifest: Manifest, profile: CircuitProfile, governing: Governing, costs: CostModel, n_rows: int
) -> Estimate:
    execution, limits, n_rows_test = manifest.execution, governing.policy.limits, n_test(n_rows)
    batch = min(n_rows_test, governing.policy.budgets.batch_rows)
    n_exact = n_rows_test * (2 if execution.shots else 1) + LATENCY_REPEATS * batch
    noisy = execution.noise is not None and profile.n_qubits <= limits.noise_qubits_max
    quantum_s = complexity.predicted_s(profile, n_circuits=n_exact, model=costs)
    batch_s = complexity.predicted_s(profile, n_circuits=batch, model=costs)
    if noisy:
        quantum_s += complexity.predicted_s(profile, n_circuits=n_rows_test, noisy=True, model=costs)
        batch_s = max(batch_s, complexity.predicted_s(profile, n_circuits=batch, noisy=True, model=costs))
    seconds: dict[Service, float] = {
        "neural_training": complexity.predicted_training_s(
            profile, n_rows=n_rows, epochs=manifest.fitting.epochs_max
        ),
        "quantum_simulation": quantum_s,
    }
    if execution.target != "aer":
        device_s = complexity.predicted_device_s(n_circuits=n_rows_test, shots=execution.shots or 0)
        seconds["quantum_hardware"], quantum_s = device_s, quantum_s + device_s
    return Estimate(
        ccu=complexity.ccu(profile, n_circuits=n_exact, shots=execution.shots),
        batch_s=batch_s,
        quantum_s=quantum_s,
        peak_bytes=complexity.predicted_bytes(profile, noisy=noisy),
        cost_eur=pricing.estimate(governing.tariff, seconds),
        neural_s=seconds["neural_training"],
    )
