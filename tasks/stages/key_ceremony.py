"""Make a root, this machine's keys and the first ring.

A development root lies beside the keys that it signs for. A production root is made in a folder on
another medium and never lies here: every change that it signs needs that medium.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import dsse, strict_json
from policy_checks.integrity.ring_chain import RingChain
from policy_checks.schemas.keyring import (
    Algorithm,
    KeyRing,
    Profile,
    Role,
    Root,
)
from tasks.adapters import documents, passphrase
from tasks.adapters import keyring as private
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.files import locked, write_whole
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import CO_ROOT, ROOT, KeyStore
from tasks.adapters.settings import Settings
from tasks.stages import trust

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
