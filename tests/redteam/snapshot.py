"""A clean commit of the tree as it lies here, with an interpreter of its own: production needs known code."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.documents import PROJECT

AUTHOR = ("-c", "user.name=redteam", "-c", "user.email=redteam@localhost", "-c", "commit.gpgsign=false")
STARTER = "#!{python}\nfrom flows.cli import main\n\nmain()\n"


def taken(folder: Path) -> Path:
    """Copy the tree into `folder`, commit it there, and return the interpreter that runs that commit."""
    tree = folder / "tree"
    for name in filter(None, _git(PROJECT, "ls-files", "-coz", "--exclude-standard").split("\0")):
        if (PROJECT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, tree / name)
    _git(tree, "init", "--quiet")
    _git(tree, "add", "--all")
    _git(tree, *AUTHOR, "commit", "--quiet", "--message", "the tree under attack")
    return _interpreter(folder / "venv", tree)


def _interpreter(folder: Path, tree: Path) -> Path:
    """Make an environment that finds the tree first, then what is installed here."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "tree.pth").write_text(f"{tree}\n{sysconfig.get_path('purelib')}\n")
    starter = folder / "bin" / "atomq"
    starter.write_text(STARTER.format(python=python))
    starter.chmod(0o755)
    return python


def rerun(python: Path, words: list[str]) -> int:
    """Run this very command on the commit, and return its exit code."""
    tree = python.parents[2] / "tree"
    return subprocess.run(
        [str(python), "-m", "tests.redteam", "--here", *words], cwd=tree, env=_quiet()
    ).returncode


def _quiet() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "ATOMQ"))}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"git {words[0]} failed: {done.stderr}")
    return done.stdout
