"""Signed templates under `<home>/templates`, by digest; which of them rules for a name, the log says."""

from pathlib import Path

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import Digest, Name, Pseudonym
from policy_checks.schemas.template import Template
from tasks.adapters import registrations
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.envelope_store import EnvelopeStore


def put(home: Path, envelope: bytes) -> Digest:
    """Keep a template and return its digest; durable when this returns."""
    return _store(home).put(envelope)


def get(home: Path, digest: Digest) -> bytes:
    """Return a template's envelope by its digest.

    Raises:
        UnavailableError: it was never put here.
        IntegrityError: the file holds another template.
    """
    return _store(home).get(digest)


def names(home: Path, pseudonym: Pseudonym) -> tuple[Name, ...]:
    """Return the names of the tenant's registered templates, sorted."""
    log, found = AuditLog(home), set[Name]()
    for digest, payload in _store(home).payloads().items():
        name = Template.model_validate_json(payload).name
        _, entry = registrations.newest(log, "template", pseudonym, name)
        if entry is not None and entry.data["template"] == digest:
            found.add(name)
    log.close()
    return tuple(sorted(found))


def newest(home: Path, pseudonym: Pseudonym, name: Name) -> Digest:
    """Return the digest of the template that rules for this name.

    Raises:
        ManifestError: the tenant has registered none of that name.
    """
    log = AuditLog(home)
    _, entry = registrations.newest(log, "template", pseudonym, name)
    log.close()
    if entry is None:
        raise ManifestError(
            "template-unregistered",
            "The tenant has no registered template of that name.",
            "See `atomq template list`; `atomq template add ENVELOPE` registers one.",
        )
    return str(entry.data["template"])


def _store(home: Path) -> EnvelopeStore:
    return EnvelopeStore(home / "templates", "template")
