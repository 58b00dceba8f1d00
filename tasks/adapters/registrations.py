"""Which registration of a tenant's dataset or template rules: the newest that the log knows.

Each registration is an entry whose event follows from tenant, name and version. What lies on disk is written
first; until its entry is there, it does not count.
"""

from typing import Literal

from policy_checks.schemas.audit import AuditEntry
from policy_checks.schemas.base import Name, Pseudonym
from tasks.adapters.audit_log import AuditLog, event_of

Kind = Literal["dataset", "template"]


def event(kind: Kind, pseudonym: Pseudonym, name: Name, version: int) -> str:
    """Return the event id of one version's registration."""
    return event_of(kind, pseudonym, name, str(version))


def newest(log: AuditLog, kind: Kind, pseudonym: Pseudonym, name: Name) -> tuple[int, AuditEntry | None]:
    """Return the version that rules and its entry; 0 and None where nothing of that name is registered."""
    version, found = 0, None
    while (following := log.find(event(kind, pseudonym, name, version + 1))) is not None:
        version, found = version + 1, following
    return version, found
