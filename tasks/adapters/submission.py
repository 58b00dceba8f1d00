"""From an author's TOML to a signed manifest in the store, and back by digest."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import AtomqError, IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity import dsse, keyring, strict_json
from policy_checks.integrity.keyring import SKEW, Keys
from policy_checks.integrity.manifest import open_manifest
from policy_checks.schemas.base import Digest, Pseudonym
from policy_checks.schemas.manifest import Manifest, ManifestRequest, OwnCircuitRequest
from policy_checks.schemas.reading import explain, from_toml
from tasks.adapters import datasets, documents, passphrase, settings
from tasks.adapters.files import write_whole
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings


def read_source(path: Path) -> bytes:
    """Return the bytes of a manifest file or envelope.

    Raises:
        ManifestError: missing, unreadable or too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(dsse.DECLARED_BYTES_MAX + 1)
    except OSError as error:
        raise ManifestError(
            "manifest-unreadable",
            f"The manifest cannot be read ({error.strerror}).",
            "Check the path; `atomq new TABLE --target COLUMN` writes a manifest.",
        ) from None
    if len(content) > dsse.DECLARED_BYTES_MAX:
        raise ManifestError("manifest-too-large", "The manifest is larger than 2 MiB.", "Shorten it.")
    return content


def complete(source: bytes, submitter: str, state: Settings, now: datetime) -> Manifest:
    """Return the author's TOML with the machine's part added; `submitter` is the id of the key that will sign.

    Raises:
        ManifestError: not TOML, fields that do not fit, or a table with another digest.
    """
    request = parse_toml(source)
    tenant = documents.load(state.home).tenant(request.tenant)
    whole = request.model_dump(mode="json")
    if request.dataset is not None:
        with datasets.open_table(request.dataset.path, tenant, state) as table:
            require_same_table(request.dataset.sha256, table.digest)
            whole["dataset"]["sha256"] = table.digest
    if isinstance(request.circuit, OwnCircuitRequest):
        text = datasets.read_circuit(request.circuit, tenant, state)
        whole["circuit"]["sha256"] = strict_json.digest(text)
    whole |= {
        "v": 1,
        "id": settings.new_id(),
        "submitter": submitter,
        "created": now.isoformat(),
        "not_before": now.isoformat(),
        "not_after": (now + timedelta(seconds=request.valid_for_s)).isoformat(),
        "code": settings.running_code(state.project).model_dump(mode="json"),
    }
    return Manifest.model_validate_json(strict_json.dumps(whole))


def require_same_table(declared: Digest | None, found: Digest) -> None:
    """Return if the table is the one that was declared.

    Raises:
        ManifestError: its digest differs; the message prints the new one.
    """
    if declared is not None and declared != found:
        raise ManifestError(
            "dataset-digest-mismatch",
            f"The table has digest {found}, but the manifest declares {declared}.",
            f'If the new table is meant, set dataset.sha256 = "{found}" and sign again.',
        )


def submitter_key(store: KeyStore, now: datetime, path: Path | None = None) -> PrivateKey:
    """Return the key that signs manifests: a person's own file, or the one that lies here.

    Raises:
        UnavailableError: no submitter's key lies here, or the file cannot be read.
    """
    if path is not None:
        return PrivateKey(path, lambda: passphrase.obtain(path.parent, what=path.name))
    return store.private(store.signing_key("submitter", None, now))


def seal(manifest: Manifest, key: PrivateKey) -> bytes:
    """Return the manifest's envelope, signed by the submitter."""
    return dsse.seal("manifest", manifest.to_bytes(), key.signer())


