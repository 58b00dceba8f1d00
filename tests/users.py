"""Operating-system users for tests: made and removed by root, and able to run this very Python."""

import grp
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deployments.accounts import GROUP, Account
from tests.conftest import ATOMQ
from tests.documents import PROJECT
from tests.stack import Stack

TOOLS = ("useradd", "groupadd", "userdel", "groupdel", "setpriv", "unshare")
# Within its own view of the disks: put an open folder over the closed one, with nothing in it but what is needed.
OPEN_VIEW = """
held=$(mktemp -d)
mount --bind "$2" "$held"
mount -t tmpfs -o mode=755 none "$1"
mkdir -p "$2"
mount --bind "$held" "$2"
umount "$held"
rmdir "$held"
shift 2
exec "$@"
"""


def _closed(path: Path) -> Path | None:
    """Return the outermost folder on the way to a path that others may not enter."""
    way = (path, *path.parents)
    return next((folder for folder in reversed(way) if not folder.stat().st_mode & 0o001), None)


def why_not() -> str | None:
    """Return why this machine lets nobody test users, or None."""
    if os.geteuid() != 0:
        return "NOT TESTED: only root can make operating-system users"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"NOT TESTED: no {', '.join(missing)} on this machine"
    if _closed(PROJECT) is not None:
        return f"NOT TESTED: {_closed(PROJECT)}, where the project lies, is closed to other users"
    probe = subprocess.run(reachable("true"), capture_output=True, check=False)
    return None if probe.returncode == 0 else "NOT TESTED: this root may not mount anything"


def reachable(*command: str) -> list[str]:
    """Return a command within which every user reaches this Python, also where it lies in root's home."""
    python = Path(sys.base_prefix)
    closed = _closed(python)
    if closed is None:
        return list(command)
    return ["unshare", "--mount", "sh", "-ec", OPEN_VIEW, "sh", str(closed), str(python), *command]


class IsolatedStack(Stack):
    """`atomq up --isolate-users`."""

    command = (*reachable(str(ATOMQ), "up", "--port", "0"), "--isolate-users")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A fresh folder that every user may enter, as pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="atomq-users-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def made_by(commands: list[str]) -> Iterator[None]:
    """Do as an administrator was told, while the block lasts."""
    words = [command.split() for command in commands]
    try:
        for command in words:
            subprocess.run(command, check=True, capture_output=True)
        yield
    finally:
        for tool, *_, name in reversed(words):
            subprocess.run([tool.replace("add", "del"), name], check=False, capture_output=True)


def account(name: str) -> Account:
    """Return the user of that name."""
    user = pwd.getpwnam(name)
    return Account(name, user.pw_uid, user.pw_gid, grp.getgrnam(GROUP).gr_gid)


def as_user(user: Account, program: str, *words: str | Path) -> Any:
    """Run a Python program as this user would; return the JSON that it prints."""
    groups = ["--reuid", str(user.uid), "--regid", str(user.gid), "--groups", str(user.shared_gid)]
    command = reachable("setpriv", *groups, sys.executable, "-P", "-c", program, *map(str, words))
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
