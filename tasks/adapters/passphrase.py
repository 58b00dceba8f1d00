"""The passphrase that opens private keys: from the environment, a file, or a person; it stays in this process."""

import os
import secrets
import stat
import sys
from getpass import getpass
from pathlib import Path

from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters.files import write_whole

VARIABLE = "ATOMQ_KEY_PASSPHRASE"
FILE_VARIABLE = "ATOMQ_KEY_PASSPHRASE_FILE"
CHARACTERS_MIN = 12
_known: dict[Path | None, bytes] = {}


def take() -> None:
    """Move the passphrase out of the environment, so that no child process inherits it."""
    found = os.environ.pop(VARIABLE, None)
    if found:
        _known[None] = found.encode("utf-8")


def obtain(folder: Path, *, what: str = "the keys", confirm: bool = False) -> bytes:
    """Return the passphrase of a folder's keys: its own file's, else the environment's, else a person's.

    Args:
        folder: where the keys lie; a development ring keeps a random passphrase beside them.
        confirm: ask twice and refuse short ones, because a new key will hang on it.

    Raises:
        UnavailableError: none is set, and there is no terminal to ask at.
    """
    take()
    if (folder / "passphrase").is_file():
        return read_private(folder / "passphrase").strip()
    found = _known.get(None) or _from_file() or _known.get(folder)
    if found is None:
        found = _known[folder] = _ask(what, confirm)
    return _long_enough(found) if confirm else found


def _from_file() -> bytes | None:
    path = os.environ.get(FILE_VARIABLE)
    return read_private(Path(path)).strip() if path else None


def _ask(what: str, confirm: bool) -> bytes:
    if not sys.stdin.isatty():
        raise UnavailableError(
            "passphrase-absent",
            f"The passphrase of {what} is not set, and there is no terminal to ask at.",
            f"Set {VARIABLE}, or {FILE_VARIABLE} to a file that only you may read.",
        )
    typed = getpass(f"Passphrase of {what}: ", stream=sys.stderr).encode("utf-8")
    if confirm and getpass("Once more: ", stream=sys.stderr).encode("utf-8") != typed:
        raise UnavailableError("passphrase-differs", "The two passphrases differ.", "Run the command again.")
    return typed


def invent(folder: Path) -> None:
    """Keep a random passphrase of 128 bits beside the keys: what a development ring does."""
    if not (folder / "passphrase").exists():
        write_whole(folder / "passphrase", secrets.token_hex(16).encode("ascii"), secret=True)


def read_private(path: Path) -> bytes:
    """Return the content of a file that only its owner may touch, or that root lets a group read.

    Root shares a key with the account of a worker that signs with it, in a folder that root shares.

    Raises:
        IntegrityError: others may read or write it, or it belongs to somebody else.
        UnavailableError: it is not there.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            own = found.st_uid == os.geteuid() and not found.st_mode & 0o077
            if not own and not _lent(found, path.parent):
                raise IntegrityError(
                    "key-exposed",
                    "A private key's file is open to others than its owner.",
                    "Treat the key as stolen: revoke it, then restrict the folder.",
                )
            return file.read()
    except OSError:
        raise UnavailableError(
            "key-absent", "A private key is not on this machine.", "Restore the keys folder."
        ) from None


def _lent(found: os.stat_result, folder: Path) -> bool:
    """Return whether this is root's file, for a group to read, in root's folder with the setgid bit."""
    if found.st_uid != 0 or found.st_mode & 0o037:
        return False
    around = folder.stat()
    return around.st_uid == 0 and bool(around.st_mode & stat.S_ISGID) and not around.st_mode & 0o022


def _long_enough(typed: bytes) -> bytes:
    if len(typed.decode("utf-8", "replace")) < CHARACTERS_MIN:
        raise UnavailableError(
            "passphrase-short",
            f"The passphrase has fewer than {CHARACTERS_MIN} characters.",
            "Choose a longer one: several words, say.",
        )
    return typed
