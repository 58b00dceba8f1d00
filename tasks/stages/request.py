"""A run's request in the log: made once, found again, refused with an entry."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from policy_checks.errors import AtomqError, IntegrityError, ManifestError
from policy_checks.integrity import strict_json
from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.base import Digest, Pseudonym
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.manifest import Manifest
from tasks.adapters import documents, tenancy
from tasks.adapters.audit_log import AuditLog, Draft, event_of
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import trust
from tasks.stages.naming import require_impersonal_content


@dataclass(frozen=True)
class Request:
    """What one run asks for, in the name of the tenant that this process works for; `request` is its digest."""

    state: Settings
    run: str
    log: AuditLog

    @cached_property
    def tenant(self) -> Tenant:
        """The tenant that this process works for.

        Raises:
            ManifestError: it works for nobody, or for nobody who is registered.
        """
        name = tenancy.served()
        found = documents.load(self.state.home).tenants.find(name) if name else None
        if found is None:
            raise ManifestError(
                "tenant-not-served",
                "This process works for no registered tenant; only a tenant's worker runs forms and templates.",
                "Trigger the run in Prefect, where `atomq up` serves the tenant.",
            )
        return found

    @cached_property
    def keys(self) -> KeyStore:
        """The key store of this state folder."""
        return KeyStore(self.state.home)

    @cached_property
    def pseudonym(self) -> Pseudonym:
        """The tenant's pseudonym."""
        return trust.pseudonyms(self.keys, [self.tenant.name])[0]

    def earlier(self, request: Digest) -> Digest | None:
        """Return the manifest that this run has submitted before.

        Raises:
            ManifestError: it asked for something else then.
        """
        entry = self.log.find(self._event)
        if entry is None:
            return None
        if entry.data["request"] != request or entry.tenant != self.pseudonym:
            raise ManifestError(
                "parameters-changed",
                "The run's parameters are not those that it was submitted with.",
                "Submit another run; what runs is what was asked for first.",
            )
        return entry.manifest

    def submit(self, envelope: bytes, digest: Digest, request: Digest, source: str) -> Digest:
        """Record that this run submits a stored manifest, and return its digest."""
        self.log.append_all([self._draft(envelope, digest, request, source, self._event)])
        return digest

    def submit_once(self, event: str, make: Callable[[], Manifest], request: Digest) -> Digest:
        """Return the manifest that was made for an event, made and recorded now if nobody has."""
        entry = self.log.find(event)
        if entry is None:
            envelope, digest = self.seal(make())
            try:
                drafts = [
                    self._draft(envelope, digest, request, "template", on) for on in (event, self._event)
                ]
                self.log.append_all(drafts)
                return digest
            except IntegrityError as error:
                entry = self.log.find(event)
                if error.code != "event-reused" or entry is None:
                    raise
        return self.submit(self._stored(entry), str(entry.manifest), request, "template")

    def seal(self, manifest: Manifest) -> tuple[bytes, Digest]:
        """Sign a manifest with the tenant's execution key and store it; return envelope and digest.

        Raises:
            ManifestError: a text in it holds personal data.
        """
        require_impersonal_content(manifest)
        payload = manifest.to_bytes()
        envelope = self.keys.sign(
            "manifest", payload, role="exec", tenant=self.pseudonym, now=manifest.created
        )
        digest = strict_json.digest(payload)
        # A crash between this and the entry leaves a manifest that no run names.
        ManifestStore(self.state.home).put(self.pseudonym, digest, envelope)
        return envelope, digest

    def refuse(self, error: AtomqError) -> None:
        """Record that the run was refused; once for each reason."""
        event = event_of("run", self.run, "run.refused", error.code)
        self.log.append("run.refused", {"code": error.code}, tenant=self._known(), run=self.run, event=event)

    @property
    def _event(self) -> str:
        return event_of("run", self.run, "run.submitted", "")

    def _draft(self, envelope: bytes, digest: Digest, request: Digest, source: str, event: str) -> Draft:
        data: dict[str, str | int] = {
            "envelope": strict_json.digest(envelope),
            "request": request,
            "source": source,
        }
        return Draft("run.submitted", data, self.pseudonym, run=self.run, manifest=digest, event=event)

    def _known(self) -> Pseudonym | None:
        try:
            return self.pseudonym
        except ManifestError:
            return None

    def _stored(self, entry: AuditEntry) -> bytes:
        return ManifestStore(self.state.home).get(str(entry.manifest))
