"""Names, options and help of `atomq audit ...`; the work is in `flows.cli.audit`."""

from pathlib import Path
from typing import Annotated

import typer

audit = typer.Typer(
    help="Read, prove, witness and export the audit log.", no_args_is_help=True, rich_markup_mode=None
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@audit.command(epilog="Example: atomq audit tail -n 20")
def tail(
    n: Annotated[int, typer.Option("-n", min=1, max=100_000, help="How many entries.")] = 20,
    as_json: Json = False,
) -> None:
    """Show the newest entries, checked against each other."""
    from flows.cli.audit import tail_command

    tail_command(n, as_json=as_json)


@audit.command(epilog="Example: atomq audit export -o evidence")
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder that does not exist yet.")],
    as_json: Json = False,
) -> None:
    """Write an evidence pack: all that an auditor needs to verify everything without this machine.

    It holds no private key and no tenant's product; inside lies a second verifier that shares no code with atomq.
    """
    from flows.cli.audit import export_command

    export_command(output, as_json=as_json)


@audit.command(epilog="Example: atomq audit prove 42 > proof.json")
def prove(
    seq: Annotated[int, typer.Argument(min=0, help="Number of an entry.")], as_json: Json = False
) -> None:
    """Print the proof that an entry is in the log under its newest signed checkpoint."""
    from flows.cli.audit import prove_command

    prove_command(seq, as_json=as_json)


@audit.command(epilog="Example: atomq audit witness /mnt/elsewhere --as witness.key")
def witness(
    directory: Annotated[Path, typer.Argument(help="The witness's directory.")],
    key: Annotated[
        Path | None, typer.Option("--as", help="A witness key's file, to cosign with. Default: none.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Let a witness take the newest checkpoint, if it continues what the witness holds; for its own user's cron."""
    from flows.cli.audit import witness_command

    witness_command(directory, key, as_json=as_json)
