"""Names, options and help of `atomq tenant ...`; the work is in `flows.cli.tenant`."""

from pathlib import Path
from typing import Annotated

import typer

tenant = typer.Typer(
    help="Whose work may run here: add a tenant, list them.", no_args_is_help=True, rich_markup_mode=None
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@tenant.command(epilog="Example: atomq tenant add north-clinic --data /srv/north-clinic")
def add(
    name: Annotated[str, typer.Argument(help="The tenant's name: a-z, 0-9, '-', '_'.")],
    data: Annotated[Path, typer.Option("--data", help="The folder that holds this tenant's tables only.")],
    production: Annotated[
        bool, typer.Option("--production", help="Open production to it, run by run approved.")
    ] = False,
    runs_max: Annotated[
        int, typer.Option("--runs-max", min=1, max=64, help="How many of its runs execute at the same time.")
    ] = 1,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", help="The folder with the root's keys. Default: the state folder (development)."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the root sign one tenant more into the tenants document, put it in force, and make its keys."""
    from flows.cli.tenant import add_command

    add_command(name, data, root, production=production, runs_max=runs_max, as_json=as_json)


@tenant.command("list", epilog="Example: atomq tenant list")
def list_(as_json: Json = False) -> None:
    """List every tenant: pseudonym, roots, modes, limit, registered datasets and templates."""
    from flows.cli.tenant import list_command

    list_command(as_json=as_json)
