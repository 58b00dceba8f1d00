"""Judge a manifest: gather the facts, ask policy, and open the run if it may start."""

import os
from dataclasses import dataclass, replace
from datetime import datetime

from policy_checks.attack_catalogue import first_lines
from policy_checks.evaluate import evaluate
from policy_checks.facts import Facts
from policy_checks.integrity import strict_json
from policy_checks.integrity.run_files import CIRCUIT
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.keyring import KeyRing
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import calibration_store, datasets, settings, submission, template_store
from tasks.adapters.documents import Governing
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import quotas, workload
from tasks.stages.naming import impersonal, require_impersonal_content
from tasks.stages.quotas import Share
from tasks.stages.submitted_circuit import submitted, text_of
from tasks.stages.workspace import Workspace
from tasks.tabular.read import read_header


@dataclass(frozen=True)
class _Table:
    """What is known of a table before it is read; nothing, where the job has none."""

    n_rows: int = 0
    n_bytes: int = 0
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
    """Return the decision on a manifest over its table as it lies there now; nothing is booked.

    Raises:
        ManifestError: the table cannot be read, or is not the one that was signed.
    """
    share = quotas.share(state.home, pseudonym, governing.tenant(manifest.tenant), digest)
    return evaluate(manifest, digest, _facts(manifest, governing, state, ring, pseudonym, share, now))


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
    facts = _facts(manifest, workspace.governing, state, chain.ring, workspace.tenant, workspace.share, now)
    decision = _booked(manifest, verified, facts, workspace.share)
    workspace.folder.write("manifest.json", envelope)
    if template is not None:
        workspace.folder.write("template.json", template)
    text = text_of(manifest, workspace.governing.tenant(manifest.tenant), state)
    if text is not None:
        workspace.folder.write(CIRCUIT, text)
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
    for name, line in first_lines(facts.patterns, {"critical"}).items():
        workspace.record("incident.attack", at=line, pattern=name, severity="critical")
    return decision


def _booked(manifest: Manifest, digest: str, facts: Facts, share: Share) -> Decision:
    """Return the decision; unless it is a denial, the run's share of its tenant's quotas is booked."""
    decision = evaluate(manifest, digest, facts)
    if decision.effect == "deny":
        return decision
    # A crash from here on leaves a booking that ceases to count when its lease ends, or when the run is settled.
    short = quotas.book(share, facts.estimate, manifest.not_after)
    return evaluate(manifest, digest, replace(facts, shortfalls=short))


def _facts(
    manifest: Manifest,
    governing: Governing,
    state: Settings,
    ring: KeyRing,
    pseudonym: str,
    share: Share,
    now: datetime,
) -> Facts:
    tenant = governing.tenant(manifest.tenant)
    table = _table(manifest, tenant, state)
    circuit = submitted(manifest, text_of(manifest, tenant, state))
    costs = calibration_store.read(state.home)
    estimate = workload.estimate(
        manifest, circuit.profile, governing, costs.model, n_rows=table.n_rows, table_bytes=table.n_bytes
    )
    return Facts(
        now=now,
        tenant=tenant,
        policy=governing.policy,
        profile=circuit.profile,
        estimate=estimate,
        n_test=workload.n_test(table.n_rows),
        columns=impersonal(table.columns),
        code=settings.running_code(state.project),
        key_profile=ring.profile,
        exec_sign_until=_exec_sign_until(ring, pseudonym),
        warnings=table.warnings,
        patterns=circuit.patterns,
        governing=governing.digests,
        shortfalls=share.ask(estimate),
    )


def _table(manifest: Manifest, tenant: Tenant, state: Settings) -> _Table:
    if manifest.dataset is None:
        return _Table()
    with datasets.open_table(manifest.dataset.path, tenant, state) as table:
        submission.require_same_table(manifest.dataset.sha256, table.digest)
        header = read_header(table.file, table.name)
        n_rows = header.n_rows if header.n_rows is not None else table.n_lines
        n_bytes = os.fstat(table.file.fileno()).st_size
    return _Table(n_rows, n_bytes, header.columns, header.warnings)


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
