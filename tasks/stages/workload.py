"""How much a manifest asks for, before anything of it is run: circuits, seconds, bytes, money."""

from policy_checks import complexity, pricing
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Estimate
from policy_checks.schemas.governing import Service
from policy_checks.schemas.manifest import Manifest
from tasks.adapters.documents import Governing
from tasks.quantum.hamiltonian import pauli_sum
from tasks.quantum.observables import magnetisation, n_circuits

TEST_SHARE = 0.2
LATENCY_REPEATS = 5
ASKED_ANEW = 2
"""The best angles once more, and the words that come out there."""


def n_test(n_rows: int) -> int:
    """Return how many rows of a table circuits will be evaluated on, predicted; none of no table."""
    return max(1, round(n_rows * TEST_SHARE)) if n_rows else 0


def estimate(manifest: Manifest, profile: CircuitProfile, governing: Governing, n_rows: int) -> Estimate:
    """Return what a job is predicted to need.

    Args:
        n_rows: of its table; 0 where it has none.
    """
    if manifest.kind == "train":
        return _of_training(manifest, profile, governing, n_rows)
    asked, execution = circuits(manifest), manifest.execution
    noisy = execution.noise is not None and profile.n_qubits <= governing.policy.limits.noise_qubits_max
    quantum_s = complexity.predicted_s(profile, n_circuits=asked)
    if noisy:
        quantum_s += complexity.predicted_s(profile, n_circuits=asked, noisy=True)
    return Estimate(
        ccu=complexity.ccu(profile, n_circuits=asked, shots=execution.shots),
        batch_s=0.0,
        quantum_s=quantum_s,
        peak_bytes=complexity.predicted_bytes(profile, noisy=noisy),
        cost_eur=pricing.estimate(governing.tariff, {"quantum_simulation": quantum_s}),
    )


def circuits(manifest: Manifest) -> int:
    """Return how many circuits a job without a table runs at most, each in every basis that it is measured in."""
    terms = pauli_sum(manifest.hamiltonian)
    if manifest.kind == "simulate":
        points = manifest.evolution.points if manifest.evolution else 1
        return points * n_circuits((magnetisation(manifest.circuit.qubits), terms))
    asked = manifest.search.starts * manifest.search.evaluations_max + ASKED_ANEW
    return asked * n_circuits((terms,))


def _of_training(manifest: Manifest, profile: CircuitProfile, governing: Governing, n_rows: int) -> Estimate:
    execution, limits, n_rows_test = manifest.execution, governing.policy.limits, n_test(n_rows)
    batch = min(n_rows_test, governing.policy.budgets.batch_rows)
    n_exact = n_rows_test * (2 if execution.shots else 1) + LATENCY_REPEATS * batch
    noisy = execution.noise is not None and profile.n_qubits <= limits.noise_qubits_max
    quantum_s = complexity.predicted_s(profile, n_circuits=n_exact)
    batch_s = complexity.predicted_s(profile, n_circuits=batch)
    if noisy:
        quantum_s += complexity.predicted_s(profile, n_circuits=n_rows_test, noisy=True)
        batch_s = max(batch_s, complexity.predicted_s(profile, n_circuits=batch, noisy=True))
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
    )
