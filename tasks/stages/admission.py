"""Judge a manifest: gather the facts, ask policy, and open the run if it may start."""

from dataclasses import dataclass
from datetime import datetime

from policy_checks.evaluate import evaluate
from policy_checks.facts import Facts
from policy_checks.integrity import strict_json
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.keyring import KeyRing
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import datasets, settings, submission, template_store
from tasks.adapters.documents import Governing
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import workload
from tasks.stages.naming import impersonal, require_impersonal_content
from tasks.stages.submitted_circuit import submitted
from tasks.stages.workspace import Workspace
from tasks.tabular.read import read_header


@dataclass(frozen=True)
class _Table:
    """What is known of a table before it is read; nothing, where the job has none."""

    n_rows: int = 0
    columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


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
    table = _table(manifest, tenant, state)
    circuit = submitted(manifest, tenant, state)
    facts = Facts(
        now=now,
        tenant=tenant,
        policy=governing.policy,
        profile=circuit.profile,
        estimate=workload.estimate(manifest, circuit.profile, governing, table.n_rows),
        n_test=workload.n_test(table.n_rows),
        columns=impersonal(table.columns),
        code=settings.running_code(state.project),
        key_profile=ring.profile,
        exec_sign_until=_exec_sign_until(ring, pseudonym),
        warnings=table.warnings,
        patterns=circuit.patterns,
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


def _table(manifest: Manifest, tenant: Tenant, state: Settings) -> _Table:
    if manifest.dataset is None:
        return _Table()
    with datasets.open_table(manifest.dataset.path, tenant, state) as table:
        submission.require_same_table(manifest.dataset.sha256, table.digest)
        header = read_header(table.file, table.name)
        n_rows = header.n_rows if header.n_rows is not None else table.n_lines
    return _Table(n_rows, header.columns, header.warnings)


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
