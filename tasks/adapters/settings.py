"""Where things lie: the project's folder and the state folder, with one clock and one source of ids."""

import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from policy_checks.errors import UnavailableError
from policy_checks.integrity import strict_json
from policy_checks.schemas.manifest import Code

GIT_TIMEOUT_S = 5


@dataclass(frozen=True)
class Settings:
    """The folder of the checkout (or the working directory) and the state folder."""

    project: Path
    home: Path

    def prepare_home(self) -> None:
        """Make the state folder, readable by its owner only.

        Raises:
            UnavailableError: it cannot be made or written.
        """
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.home / f".probe-{secrets.token_hex(4)}"
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError as error:
            raise UnavailableError(
                "state-folder-unwritable",
                f"The state folder {self.home} cannot be written ({error.strerror}).",
                "Set ATOMQ_HOME to a folder that you may write.",
            ) from None


def load() -> Settings:
    """Return the settings of this process, from `ATOMQ_HOME` or the default `data/home`."""
    checkout = Path(__file__).resolve().parents[2]
    project = checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()
    home = os.environ.get("ATOMQ_HOME")
    return Settings(project=project, home=Path(home).absolute() if home else project / "data" / "home")


def database_url() -> str | None:
    """Return where the audit log lies if not in the state folder: `ATOMQ_DATABASE_URL`, a Postgres URL."""
    return os.environ.get("ATOMQ_DATABASE_URL") or None


def pinned_root() -> str | None:
    """Return the identity of the root that this machine was told to trust: `ATOMQ_ROOT`."""
    return os.environ.get("ATOMQ_ROOT") or None


def names_model() -> Path | None:
    """Return the folder of the user's own model that finds names of persons, if one is configured."""
    named = os.environ.get("ATOMQ_NAMES_MODEL")
    return Path(named) if named else None


def witness_folders(home: Path) -> tuple[Path, ...]:
    """Return where checkpoints are witnessed: `ATOMQ_WITNESS`, or a copy in the state folder."""
    named = os.environ.get("ATOMQ_WITNESS")
    return tuple(Path(path).absolute() for path in named.split(os.pathsep)) if named else (home / "witness",)


def now() -> datetime:
    """Return the present moment, in UTC, with its zone."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a UUID of version 7: time-ordered to the millisecond, random below.

    Source: RFC 9562 section 5.7.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def running_code(project: Path) -> Code:
    """Return which code would run: the installed distributions' digest, and the commit or "none"."""
    return Code(lock=_installed_digest(), git=_commit(project))


def _installed_digest() -> str:
    packages = Path(strict_json.__file__).parents[2], *(Path(entry) for entry in _site_packages())
    names = {found.name for folder in packages for found in folder.glob("*.dist-info")}
    return strict_json.digest("\n".join(sorted(names)).encode())


def _site_packages() -> list[str]:
    import sysconfig

    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def _commit(project: Path) -> str:
    def git(*words: str) -> str:
        return subprocess.run(  # noqa: S603
            # A worker that runs as a user of its own is not the checkout's owner; git would refuse it.
            ["git", "-c", f"safe.directory={project}", "-C", str(project), *words],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
        ).stdout.strip()

    if not (project / ".git").exists():
        return "none"
    try:
        commit = git("rev-parse", "HEAD")
        dirty = git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "none"
    return f"{commit}-dirty" if dirty else commit
