"""The command line: `atomq COMMAND`. Each command imports what it needs when it runs."""

import sys


def main() -> None:
    """Run the command that was typed and end with its exit code."""
    from tasks.adapters import passphrase

    passphrase.take()
    try:
        from flows.cli.app import app
    except ModuleNotFoundError as missing:
        sys.exit(f"atomq: {missing.name} is not installed; install the extra 'run': pip install 'atomq[run]'")
    app()
