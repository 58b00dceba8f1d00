"""Who is served here, and a new tenant: a version of the tenants document, signed by the root."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from policy_checks.errors import ManifestError
from policy_checks.schemas.base import Name, Pseudonym
from policy_checks.schemas.governing import Tenant, Tenants
from policy_checks.schemas.reading import explain
from tasks.adapters import dataset_registry, datasets, documents, template_store
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.documents import Shelf
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import trust
from tasks.stages.naming import require_impersonal


@dataclass(frozen=True)
class Served:
    """A tenant with what it has registered; the pseudonym is its name everywhere outside this machine."""

    tenant: Tenant
    pseudonym: Pseudonym
    datasets: tuple[Name, ...]
    templates: tuple[Name, ...]


def served(home: Path) -> tuple[Served, ...]:
    """Return every tenant of the document in force, in its order."""
    tenants = documents.load(home).tenants.tenants
    pseudonyms = trust.pseudonyms(KeyStore(home), [tenant.name for tenant in tenants])
    return tuple(
        Served(
            tenant, pseudonym, dataset_registry.names(home, pseudonym), template_store.names(home, pseudonym)
        )
        for tenant, pseudonym in zip(tenants, pseudonyms, strict=True)
    )


def new_tenant(name: str, folder: Path, state: Settings, *, production: bool, runs_max: int) -> Tenant:
    """Return a tenant that reads one folder, for quantum machine learning.

    Raises:
        ManifestError: a name or number that does not fit, or no such folder outside the state folder.
    """
    root = folder.resolve()
    if not root.is_dir() or root.is_relative_to(state.home.resolve()):
        raise ManifestError(
            "dataset-root-unusable",
            "The tenant's dataset root is no folder, or lies inside the state folder.",
            "Name a folder that holds this tenant's tables only, with --data.",
        )
    require_impersonal(name)
    try:
        return Tenant(
            name=name,
            dataset_roots=(str(root),),
            purposes=("qml",),
            modes=("dry_run", "production") if production else ("dry_run",),
            runs_max=runs_max,
        )
    except ValidationError as error:
        raise ManifestError(
            "tenant-invalid", f"The tenant is refused: {explain(error)}.", "Correct its name."
        ) from None


def add(state: Settings, tenant: Tenant, now: datetime, root_folder: Path | None) -> Pseudonym:
    """Let the root sign the tenants document with one tenant more, put it in force, and make its keys.

    Raises:
        ManifestError: the name is taken, a draft lies there, or the roots reach into another tenant's.
        UnavailableError: the root's or the rotator's key is not here.
    """
    home = state.home
    store, log = KeyStore(home), AuditLog(home)
    signers = store.root_keys(root_folder)
    for key in signers:
        key.unseal()  # Asks for the passphrase here, so that nobody waits for a person who types.
    try:
        with trust.held(home):
            trust.require_whole(home, store, log, now)
            document = _with(state, tenant)
            trust.adopt(home, "tenants", Shelf(home, "tenants").sign(document, signers, now), log, now)
            # A crash here leaves a tenant without an execution key; the next rotation makes it.
            trust.rotate(home, store, log, now)
    finally:
        log.close()
    return trust.pseudonyms(store, [tenant.name])[0]


def _with(state: Settings, tenant: Tenant) -> Tenants:
    tenants = documents.load(state.home).tenants
    if Shelf(state.home, "tenants").edited() is not None:
        raise ManifestError(
            "draft-present",
            "An unsigned draft of the tenants document lies in the state folder; it would be signed unread.",
            "Sign or remove documents/tenants.toml first: atomq documents diff tenants.",
        )
    if tenants.find(tenant.name) is not None:
        raise ManifestError(
            "tenant-known", "A tenant of that name is registered.", "See `atomq tenant list`."
        )
    taken = [root for other in tenants.tenants for root in datasets.roots(other, state)]
    _require_apart(datasets.roots(tenant, state), taken)
    return tenants.model_copy(update={"tenants": (*tenants.tenants, tenant)})


def _require_apart(own: tuple[Path, ...], taken: list[Path]) -> None:
    if any(one.is_relative_to(other) or other.is_relative_to(one) for one in own for other in taken):
        raise ManifestError(
            "dataset-root-shared",
            "The dataset root lies inside another tenant's, or holds one.",
            "Name a folder that holds this tenant's tables only, with --data.",
        )
