"""Names, options and help of `atomq template ...` and `atomq standing-approval ...`."""

from pathlib import Path
from typing import Annotated

import typer

template = typer.Typer(
    help="What schedules run from: sign, add and list templates.", no_args_is_help=True, rich_markup_mode=None
)
standing = typer.Typer(
    help="Approve a template's runs beforehand: grant, list and revoke.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@template.command(epilog="Example: atomq template sign data/manifests/nightly.toml -o nightly.json")
def sign(
    file: Annotated[Path, typer.Argument(help="A template (TOML).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the envelope.")],
    key: Annotated[
        Path | None,
        typer.Option("--as", help="The submitter's key file. Default: the one in the state folder."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Complete a template with window and code, and sign it; it holds for 90 days at most."""
    from flows.cli.template import sign_command

    sign_command(file, output, key, as_json=as_json)


@template.command(epilog="Example: atomq template add nightly.json")
def add(
    envelope: Annotated[Path, typer.Argument(help="The envelope that `atomq template sign` wrote.")],
    as_json: Json = False,
) -> None:
    """Register a signed template: schedules of its tenant that bear its name run from it."""
    from flows.cli.template import add_command

    add_command(envelope, as_json=as_json)


@template.command("list", epilog="Example: atomq template list")
def list_(as_json: Json = False) -> None:
    """List the templates that rule, with their submitters and how long they hold."""
    from flows.cli.template import list_command

    list_command(as_json=as_json)


@standing.command(
    epilog="Example: atomq standing-approval grant nightly --tenant sample-clinic --as alice.key "
    "--max-cost 1.00 --max-runs 31 --days 31"
)
def grant(
    named: Annotated[str, typer.Argument(help="A template's name, or its digest.", metavar="TEMPLATE")],
    tenant: Annotated[str, typer.Option("--tenant", help="Whose template it is.")],
    key: Annotated[Path, typer.Option("--as", help="The reviewer's key file.")],
    max_cost: Annotated[str, typer.Option("--max-cost", help="Predicted cost of one run at most, in EUR.")],
    max_runs: Annotated[int, typer.Option("--max-runs", min=1, max=1000, help="How many runs at most.")],
    days: Annotated[int, typer.Option("--days", min=1, max=31, help="For how long.")],
    as_json: Json = False,
) -> None:
    """Approve beforehand: this template, these columns, this code, so much money, so many runs; never remote."""
    from flows.cli.standing import grant_command

    grant_command(named, tenant, key, max_cost, max_runs, days, as_json=as_json)


@standing.command("list", epilog="Example: atomq standing-approval list")
def list_standing(as_json: Json = False) -> None:
    """List standing approvals: what each covers, how much of it is used, and whether it still counts."""
    from flows.cli.standing import list_command

    list_command(as_json=as_json)


@standing.command(epilog="Example: atomq standing-approval revoke 3f9a")
def revoke(
    digest: Annotated[str, typer.Argument(help="A standing approval's digest, or the beginning of it.")],
    as_json: Json = False,
) -> None:
    """End a standing approval; runs that it covered and that have not begun do not begin."""
    from flows.cli.standing import revoke_command

    revoke_command(digest, as_json=as_json)
