"""The last look before what was approved is done: is all of it still so, at this very moment?"""

from datetime import datetime

from policy_checks import approvals
from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import checkpoint as notes
from policy_checks.integrity import keyring, strict_json
from policy_checks.integrity.manifest import UNAUTHENTICATED
from policy_checks.schemas.artifacts import Asking, SanitisedTable
from policy_checks.schemas.decision import Decision, Finding
from policy_checks.schemas.manifest import OwnCircuit
from tasks.adapters import datasets, settings, submission
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.submission import ManifestStore
from tasks.stages import standing, trust, witnessing
from tasks.stages.approval import Dialogue
from tasks.stages.workspace import Workspace, completed

WITHDRAWN = "a reviewer withdrew the approval before the start"


def clear(workspace: Workspace) -> Asking:
    """Return "approved" after a fresh look at everything that the run stands on, with an entry; else why not.

    Ring, documents and clock are held against the log; the manifest, its window, its code, the table and every
    earlier result are hashed again; the approvals are judged under the ring as it is now; no breach stands; and
    a checkpoint over all of this has reached every witness.

    Raises:
        IntegrityError: something that the run stands on was changed.
        UnavailableError: production, and a witness is not there.
    """
    production = workspace.manifest.mode == "production"
    with trust.held(workspace.state.home):
        chain = trust.require_whole(workspace.state.home, workspace.keys, workspace.log, settings.now())
    _require_no_breach(workspace.log)
    _require_same_bytes(workspace)
    findings = tuple(_withdrawn(workspace))
    if findings:
        return Asking(outcome="rejected", findings=findings)
    note = witnessing.checkpoint(workspace.state.home, strict=production)
    workspace.record(
        "run.cleared",
        n_owners=len(Dialogue(workspace).judged().owners),
        ring=chain.digests[chain.ring.version],
        size=notes.parse(note)[0].size,
    )
    # A rejection that came in while the log was witnessed stands before or after this entry; either way it counts.
    if Dialogue(workspace).rejection() is not None:
        return Asking(outcome="rejected", findings=(approvals.rejected(WITHDRAWN),))
    return Asking(outcome="approved")


def _withdrawn(workspace: Workspace) -> list[Finding]:
    """Return why the approvals do not hold any more; nothing where a standing one covers the run."""
    decision, dialogue = workspace.result("admit", Decision), Dialogue(workspace)
    if dialogue.rejection() is not None:
        return [approvals.rejected(WITHDRAWN)]
    if settings.now() > workspace.manifest.not_after:
        return [approvals.rejected("the manifest's window ended before the start", "Sign it again.")]
    needs_people = decision.effect == "review" and not standing.use(workspace)
    if not needs_people or dialogue.judged().outcome == "approved":
        return []
    return [
        *dialogue.judged().findings,
        approvals.rejected("its approval does not count any more", "Submit it again, and ask a reviewer."),
    ]


def _require_no_breach(log: AuditLog) -> None:
    """Return unless the newest breach entry declares one; a log that cannot be read counts as one."""
    try:
        number, standing = 1, None
        while (entry := log.find(event_of("breach", str(number)))) is not None:
            number, standing = number + 1, entry.type
    except AtomqError:
        standing = "breach.declared"
    if standing == "breach.declared":
        raise UnavailableError(
            "isolated",
            "A security breach is declared, or the log cannot be read: nothing leaves and nothing is produced.",
            "Wait until the security team clears it.",
        )


def _require_same_bytes(workspace: Workspace) -> None:
    """Return if the manifest, its code, its table and every result so far are what was judged."""
    state, manifest = workspace.state, workspace.manifest
    envelope = ManifestStore(state.home).get(workspace.digest)
    admitted = workspace.log.find(event_of("run", workspace.run, "run.admitted", ""))
    if admitted is None or admitted.data["envelope"] != strict_json.digest(envelope):
        raise _changed("manifest")
    if workspace.folder.read("manifest.json") != envelope:
        raise _changed("manifest")
    keys = workspace.keys.trusted().known
    for signer in {workspace.signer, manifest.submitter} - {UNAUTHENTICATED}:
        if signer in keys:
            keyring.require_counts(keys, signer, seq=admitted.seq, at=datetime.fromisoformat(admitted.ts))
    if manifest.mode == "production" and settings.running_code(state.project) != manifest.code:
        raise _changed("code")
    tenant = workspace.governing.tenant(manifest.tenant)
    if manifest.dataset is not None:
        with datasets.open_table(manifest.dataset.path, tenant, state) as table:
            submission.require_same_table(manifest.dataset.sha256, table.digest)
    if isinstance(manifest.circuit, OwnCircuit):
        datasets.read_circuit(manifest.circuit, tenant, state)
    for stage in ("admit", "sanitise", "train") if manifest.kind == "train" else ("admit",):
        digest = completed(workspace, stage)
        if digest is None:
            raise _changed(f"result of {stage}")
        workspace.folder.read(f"{stage}.json", digest)
    if manifest.kind == "train":
        sanitised = workspace.result("sanitise", SanitisedTable)
        workspace.folder.read(sanitised.path, sanitised.digest)


def _changed(what: str) -> IntegrityError:
    return IntegrityError(
        "changed-since-admission",
        f"The {what} of this run is not what was judged.",
        "Stop, delete nothing, and tell the security team; then submit the run again.",
    )
