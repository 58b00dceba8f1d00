"""Who may read and write what of a state folder whose tenants' workers run as users of their own.

Root owns every folder that has a fixed place, so no worker can put another thing there. What a tenant's runs
leave belongs to its user and group; what all runs need to read or write belongs to the group of all. Whatever is
made later follows the folder that it is made in (`tasks.adapters.files`), but private keys, which are handed out
here. Only what is root's is changed, and no link is followed: a worker could have made it.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.accounts import Account
from policy_checks.schemas.keyring import KeyRing
from tasks.adapters import settings
from tasks.adapters.ring_store import KeyStore

READ, WRITTEN = ("documents", "templates", "standing"), ("audit",)
LISTED = ("tenants", "manifests", "workers")
KNOWN = {*READ, *WRITTEN, *LISTED, "keys", "live", "witness", ".trust.lock"}
ROOT_ONLY = (0, 0o600)


@dataclass(frozen=True)
class Access:
    """A group, and the modes of folders and files that it may use."""

    gid: int
    folders: int
    files: int

    @classmethod
    def reading(cls, gid: int) -> "Access":
        """Let a group read."""
        return cls(gid, 0o2750, 0o640)

    @classmethod
    def writing(cls, gid: int) -> "Access":
        """Let a group read and write."""
        return cls(gid, 0o2770, 0o660)


def settle(home: Path, accounts: Mapping[str, Account]) -> None:
    """Let each tenant's user do what its runs need, and reach nothing of another tenant's; again, and nothing changes.

    Args:
        accounts: by pseudonym; at least one.

    Raises:
        IntegrityError: the key ring does not verify, so that nobody can say whose a key is.
    """
    group = next(iter(accounts.values())).shared_gid
    for path in home.iterdir():
        if path.name not in KNOWN:
            _set(path, -1, path.lstat().st_mode & 0o700)
    _settle_shared(home, group)
    _settle_keys(home / "keys", KeyStore(home).ring(), accounts, group)
    for label, account in accounts.items():
        _settle_tenant(home, label, account)
    _set(home / ".trust.lock", group, 0o660)
    # A crash before this line leaves a state folder that no worker may enter; the next start goes on.
    _set(home, group, 0o750)


def _settle_shared(home: Path, group: int) -> None:
    for name in LISTED:
        (home / name).mkdir(mode=0o700, exist_ok=True)
        _set(home / name, group, 0o750)
    for name in READ:
        (home / name).mkdir(mode=0o700, exist_ok=True)
        _give(home / name, Access.reading(group))
    for draft in (home / "documents").glob("[!.]*"):
        _set(draft, group, 0o640)
    if home / "witness" in settings.witness_folders(home):
        (home / "witness" / "checkpoints").mkdir(mode=0o700, parents=True, exist_ok=True)
        _give(home / "witness", Access.writing(group))
    for name in WRITTEN:
        _give(home / name, Access.writing(group))
    # Each worker makes and removes marks of its own there, and can neither list nor remove another's.
    (home / "live").mkdir(mode=0o700, exist_ok=True)
    _give(home / "live", Access(group, 0o1730, 0o660))


def _settle_tenant(home: Path, label: str, account: Account) -> None:
    own, runs, manifests = home / "tenants" / label, Access.writing(account.gid), Access.writing(account.gid)
    for path in (own, own / "runs", own / "datasets", own / "ledger", home / "manifests" / label):
        path.mkdir(mode=0o700, exist_ok=True)
    _give(own / "runs", runs)
    _give(own / "ledger", runs)
    _give(own / "datasets", Access.reading(account.gid))
    _give(home / "manifests" / label, manifests)
    _set(own, account.gid, 0o2750)


def _settle_keys(folder: Path, ring: KeyRing, accounts: Mapping[str, Account], group: int) -> None:
    """Hand out what runs sign and pseudonymise with; every other private key stays root's."""
    for path in folder.glob("[!.]*"):
        _set(path, *_reader(path, ring, accounts, group))
    _set(folder, group, 0o2750)


def _reader(path: Path, ring: KeyRing, accounts: Mapping[str, Account], group: int) -> tuple[int, int]:
    if path.suffix == ".json" or path.name in {"pepper.key", "passphrase"}:
        return group, 0o640
    key = ring.keys.get(path.stem)
    if key is not None and key.role in {"audit", "witness"}:
        return group, 0o640
    account = accounts.get(key.tenant or "") if key is not None and key.role == "exec" else None
    return ROOT_ONLY if account is None else (account.gid, 0o640)


def _set(path: Path, gid: int, mode: int) -> None:
    """Give one thing that is root's to a group, with this mode."""
    with _roots(path) as descriptor:
        if descriptor is not None:
            _change(descriptor, gid, mode)


def _give(path: str | Path, access: Access, parent: int | None = None) -> None:
    """Give a group what is root's here; a folder that is right already was so when what lies in it was made."""
    with _roots(path, parent) as descriptor:
        if descriptor is None:
            return
        found = os.fstat(descriptor)
        folder = stat.S_ISDIR(found.st_mode)
        wanted = access.folders if folder else access.files
        if (found.st_gid, stat.S_IMODE(found.st_mode)) == (access.gid, wanted):
            return
        for name in os.listdir(_place(descriptor)) if folder else ():
            _give(name, access, descriptor)
        _change(descriptor, access.gid, wanted)


@contextmanager
def _roots(path: str | Path, parent: int | None = None) -> Iterator[int | None]:
    """Yield a handle of a folder or a plain file of root's, or None; never of a link, nor of a file with two names.

    A handle that cannot read: to close any other one would drop the locks that this process has on a database.
    """
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW, dir_fd=parent)
    except OSError:
        yield None
        return
    try:
        found = os.fstat(descriptor)
        plain = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
        yield descriptor if found.st_uid == 0 and (plain or stat.S_ISDIR(found.st_mode)) else None
    finally:
        os.close(descriptor)


def _change(descriptor: int, gid: int, mode: int) -> None:
    found = os.fstat(descriptor)
    if gid not in {-1, found.st_gid}:
        os.chown(_place(descriptor), -1, gid)  # Clears the setgid bit, so the mode comes after it.
        found = os.fstat(descriptor)
    if stat.S_IMODE(found.st_mode) != mode:
        os.chmod(_place(descriptor), mode)


def _place(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"
