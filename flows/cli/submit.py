"""`check` and `sign`: what policy would say, and a signature."""

from dataclasses import dataclass
from pathlib import Path

from flows.cli.terminal import EXITS, console, leave, reported, show_decision, show_json, write_output
from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import documents, settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import admission, lifecycle, trust
from tasks.stages.naming import require_impersonal_content


@dataclass(frozen=True)
class Submission:
    """A verified manifest of a tenant (by its pseudonym), its digest and its envelope, ready to be stored."""

    state: Settings
    pseudonym: str
    manifest: Manifest
    digest: str
    envelope: bytes


def read_submission(path: Path, key: Path | None = None) -> Submission:
    """Return a manifest from TOML (completed and signed here) or from an envelope (verified).

    Args:
        key: the submitter's key file; by default the submitter's key that lies in the state folder.

    Raises:
        ManifestError: unusable text, window or table.
        IntegrityError: an envelope that does not verify, or that another key than `key` signed.
    """
    source = submission.read_source(path)
    state = settings.load()
    store = lifecycle.prepare_state(state)
    now = settings.now()
    envelope = source
    keys = store.trusted().known
    if dsse.looks_like_envelope(source):
        if key is not None:
            _require_signed_by(submission.submitter_key(store, now, key), envelope)
    else:
        signer, wanted = submission.submitter_key(store, now, key), submission.parse_toml(source).tenant
        trust.require_own_tenant(store, keys.get(signer.keyid), wanted)
        envelope = submission.seal(submission.complete(source, signer.keyid, state, now), signer)
    (tenant,) = trust.pseudonyms(store, [submission.claims_of(envelope)[0]])
    log = AuditLog(state.home)
    manifest, digest = submission.verify(envelope, keys, now, log.size(), tenant=tenant)
    log.close()
    require_impersonal_content(manifest)
    return Submission(state, tenant, manifest, digest, envelope)


def judge(found: Submission) -> Decision:
    """Return what policy says of a submission now."""
    state = found.state
    governing = documents.load(state.home)
    store = KeyStore(state.home)
    return admission.judge(
        found.manifest, found.digest, governing, state, store.ring(), found.pseudonym, settings.now()
    )


def _require_signed_by(key: PrivateKey, envelope: bytes) -> None:
    """Return if an envelope bears the signature of the key that is named with it; what that is worth is told later."""
    _, signers = dsse.open_envelope("manifest", envelope, lambda *_: None)
    if signers != (key.keyid,):
        raise IntegrityError(
            "signer-other",
            "Another key signed the envelope than the one that --as names.",
            "Sign a manifest of your own with that key: atomq sign MANIFEST --as KEY.",
        )


def check_command(path: Path, *, key: Path | None, as_json: bool) -> None:
    """Print the decision on a manifest and end with its exit code."""
    with reported(as_json):
        decision = judge(read_submission(path, key))
        if as_json:
            show_json(decision.model_dump(mode="json"))
        else:
            show_decision(decision)
            estimate = decision.estimate
            console.print(
                f"Predicted: {estimate.quantum_s:.2f} quantum seconds, {estimate.peak_bytes:,} bytes, "
                f"{estimate.cost_eur} EUR"
            )
        leave(EXITS[decision.effect])


def sign_command(path: Path, output: Path, *, key: Path | None, as_json: bool) -> None:
    """Write a signed envelope and print the manifest's digest."""
    with reported(as_json):
        if dsse.looks_like_envelope(submission.read_source(path)):
            raise ManifestError(
                "manifest-signed", "This is an envelope: it is signed already.", "Give the manifest's TOML."
            )
        found = read_submission(path, key)
        write_output(output, found.envelope)
        if as_json:
            show_json(
                {
                    "manifest": found.digest,
                    "envelope": str(output),
                    "envelope_digest": strict_json.digest(found.envelope),
                    "not_after": found.manifest.not_after.isoformat(),
                }
            )
        else:
            console.print(f"Signed {output}: manifest {found.digest}")
            console.print(f"Valid until {found.manifest.not_after:%Y-%m-%d %H:%M} UTC")
            console.print(f"Next: [bold]atomq run {output}[/]")
