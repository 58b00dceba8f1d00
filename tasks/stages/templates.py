"""Sign templates, register them, and list them: what schedules run from."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import IntegrityError, ManifestError
from policy_checks.integrity import dsse, keyring, strict_json
from policy_checks.integrity.keyring import SKEW
from policy_checks.integrity.manifest import open_template
from policy_checks.schemas.base import Digest, Name, Pseudonym
from policy_checks.schemas.reading import explain, from_toml
from policy_checks.schemas.template import Template, TemplateRequest
from tasks.adapters import dataset_registry, documents, registrations, settings, template_store
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import locked
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import trust
from tasks.stages.naming import require_impersonal, require_impersonal_content


@dataclass(frozen=True)
class Registered:
    """A template, its digest, and its tenant's pseudonym."""

    template: Template
    digest: Digest
    tenant: Pseudonym


def sign(source: bytes, key: PrivateKey, state: Settings, now: datetime) -> bytes:
    """Return the envelope of a template that a submitter's key signed.

    Raises:
        ManifestError: not TOML, fields that do not fit, or an unknown tenant.
    """
    request = _parsed(source)
    require_impersonal_content(request)
    store = KeyStore(state.home)
    trust.require_own_tenant(store, store.trusted().known.get(key.keyid), request.tenant)
    documents.load(state.home).tenant(request.tenant)
    whole = request.model_dump(mode="json") | {
        "v": 1,
        "id": settings.new_id(),
        "submitter": key.keyid,
        "created": now.isoformat(),
        "not_after": (now + timedelta(days=request.valid_for_days)).isoformat(),
        "code": settings.running_code(state.project).model_dump(mode="json"),
    }
    template = Template.model_validate_json(strict_json.dumps(whole))
    return dsse.seal("template", template.to_bytes(), key.signer())


def add(envelope: bytes, state: Settings, now: datetime) -> Registered:
    """Register a signed template; from now on it rules for its tenant and name.

    Raises:
        IntegrityError: its signature does not count, or it is older than the one that rules.
        ManifestError: not valid now, an unknown tenant, or a dataset that is not registered.
    """
    home, log = state.home, AuditLog(state.home)
    try:
        found = opened(envelope, home, log, now)
        documents.load(home).tenant(found.template.tenant)
        require_impersonal_content(found.template)
        require_impersonal(found.template.name)
        dataset_registry.read(home, found.tenant, found.template.dataset)
        with locked(home / "templates" / ".lock"):
            version = _require_newer(found, home, log)
            template_store.put(home, envelope)
            # A crash here leaves a template without an entry; nothing runs from it.
            log.append(
                "template.registered",
                {"name": found.template.name, "template": found.digest},
                tenant=found.tenant,
                actor=found.template.submitter,
                event=registrations.event("template", found.tenant, found.template.name, version),
            )
        return found
    finally:
        log.close()


def verified(envelope: bytes, home: Path, now: datetime) -> Registered:
    """Return a template that could be registered now.

    Raises:
        IntegrityError: the signature does not count.
        ManifestError: not valid now.
    """
    log = AuditLog(home)
    try:
        return opened(envelope, home, log, now)
    finally:
        log.close()


def opened(envelope: bytes, home: Path, log: AuditLog, now: datetime) -> Registered:
    """Return a template whose submitter's signature counts and that is valid now.

    Raises:
        IntegrityError: the signature does not count.
        ManifestError: not valid now.
    """
    store = KeyStore(home)
    keys = store.trusted().known
    template, digest = open_template(envelope, keys)
    keyring.require_counts(keys, template.submitter, seq=log.size(), at=now)
    if not template.created - SKEW <= now <= template.not_after:
        raise ManifestError(
            "template-expired",
            f"The template is valid from {template.created:%Y-%m-%d %H:%M} to "
            f"{template.not_after:%Y-%m-%d %H:%M} UTC.",
            "Sign it again with `atomq template sign`, and add it.",
        )
    trust.require_own_tenant(store, keys[template.submitter], template.tenant)
    (tenant,) = trust.pseudonyms(store, [template.tenant])
    return Registered(template, digest, tenant)


def registered(home: Path) -> tuple[Registered, ...]:
    """Return the template that rules for each name of each tenant, also where it has expired."""
    governing, store = documents.load(home), KeyStore(home)
    names = [tenant.name for tenant in governing.tenants.tenants]
    keys = store.trusted().known
    found = []
    for pseudonym in trust.pseudonyms(store, names):
        for name in template_store.names(home, pseudonym):
            envelope = template_store.get(home, template_store.newest(home, pseudonym, name))
            found.append(Registered(*open_template(envelope, keys), pseudonym))
    return tuple(found)


def find(home: Path, tenant: Name, named: str) -> Registered:
    """Return the tenant's registered template of that name, or whose digest begins so.

    Raises:
        ManifestError: none or several.
    """
    (pseudonym,) = trust.pseudonyms(KeyStore(home), [documents.load(home).tenant(tenant).name])
    found = [
        one
        for one in registered(home)
        if one.tenant == pseudonym
        and (one.template.name == named or (named.startswith("sha256:") and one.digest.startswith(named)))
    ]
    if len(found) != 1:
        raise ManifestError(
            "template-unregistered",
            f"{len(found)} registered templates of the tenant have that name or digest.",
            "See `atomq template list`.",
        )
    return found[0]


def _require_newer(found: Registered, home: Path, log: AuditLog) -> int:
    """Return the version that this registration has: the ruling one's if it is the very same template."""
    version, entry = registrations.newest(log, "template", found.tenant, found.template.name)
    if entry is None:
        return 1
    if entry.data["template"] == found.digest:
        return version
    envelope = template_store.get(home, str(entry.data["template"]))
    ruling, _ = open_template(envelope, KeyStore(home).trusted().known)
    if found.template.created <= ruling.created:
        raise IntegrityError(
            "template-rollback",
            f"A template of this name from {ruling.created:%Y-%m-%d %H:%M:%S} UTC is registered, and this one is "
            f"from {found.template.created:%Y-%m-%d %H:%M:%S} UTC.",
            "Sign the template again, if its content is meant.",
        )
    return version + 1


def _parsed(source: bytes) -> TemplateRequest:
    try:
        return from_toml(TemplateRequest, source.decode("utf-8"))
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        problem = f"not TOML: {error}"
    except ValidationError as error:
        problem = explain(error)
    raise ManifestError(
        "template-invalid",
        f"The template is refused: {problem}.",
        "Correct these fields; data/manifests/nightly.toml explains each.",
    )
