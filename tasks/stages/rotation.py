"""Rotate: what the hourly flow does, idempotent."""

from tasks.adapters import settings
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.ring_store import KeyStore
from tasks.stages import trust, witnessing


def rotate_due() -> int | None:
    """Publish fresh execution keys where they are due, destroy ended seeds, and return the new ring's version.

    Raises:
        UnavailableError: the rotator's key is not here, or the clock is behind.
        IntegrityError: keys, documents and log do not belong together.
    """
    state, now = settings.load(), settings.now()
    store, log = KeyStore(state.home), AuditLog(state.home)
    try:
        with trust.held(state.home):
            trust.require_whole(state.home, store, log, now)
            rotated = trust.rotate(state.home, store, log, now)
    finally:
        log.close()
    if not rotated:
        return None
    witnessing.checkpoint(state.home)
    return store.ring().version