def verify(
    envelope: bytes,
    keys: Keys,
    now: datetime,
    seq: int,
    *,
    tenant: str | None = None,
    template: bytes | None = None,
) -> tuple[Manifest, Digest]:
    """Return manifest and digest of an envelope that counts and is valid now.

    Args:
        seq: the log position that its admission would have.
        tenant: pseudonym of its tenant, where the tenant's execution key may have signed it.
        template: envelope of the template that it names as its parent.

    Raises:
        IntegrityError: the signature does not count.
        ManifestError: not valid now, or content that does not fit.
    """
    manifest, digest, keyid = open_manifest(envelope, keys, tenant=tenant, template=template)
    keyring.require_counts(keys, keyid, seq=seq, at=now)
    if manifest.parent is not None:
        keyring.require_counts(keys, manifest.submitter, seq=seq, at=now)
    if manifest.not_after < now:
        raise _outside("manifest-expired", f"it was valid until {manifest.not_after:%Y-%m-%d %H:%M} UTC")
    if manifest.not_before - SKEW > now:
        raise _outside("manifest-not-yet-valid", f"it is valid from {manifest.not_before:%Y-%m-%d %H:%M} UTC")
    return manifest, digest


def claims_of(envelope: bytes) -> tuple[str, Digest | None]:
    """Return the tenant that an envelope names, and its template, unverified: what is needed to verify it.

    Raises:
        IntegrityError: not an envelope of a manifest.
    """
    payload, _ = dsse.open_envelope("manifest", envelope, lambda *_: None)
    try:
        found = strict_json.loads(payload, size_bytes_max=dsse.DECLARED_BYTES_MAX)
        return str(found["tenant"]), found.get("parent")
    except (AtomqError, KeyError, TypeError, AttributeError):
        raise IntegrityError(
            "envelope-invalid", "The envelope is refused: it holds no manifest.", "Sign the manifest again."
        ) from None


class ManifestStore:
    """Signed manifests, by the digest of their payload, with the run of each: `<home>/manifests/<pseudonym>/`.

    A folder for each tenant, so that a worker which runs as a user of its own finds its tenant's only.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "manifests"

    def put(self, tenant: Pseudonym, digest: Digest, envelope: bytes) -> None:
        """Keep an envelope; durable when this returns."""
        folder = self._folder / tenant
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / _name(digest, "json"), envelope)

    def get(self, digest: Digest) -> bytes:
        """Return an envelope by its payload's digest.

        Raises:
            UnavailableError: it was never put here, or into a folder that this process may not enter.
        """
        try:
            return self._path(digest, "json").read_bytes()
        except OSError:
            raise _unknown() from None

    def lock(self, digest: Digest) -> Path:
        """Return the lock file that whoever runs this manifest holds.

        Raises:
            UnavailableError: there is no such manifest.
        """
        return self._path(digest, "lock")

    def claim(self, digest: Digest, run: str) -> None:
        """Note which run executes this manifest."""
        write_whole(self._path(digest, "run"), run.encode("ascii"))

    def claimed_by(self, digest: Digest) -> str | None:
        """Return the run that last executed this manifest, or None."""
        try:
            return self._path(digest, "run").read_text(encoding="ascii")
        except (OSError, UnavailableError):
            return None

    def _path(self, digest: Digest, suffix: str) -> Path:
        found = next(self._folder.glob(f"*/{_name(digest, 'json')}"), None)
        if found is None:
            raise _unknown()
        return found.with_name(_name(digest, suffix))


def parse_toml(source: bytes) -> ManifestRequest:
    """Return the author's part of a manifest.

    Raises:
        ManifestError: not UTF-8, not TOML, or fields that do not fit.
    """
    try:
        return from_toml(ManifestRequest, source.decode("utf-8"))
    except UnicodeDecodeError:
        raise _unfit("it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise _unfit(f"not TOML: {error}") from None
    except ValidationError as error:
        raise _unfit(explain(error)) from None


def _name(digest: Digest, suffix: str) -> str:
    return f"{digest.removeprefix('sha256:')}.{suffix}"


def _unknown() -> UnavailableError:
    return UnavailableError(
        "manifest-absent", "No manifest of that digest is in the store.", "Submit it with `atomq run`."
    )


def _unfit(what: str) -> ManifestError:
    return ManifestError(
        "manifest-invalid",
        f"The manifest is refused: {what}.",
        "Correct these fields; data/manifests/breast_cancer.toml explains each.",
    )


def _outside(code: str, what: str) -> ManifestError:
    return ManifestError(code, f"The manifest is not valid now: {what}.", "Sign it again with `atomq sign`.")
