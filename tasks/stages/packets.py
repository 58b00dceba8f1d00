"""Gather what a plan and a reviewer's packet tell."""

from collections.abc import Callable
from datetime import datetime

from policy_checks.approvals import n_reviewers
from policy_checks.integrity import dsse
from policy_checks.integrity.manifest import UNAUTHENTICATED
from policy_checks.schemas.artifacts import Report, SanitisedTable
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Decision, Finding
from policy_checks.schemas.manifest import Manifest
from policy_checks.schemas.template import Template
from tasks.adapters.run_folder import RECEIPT, RunFolder
from tasks.reporting import packet as packets
from tasks.reporting import plan as plans
from tasks.reporting.packet import Packet
from tasks.stages.submitted_circuit import submitted
from tasks.stages.workspace import Workspace, completed
from tasks.tabular.outgoing import require_clean_text

PLAN = "plan.md"
NOBODY = "unauthenticated (triggered from a form)"
LOOKED_BACK_MAX = 500


def plan(workspace: Workspace, publish: Callable[[str], object]) -> Report:
    """Write what is going to happen, and hand the Markdown to `publish`."""
    manifest, decision = workspace.manifest, workspace.result("admit", Decision)
    text = plans.render(
        manifest,
        decision,
        workspace.governing.policy,
        workspace.tiers,
        _profile(workspace),
        tenant=workspace.tenant,
        tier=_tier(manifest, decision),
    )
    require_clean_text(text, PLAN)
    digest = workspace.folder.write(PLAN, text.encode())
    publish(text)
    return Report(path=PLAN, digest=digest)


def packet(
    workspace: Workspace, decision: Decision, attempt: int, until: datetime, refusals: tuple[Finding, ...]
) -> str:
    """Return what reviewers are shown, as Markdown."""
    from tasks.reporting import (
        circuit_picture,
    )  # Drawing imports matplotlib; a run that asks nobody needs none.

    manifest, policy = workspace.manifest, workspace.governing.policy
    sanitised = completed(workspace, "sanitise") is not None
    return packets.render(
        Packet(
            run=workspace.run,
            tenant=workspace.tenant,
            manifest=manifest,
            decision=decision,
            policy=policy,
            tiers=workspace.tiers,
            profile=_profile(workspace),
            submitter=_submitter(workspace),
            n_reviewers=n_reviewers(manifest, decision),
            attempt=attempt,
            askings_max=policy.approvals.askings_max,
            until=until,
            previous=_previous(workspace),
            sanitised=workspace.result("sanitise", SanitisedTable) if sanitised else None,
            picture=circuit_picture.draw(manifest.circuit) if manifest.kind == "train" else None,
            unanswered=refusals,
        )
    )


def _profile(workspace: Workspace) -> CircuitProfile:
    return submitted(workspace.manifest, workspace.circuit_text).profile


def _tier(manifest: Manifest, decision: Decision) -> str:
    if decision.effect != "review":
        return {"allow": "automatic", "deny": "denied"}[decision.effect]
    needed = n_reviewers(manifest, decision)
    return f"needs {needed} reviewer{'s' if needed > 1 else ''}"


def _submitter(workspace: Workspace) -> str:
    if workspace.manifest.submitter == UNAUTHENTICATED:
        return NOBODY
    key = workspace.keys.trusted().known.get(workspace.manifest.submitter)
    return key.owner if key else "a key that the ring does not hold any more"


def _previous(workspace: Workspace) -> Manifest | None:
    """Return the last manifest like this one that was approved and finished, unverified: it is only compared with."""
    folders = sorted(
        workspace.folder.published.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    like = _likeness(workspace.folder, workspace.manifest)
    for path in folders[:LOOKED_BACK_MAX]:
        folder = RunFolder(workspace.state.home, workspace.tenant, path.name)
        if not (path / RECEIPT).is_file() or not (path / "question-1.json").is_file():
            continue
        payload, _ = dsse.open_envelope("manifest", folder.read("manifest.json"), lambda *_: None)
        found = Manifest.model_validate_json(payload)
        if _likeness(folder, found) == like:
            return found
    return None


def _likeness(folder: RunFolder, manifest: Manifest) -> tuple[str, str]:
    """Return what makes two manifests comparable: their template's name, else their table."""
    if manifest.parent is None:
        return manifest.kind, manifest.dataset.path if manifest.dataset else manifest.purpose
    payload, _ = dsse.open_envelope("template", folder.read("template.json"), lambda *_: None)
    return "template", Template.model_validate_json(payload).name
