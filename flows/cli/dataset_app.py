"""Names, options and help of `atomq dataset ...`; the work is in `flows.cli.dataset`."""

from pathlib import Path
from typing import Annotated

import typer

dataset = typer.Typer(
    help="Register a tenant's tables, so that forms and templates can name them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@dataset.command(
    epilog="Example: atomq dataset add data/samples/breast_cancer.csv --tenant sample-clinic "
    "--name breast-cancer --like data/manifests/breast_cancer.toml"
)
def add(
    file: Annotated[Path, typer.Argument(help="A table under one of the tenant's roots: CSV or Parquet.")],
    tenant: Annotated[str, typer.Option("--tenant", help="Whose table it is.")],
    name: Annotated[str, typer.Option("--name", help="Its name in forms and templates: a-z, 0-9, '-', '_'.")],
    like: Annotated[
        Path | None, typer.Option("--like", help="A manifest (TOML) whose column declarations hold.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="The column to predict; the rest is declared cautiously.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Register a table with its digest and its columns' declarations; a later registration replaces it."""
    from flows.cli.dataset import add_command

    add_command(file, tenant, name, like, target, as_json=as_json)


@dataset.command("list", epilog="Example: atomq dataset list --tenant sample-clinic")
def list_(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only this tenant's.")] = None,
    as_json: Json = False,
) -> None:
    """List registered datasets with their digests."""
    from flows.cli.dataset import list_command

    list_command(tenant, as_json=as_json)
