"""Make a root and its first ring; enrol, revoke and renew under the root.

A development root lies beside the keys that it signs for. A production root is made in a folder on
another medium and never lies here: every change that it signs needs that medium.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from policy_checks.errors import IntegrityError, ManifestError, UnavailableError
from policy_checks.integrity import dsse, keyring, strict_json
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.schemas.keyring import (
    ALGORITHM_OF,
    Algorithm,
    Key,
    KeyCard,
    KeyRing,
    Profile,
    Reason,
    Revocation,
    Role,
    Root,
)
from tasks.adapters import documents, passphrase
from tasks.adapters import keyring as private
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import locked, write_whole
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import CO_ROOT, OTHERS_VALID, RING_VALID, ROOT, KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import trust

Change = Callable[[KeyRing], dict[str, Key]]
RENEW_EARLY = timedelta(days=60)
MACHINE: tuple[tuple[Role, str], ...] = (("rotator", "atomq"), ("audit", "atomq"))
PEOPLE: tuple[tuple[Role, str], ...] = (
    ("submitter", "developer"),
    ("reviewer", "reviewer"),
    ("witness", "local"),
)


def begin(
    state: Settings,
    profile: Profile,
    now: datetime,
    *,
    root_folder: Path | None = None,
    co_root: bool = False,
) -> KeyRing:
    """Make root, keys and first ring, sign the shipped documents, and record it all.

    Args:
        root_folder: for production, where the root goes; it is destroyed here afterwards.

    Raises:
        IntegrityError: there are keys or a log already; keys are made only where there is neither.
        UnavailableError: the root's folder cannot be used.
    """
    state.prepare_home()
    store, log = KeyStore(state.home), AuditLog(state.home, clock=lambda: now)
    folder = root_folder or store.folder
    with locked(store.folder / ".lock"):
        if not store.exists() and not log.exists():
            if root_folder is not None:
                _require_elsewhere(root_folder, state.home)
            _first_ring(store, profile, _tenants(state.home), now, folder, co_root=co_root)
        elif log.exists() or not (folder / f"{ROOT}.key").is_file():
            raise IntegrityError(
                "keys-exist",
                "There is a key ring or an audit log here already.",
                "Set ATOMQ_HOME to an empty folder for another one; see `atomq keys list` for this one.",
            )
    # A crash here leaves a ring that nobody recorded; the same call again goes on from it.
    trust.record_ring(store, log)
    trust.adopt_shipped(state.home, store, log, now, folder)
    log.close()
    return store.ring()


def enroll(state: Settings, envelope: bytes, now: datetime, root_folder: Path | None) -> Key:
    """Let the root add the key of a card to the ring, and return its entry.

    Raises:
        IntegrityError: the card does not verify.
        ManifestError: a role that no person enrols, or a key that the ring holds already.
    """
    card = keyring.open_card(envelope)
    if card.role == "exec":
        raise ManifestError(
            "role-not-enrolled", "Execution keys are made by the rotator.", "Use `atomq keys rotate`."
        )
    entry = Key(
        alg=card.alg, public=card.public, role=card.role, owner=card.owner,
        not_before=now, sign_until=now + OTHERS_VALID,
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


def _change(state: Settings, change: Change, now: datetime, root_folder: Path | None) -> KeyRing:
    store, log = KeyStore(state.home), AuditLog(state.home, clock=lambda: now)
    try:
        trust.require_whole(state.home, store, log, now, even_expired=True)
        signers = store.root_keys(root_folder)
        with locked(store.folder / ".lock"):
            chain = store.trusted()
            ring = store.publish(chain, change(chain.ring), signers, now, expires=now + RING_VALID)
        trust.record_ring(store, log)
    finally:
        log.close()
    return ring


def _first_ring(
    store: KeyStore, profile: Profile, tenants: Iterable[str], now: datetime, folder: Path, *, co_root: bool
) -> None:
    store.folder.chmod(0o700)
    for left in store.folder.glob("*.key"):
        left.unlink()  # A crash before the ring was published left these; no ring ever named them.
    if profile == "development":
        passphrase.invent(store.folder)
    else:
        passphrase.obtain(store.folder, what="this machine's keys", confirm=True)
    roots = _make_root(folder, co_root=co_root)
    root = Root(v=1, version=1, created=now, keys=tuple(key.public for key in roots))
    envelope = dsse.seal("rootkey", root.to_bytes(), *(key.signer() for key in roots))
    for place in {folder, store.folder}:
        write_whole(place / "root.json", envelope)
    private.make_secret(store.folder / "pepper.key", store.passphrase)
    people = PEOPLE if profile == "development" else ()
    keys = dict(store.new_key(role, owner, now) for role, owner in (*MACHINE, *people))
    served = trust.pseudonyms(store, tenants)
    keys |= dict(store.new_key("exec", "atomq", now, tenant=tenant) for tenant in served)
    # A crash before this line leaves private keys without a ring; the next call makes all anew.
    chain = RingChain(root, strict_json.digest(root.to_bytes()))
    store.publish(chain, keys, roots, now, profile=profile)


def _make_root(folder: Path, *, co_root: bool) -> list[PrivateKey]:
    def ask() -> bytes:
        return passphrase.obtain(folder, what="the root", confirm=True)

    algorithms: tuple[Algorithm, ...] = ("ml-dsa-87", "slh-dsa-sha2-128s") if co_root else ("ml-dsa-87",)
    made = [
        private.make(algorithm, folder, ask, name)
        for algorithm, name in zip(algorithms, (ROOT, CO_ROOT), strict=False)
    ]
    for key in made:
        key.unseal()
    return made


def _require_elsewhere(folder: Path, home: Path) -> None:
    if not folder.is_dir() or any(folder.glob("*.key")):
        raise UnavailableError(
            "root-folder-unusable",
            "The root's folder does not exist, or holds keys already.",
            "Name an empty folder on another medium.",
        )
    if folder.resolve().is_relative_to(home.resolve()):
        raise UnavailableError(
            "root-folder-unusable",
            "The root's folder lies inside the state folder.",
            "Name a folder on another medium, which you then take away.",
        )


def _tenants(home: Path) -> tuple[str, ...]:
    return tuple(tenant.name for tenant in documents.load(home).tenants.tenants)
