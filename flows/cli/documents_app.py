"""Names, options and help of `atomq documents ...`; the work is in `flows.cli.documents`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

documents = typer.Typer(
    help="Show, compare, sign and adopt the governing documents: policy, tenants, tariff.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


class NameChoice(StrEnum):
    """The three governing documents."""

    policy = "policy"
    tenants = "tenants"
    tariff = "tariff"


Name = Annotated[NameChoice, typer.Argument(help="Which document.")]


@documents.command(epilog="Example: atomq documents show policy")
def show(
    name: Annotated[
        NameChoice | None, typer.Argument(help="Which document. Default: a line for each.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what is in force, under which digest and until when, and whether a draft stands in for it."""
    from flows.cli.documents import show_command

    show_command(name.value if name else None, as_json=as_json)


@documents.command(epilog="Example: atomq documents diff policy --file my_policy.toml")
def diff(
    name: Name,
    file: Annotated[
        Path | None, typer.Option("--file", help="A draft. Default: the one in the state folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare a draft with the document in force, field by field."""
    from flows.cli.documents import diff_command

    diff_command(name.value, file, as_json=as_json)


@documents.command(epilog="Example: atomq documents sign policy -o policy.json --root /media/safe/atomq-root")
def sign(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the envelope.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="A draft. Default: the one in the state folder.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(
            "--root", help="The folder with the root's keys. Default: the state folder (development)."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the root sign a draft as the next version, valid for a year; it is in force once adopted."""
    from flows.cli.documents import sign_command

    sign_command(name.value, file, output, root, as_json=as_json)


@documents.command(epilog="Example: atomq documents adopt policy.json")
def adopt(
    envelope: Annotated[Path, typer.Argument(help="The envelope that `atomq documents sign` wrote.")],
    as_json: Json = False,
) -> None:
    """Put a signed document in force and record that; needs no private key."""
    from flows.cli.documents import adopt_command

    adopt_command(envelope, as_json=as_json)
