"""How a worker's process starts: in folders, an environment and, where users are isolated, a user of its own."""

import os
import subprocess
import sys
from pathlib import Path

from deployments import environment, secret
from deployments.accounts import Account
from deployments.site import Site
from tasks.adapters import worker_users
from tasks.adapters.servers import Server
from tasks.adapters.settings import Settings

GROUPS_ONLY = 0o007


def started(
    state: Settings, site: Site, server: Server, passphrase: int | None, account: Account | None
) -> "subprocess.Popen[bytes]":
    """Start the worker of a site.

    Args:
        passphrase: the descriptor that holds the keys' passphrase.
        account: whom it runs as; None for the user that this process runs as.
    """
    # Its output goes to root's file in root's folder: a worker could put a link in place of one of its own.
    folder, own = _folders(state.home, site.label, account)
    which = ["--tenant", site.tenant] if site.tenant else ["--system"]
    given = environment.of_worker(state, server, own)
    if account is not None:
        given |= {"HOME": str(own)}
    with (
        (folder / "worker.log").open("ab") as output,
        secret.copied(passphrase, account.uid if account else os.geteuid()) as inherited,
    ):
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", "deployments.worker", *which],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=given | secret.told(inherited),
            cwd=state.project,
            pass_fds=() if inherited is None else (inherited,),
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[account.shared_gid] if account else None,
            umask=GROUPS_ONLY if account else -1,
        )


def _folders(home: Path, label: str, account: Account | None) -> tuple[Path, Path]:
    """Return the folder of a worker's output, and the one that it may write itself; make them."""
    own = worker_users.folder(home, label)
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(own, account.uid if account else 0, account.gid if account else 0)
        os.chown(own.parent, 0, account.gid if account else 0)
        own.parent.chmod(0o750)
    return own.parent, own
