"""Change a ring under its root: enrol people, revoke keys, renew what ends; and make a person's own key."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from policy_checks.errors import ManifestError
from policy_checks.integrity import dsse, keyring
from policy_checks.schemas.keyring import ALGORITHM_OF, Key, KeyCard, KeyRing, Reason, Revocation, Role
from tasks.adapters import documents, passphrase
from tasks.adapters import keyring as private
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import locked
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import OTHERS_VALID, RING_VALID, KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import trust
from tasks.stages.naming import require_impersonal

Change = Callable[[KeyRing], dict[str, Key]]
RENEW_EARLY = timedelta(days=60)


def enroll(
    state: Settings, envelope: bytes, now: datetime, root_folder: Path | None, tenant: str | None = None
) -> Key:
    """Let the root add the key of a card to the ring, and return its entry.

    Args:
        tenant: name of the one tenant that a submitter may ask for.

    Raises:
        IntegrityError: the card does not verify.
        ManifestError: a role that no person enrols or that has no tenant, or a key that the ring holds already.
    """
    card = keyring.open_card(envelope)
    require_impersonal(card.owner)
    if tenant is not None and card.role != "submitter":
        raise ManifestError(
            "role-without-tenant", f"A key of role {card.role} serves all tenants.", "Leave out --tenant."
        )
    if card.role == "exec":
        raise ManifestError(
            "role-not-enrolled", "Execution keys are made by the rotator.", "Use `atomq keys rotate`."
        )
    entry = Key(
        alg=card.alg, public=card.public, role=card.role, owner=card.owner,
        tenant=_pseudonym(state, tenant) if tenant else None, not_before=now, sign_until=now + OTHERS_VALID,
    )  # fmt: skip

    def change(ring: KeyRing) -> dict[str, Key]:
        if keyring.key_id(card) in ring.keys:
            raise ManifestError("key-enrolled", "The ring holds this key already.", "See `atomq keys list`.")
        return ring.keys | {keyring.key_id(card): entry}

    _change(state, change, now, root_folder)
    return entry


def revoke(
    state: Settings,
    keyid: str,
    reason: Reason,
    now: datetime,
    root_folder: Path | None,
    *,
    untrusted_after_seq: int | None = None,
) -> Key:
    """Let the root revoke a key, and return its entry.

    Args:
        untrusted_after_seq: the last log position that is still believed; by default the newest one.

    Raises:
        ManifestError: the ring does not hold the key, or it is revoked already.
    """
    log = AuditLog(state.home, clock=lambda: now)
    last = log.size() - 1 if untrusted_after_seq is None else untrusted_after_seq
    log.close()
    revocation = Revocation(at=now, reason=reason, untrusted_after_seq=last)

    def change(ring: KeyRing) -> dict[str, Key]:
        key = ring.keys[find(ring, keyid)]
        if key.revoked is not None:
            raise ManifestError("key-revoked", "The key is revoked already.", "See `atomq keys show`.")
        return ring.keys | {find(ring, keyid): key.model_copy(update={"revoked": revocation})}

    ring = _change(state, change, now, root_folder)
    return ring.keys[find(ring, keyid)]


def renew(state: Settings, now: datetime, root_folder: Path | None) -> KeyRing:
    """Let the root extend the ring's validity and replace this machine's keys that end soon."""
    store = KeyStore(state.home)

    def change(ring: KeyRing) -> dict[str, Key]:
        fresh = {(key.role, key.owner) for key in ring.keys.values() if key.may_sign(now + RENEW_EARLY)}
        here = {
            (key.role, key.owner)
            for keyid, key in ring.keys.items()
            if key.role != "exec" and store.holds(keyid)
        }
        return ring.keys | dict(store.new_key(role, owner, now) for role, owner in sorted(here - fresh))

    return _change(state, change, now, root_folder)


def new_card(role: Role, owner: str, path: Path) -> tuple[PrivateKey, bytes]:
    """Make a person's key on their own machine; return it and the card to be enrolled.

    The private key goes to `path`, sealed under the person's own passphrase.
    """
    require_impersonal(owner)
    folder = path.parent
    key = private.make(
        ALGORITHM_OF[role],
        folder,
        lambda: passphrase.obtain(folder, what="the new key", confirm=True),
        name=path.name.removesuffix(".key"),
    )
    card = KeyCard(v=1, alg=key.public.alg, public=key.public.public, role=role, owner=owner)
    return key, dsse.seal("keycard", card.to_bytes(), key.signer())


def find(ring: KeyRing, beginning: str) -> str:
    """Return the id of the one key whose id begins so.

    Raises:
        ManifestError: none or several do.
    """
    found = [keyid for keyid in ring.keys if keyid.startswith(beginning)]
    if len(found) != 1 or not beginning:
        raise ManifestError(
            "key-unknown",
            f"{len(found)} keys of the ring have an id that begins so.",
            "See `atomq keys list`.",
        )
    return found[0]


def _pseudonym(state: Settings, tenant: str) -> str:
    documents.load(state.home).tenant(tenant)
    return trust.pseudonyms(KeyStore(state.home), [tenant])[0]


def _change(state: Settings, change: Change, now: datetime, root_folder: Path | None) -> KeyRing:
    store, log = KeyStore(state.home), AuditLog(state.home, clock=lambda: now)
    signers = store.root_keys(root_folder)
    for key in signers:
        key.unseal()  # Asks for the passphrase here, so that nobody waits for a person who types.
    try:
        with trust.held(state.home):
            trust.require_whole(state.home, store, log, now, even_expired=True)
            with locked(store.folder / ".lock"):
                chain = store.trusted()
                ring = store.publish(chain, change(chain.ring), signers, now, expires=now + RING_VALID)
            trust.record_ring(store, log)
    finally:
        log.close()
    return ring
