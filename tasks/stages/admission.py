"""Judge a manifest: gather the facts, ask policy, and open the run if it may start."""

from datetime import datetime

from policy_checks import complexity, pricing
from policy_checks.evaluate import evaluate
from policy_checks.facts import Facts
from policy_checks.integrity import strict_json
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Decision, Estimate
from policy_checks.schemas.governing import Service
from policy_checks.schemas.keyring import KeyRing
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import datasets, settings, submission, template_store
from tasks.adapters.documents import Governing
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.quantum.inspect import profile as circuit_profile
from tasks.stages.naming import impersonal, require_impersonal_content
from tasks.stages.workspace import Workspace
from tasks.tabular.read import read_header

TEST_SHARE = 0.2
LATENCY_REPEATS = 5


def judge(
    manifest: Manifest,
    digest: str,
    governing: Governing,
    state: Settings,
    ring: KeyRing,
    pseudonym: str,
    now: datetime,
) -> Decision:
    """Return the decision on a manifest over its table as it lies there now.

    Raises:
        ManifestError: the table cannot be read, or is not the one that was signed.
    """
    tenant = governing.tenant(manifest.tenant)
    with datasets.open_table(manifest.dataset.path, tenant, state) as table:
        submission.require_same_table(manifest.dataset.sha256, table.digest)
        header = read_header(table.file, table.name)
        n_rows = header.n_rows if header.n_rows is not None else table.n_lines
    profile = circuit_profile(manifest.circuit)
    facts = Facts(
        now=now,
        tenant=tenant,
        policy=governing.policy,
        profile=profile,
        estimate=_estimate(manifest, profile, governing, n_rows),
        n_test=_n_test(n_rows),
        columns=impersonal(header.columns),
        code=settings.running_code(state.project),
        key_profile=ring.profile,
        exec_sign_until=_exec_sign_until(ring, pseudonym),
        warnings=header.warnings,
        governing=governing.digests,
    )
    return evaluate(manifest, digest, facts)


def admit(workspace: Workspace) -> Decision:
    """Verify the stored envelope once more, judge it, and record the decision.

    Raises:
        IntegrityError: the envelope does not verify.
        ManifestError: its window or its table does not fit.
    """
    state, now = workspace.state, settings.now()
    envelope = ManifestStore(state.home).get(workspace.digest)
    chain = workspace.keys.trusted()
    template = _template(workspace)
    manifest, verified = submission.verify(
        envelope, chain.known, now, workspace.log.size(), tenant=workspace.tenant, template=template
    )
    require_impersonal_content(manifest)
    decision = judge(manifest, verified, workspace.governing, state, chain.ring, workspace.tenant, now)
    workspace.folder.write("manifest.json", envelope)
    if template is not None:
        workspace.folder.write("template.json", template)
    workspace.record(
        "run.denied" if decision.effect == "deny" else "run.admitted",
        decision=strict_json.digest(decision.to_bytes()),
        effect=decision.effect,
        n_findings=len(decision.findings),
        policy=decision.policy,
        tenants=decision.tenants,
        tariff=decision.tariff,
        envelope=strict_json.digest(envelope),
    )
    return decision


def _template(workspace: Workspace) -> bytes | None:
    parent = workspace.manifest.parent
    return template_store.get(workspace.state.home, parent) if parent else None


def _exec_sign_until(ring: KeyRing, pseudonym: str) -> datetime | None:
    """Return when the tenant's newest unrevoked execution key ends."""
    windows = [
        key.sign_until
        for key in ring.keys.values()
        if key.role == "exec" and key.tenant == pseudonym and key.revoked is None
    ]
    return max(windows, default=None)


def _n_test(n_rows: int) -> int:
    return max(1, round(n_rows * TEST_SHARE))


def _estimate(manifest: Manifest, profile: CircuitProfile, governing: Governing, n_rows: int) -> Estimate:
    execution, limits, n_test = manifest.execution, governing.policy.limits, _n_test(n_rows)
    batch = min(n_test, governing.policy.budgets.batch_rows)
    n_exact = n_test * (2 if execution.shots else 1) + LATENCY_REPEATS * batch
    noisy = execution.noise is not None and profile.n_qubits <= limits.noise_qubits_max
    quantum_s = complexity.predicted_s(profile, n_circuits=n_exact)
    batch_s = complexity.predicted_s(profile, n_circuits=batch)
    if noisy:
        quantum_s += complexity.predicted_s(profile, n_circuits=n_test, noisy=True)
        batch_s = max(batch_s, complexity.predicted_s(profile, n_circuits=batch, noisy=True))
    seconds: dict[Service, float] = {
        "neural_training": complexity.predicted_training_s(
            profile, n_rows=n_rows, epochs=manifest.training.epochs_max
        ),
        "quantum_simulation": quantum_s,
    }
    if execution.target != "aer":
        device_s = complexity.predicted_device_s(n_circuits=n_test, shots=execution.shots or 0)
        seconds["quantum_hardware"], quantum_s = device_s, quantum_s + device_s
    return Estimate(
        ccu=complexity.ccu(profile, n_circuits=n_exact, shots=execution.shots),
        batch_s=batch_s,
        quantum_s=quantum_s,
        peak_bytes=complexity.predicted_bytes(profile, noisy=noisy),
        cost_eur=pricing.estimate(governing.tariff, seconds),
    )
