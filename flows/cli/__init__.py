"""The command line: `atomq COMMAND`. Each command imports what it needs when it runs."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typer import Typer


def main() -> None:
    """Run the command that was typed and end with its exit code."""
    from tasks.adapters import passphrase
    from tasks.stages.log_lines import keep_values_out

    passphrase.take()
    keep_values_out()
    try:
        from flows.cli.app import app
    except ModuleNotFoundError as missing:
        sys.exit(f"atomq: {missing.name} is not installed; install the extra 'run': pip install 'atomq[run]'")
    sys.exit(_typed(app))


def _typed(app: "Typer") -> int:
    """Run the command; what cannot be a command is told without what is personal in it."""
    from typer.exceptions import TyperException

    from tasks.stages.own_words import said

    try:
        code: int | None = app(standalone_mode=False)
    except TyperException as wrong:
        wrong.message = said(wrong.message)
        wrong.show()  # type: ignore[attr-defined]
        return wrong.exit_code
    return code or 0
