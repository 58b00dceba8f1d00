"""Do ring, governing documents and log belong together, and is everything in force recorded?

What is published on disk is logged right after it, under an event id that its version determines. So a
crash between the two is mended by the next call, and a version that the log knows but the disk lacks
shows that somebody went back.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import manifest, ring_chain
from policy_checks.integrity.governing_documents import NAMES, Name, identity, lapsed
from policy_checks.integrity.keyring import SKEW
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.schemas.audit import EntryType
from policy_checks.schemas.keyring import Key
from tasks.adapters import documents
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.documents import Shelf
from tasks.adapters.files import locked
from tasks.adapters.ring_store import KeyStore
from tasks.tabular.pseudonym_keys import tenant_pseudonym

OWN: frozenset[Name] = frozenset({"tenants"})
STOP = "Stop, delete nothing, and tell the security team."


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Keep others from publishing or recording rings and documents while they are read with the log, or changed."""
    with locked(home / ".trust.lock"):
        yield


def require_whole(
    home: Path, store: KeyStore, log: AuditLog, now: datetime, *, even_expired: bool = False
) -> RingChain:
    """Return the trusted ring after holding it, the documents and the clock against the log.

    Args:
        even_expired: let an expired ring pass, for the one who renews it.

    Raises:
        IntegrityError: keys without their log, a log without its keys, or something older than the log knows.
        UnavailableError: the clock is behind the newest entry.
    """
    chain = store.trusted()
    if not log.exists() and any(Shelf(home, name).envelopes() for name in NAMES):
        raise IntegrityError("log-absent", "There are keys and documents, but the audit log is gone.", STOP)
    _require_clock(log, now)
    if not even_expired:
        ring_chain.require_current(chain.ring, now)
    _record_ring(store, log, chain)
    for name in NAMES:
        _record_document(Shelf(home, name), log)
    return chain


def rotate(home: Path, store: KeyStore, log: AuditLog, now: datetime) -> bool:
    """Publish fresh execution keys where they are due, and record the new ring; return whether any was due."""
    tenants = (tenant.name for tenant in documents.load(home).tenants.tenants)
    rotated = store.rotate(pseudonyms(store, tenants), now)
    if rotated:
        _record_ring(store, log, store.trusted())
    return rotated


def pseudonyms(store: KeyStore, tenants: Iterable[str]) -> tuple[str, ...]:
    """Return the tenants' pseudonyms: the ring and the log hold no tenant's name."""
    pepper = store.pepper()
    return tuple(tenant_pseudonym(pepper, tenant) for tenant in tenants)


def adopt(home: Path, name: Name, envelope: bytes, log: AuditLog, now: datetime) -> None:
    """Put a root-signed document in force and record it."""
    shelf = Shelf(home, name)
    shelf.adopt(envelope, now)
    _record_document(shelf, log)


def adopt_shipped(
    home: Path, store: KeyStore, log: AuditLog, now: datetime, root_folder: Path | None = None
) -> None:
    """Let the root sign what ships with the package, where nothing valid of that version is in force.

    Who the tenants are is the installation's own from the first adoption on; it is renewed, never replaced.
    """
    signers = None
    for name in NAMES:
        shelf = Shelf(home, name)
        adopted = shelf.adopted()
        if adopted is None or (shelf.shipped.version > adopted.version and name not in OWN):
            wanted = shelf.shipped
        elif lapsed(adopted, now):
            wanted = adopted
        else:
            continue
        signers = signers or store.root_keys(root_folder)
        adopt(home, name, shelf.sign(wanted, signers, now), log, now)


def require_own_tenant(store: KeyStore, key: Key | None, tenant: str) -> None:
    """Return if a submitter's key may ask for this tenant's runs, before anything of the tenant's is read.

    Raises:
        IntegrityError: it is enrolled for another one.
    """
    if key is not None and key.tenant is not None:
        manifest.require_own_tenant(key, pseudonyms(store, [tenant])[0])


def record_ring(store: KeyStore, log: AuditLog) -> None:
    """Record the newest ring, and any before it that a crash kept from being recorded."""
    _record_ring(store, log, store.trusted())


def _record_ring(store: KeyStore, log: AuditLog, chain: RingChain) -> None:
    newest = chain.ring.version
    if log.find(_ring_event(newest + 1)) is not None:
        raise IntegrityError(
            "ring-rollback", f"The log knows a newer key ring than version {newest}, which lies here.", STOP
        )
    known = log.find(_ring_event(newest))
    if known is not None:
        if known.data["ring"] != chain.digests[newest]:
            raise IntegrityError(
                "ring-swapped", f"Key ring {newest} is not the one that the log knows.", STOP
            )
        return
    envelopes = store.envelopes()
    for version in sorted(chain.digests):
        kind: EntryType = "keyring.created" if version == 1 else "keyring.rotated"
        if version > 1 and ring_chain.signed_by_root(envelopes[version - 1], chain.root):
            kind = "keyring.changed"
        log.append(
            kind,
            {"ring": chain.digests[version], "version": version, "profile": chain.ring.profile},
            event=_ring_event(version),
        )


def _record_document(shelf: Shelf, log: AuditLog) -> None:
    document = shelf.adopted()
    version = document.version if document else 0
    if log.find(_document_event(shelf.name, version + 1)) is not None:
        raise IntegrityError(
            "document-rollback",
            f"The log knows a newer {shelf.name} than version {version}, which lies here.",
            STOP,
        )
    if document is None:
        return
    digest, known = identity(document), log.find(_document_event(shelf.name, version))
    if known is None:
        log.append(
            "document.adopted",
            {"document": shelf.name, "digest": digest, "version": version},
            event=_document_event(shelf.name, version),
        )
    elif known.data["digest"] != digest:
        raise IntegrityError(
            "document-swapped", f"{shelf.name} version {version} is not the one that the log knows.", STOP
        )


def _require_clock(log: AuditLog, now: datetime) -> None:
    newest = log.newest()
    if newest is not None and now < datetime.fromisoformat(newest.ts) - SKEW:
        raise UnavailableError(
            "clock-behind",
            f"This machine's clock says {now:%Y-%m-%d %H:%M:%S} UTC, the newest log entry {newest.ts}.",
            "Set the clock; nothing is signed while time runs backwards.",
        )


def _ring_event(version: int) -> str:
    return event_of("keyring", str(version))


def _document_event(name: str, version: int) -> str:
    return event_of("document", name, str(version))
