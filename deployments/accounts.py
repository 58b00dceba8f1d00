"""The operating-system users that tenants' workers run as: one for each tenant, made by the administrator."""

import grp
import os
import pwd
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deployments.site import Site
from policy_checks.errors import UnavailableError

GROUP = "atomq"
PSEUDONYM_CHARACTERS = 8
REACH = "import os, sys, deployments.lifeline; os.chdir(sys.argv[1]); os.stat(sys.argv[2])"


@dataclass(frozen=True)
class Account:
    """A tenant's user.

    Attributes:
        gid: its own group, which no other tenant's user is in.
        shared_gid: the group of all tenants' users.
    """

    name: str
    uid: int
    gid: int
    shared_gid: int


def account_name(label: str) -> str:
    """Return the name of the user that the tenant of this pseudonym needs."""
    return f"{GROUP}-{label.removeprefix('t-')[:PSEUDONYM_CHARACTERS]}"


def require_root() -> None:
    """Return if this process may start others as other users.

    Raises:
        UnavailableError: it may not.
    """
    if os.geteuid() != 0:
        raise UnavailableError(
            "isolation-needs-root",
            "Only root can run each tenant's worker as a user of its own.",
            "Start `atomq up --isolate-users` as root, or `atomq up` without it.",
        )


def fit(sites: Iterable[Site]) -> Mapping[str, Account]:
    """Return the users of tenants, by pseudonym: those that are there and share no number with anybody."""
    found = _existing(sites)
    users = Counter(account.uid for account in found.values())
    groups = Counter(account.gid for account in found.values())
    return {
        label: account
        for label, account in found.items()
        if account.uid and account.gid not in {0, account.shared_gid}
        and users[account.uid] == groups[account.gid] == 1
    }  # fmt: skip


def require_all(sites: Iterable[Site]) -> None:
    """Return if each tenant has a user, with a group of its own.

    Raises:
        UnavailableError: names the commands that make what is missing, or a user who would share.
    """
    wanted = tuple(site for site in sites if site.tenant)
    found = _existing(wanted)
    missing = [account_name(site.label) for site in wanted if site.label not in found]
    if missing:
        commands = [] if _group() is not None else [f"groupadd --system {GROUP}"]
        commands += [f"useradd --system --user-group --shell /usr/sbin/nologin {name}" for name in missing]
        raise UnavailableError(
            "account-missing",
            f"{len(missing)} of {len(wanted)} tenants have no operating-system user of their own.",
            f"Make them as root: {'; '.join(commands)}",
        )
    if len(fit(wanted)) < len(wanted):
        raise UnavailableError(
            "account-shared",
            f"Users of tenants share a number, or their first group, with each other, with root or with {GROUP}.",
            "Make each with useradd --system --user-group, so that it has a group of its own.",
        )


def require_reach(account: Account, project: Path, home: Path) -> None:
    """Return if a user can run this Python from the project, and reach the state folder.

    Raises:
        UnavailableError: a folder on the way is closed to it.
    """
    command = [sys.executable, "-P", "-c", REACH, str(project), str(home / "documents")]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            cwd="/",
            env={"PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=[account.shared_gid],
        )
        why = done.stderr.strip().rpartition("\n")[2] if done.returncode else None
    except OSError as error:
        why = f"{error.strerror}: {error.filename}"
    if why is not None:
        raise UnavailableError(
            "account-confined",
            f"The user {account.name} cannot run a worker ({why}).",
            "Put Python's environment, the project and the state folder where every user may enter.",
        )


def _existing(sites: Iterable[Site]) -> Mapping[str, Account]:
    shared = _group()
    found = {site.label: _user(account_name(site.label)) for site in sites if site.tenant}
    return {
        label: Account(user.pw_name, user.pw_uid, user.pw_gid, shared)
        for label, user in found.items()
        if user is not None and shared is not None
    }


def _group() -> int | None:
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return None


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
