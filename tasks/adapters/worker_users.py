"""Which operating-system users the tenants' workers run as, told by the folders that their starter gave them."""

import os
import pwd
from pathlib import Path


def folder(home: Path, label: str) -> Path:
    """Return the folder that belongs to the worker of a tenant (a pseudonym), or of the system."""
    return home / "workers" / label / "own"


def shared(home: Path) -> str | None:
    """Return the name of the user that all tenants' workers run as, or None where each has one of its own.

    Where none has run yet, it is the user whom the state folder belongs to.
    """
    mine = home.stat().st_uid if home.is_dir() else os.geteuid()
    owners = [path.stat().st_uid for path in home.glob("workers/t-*/own")]
    if owners and mine not in owners and len(set(owners)) == len(owners):
        return None
    return _name(mine)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
