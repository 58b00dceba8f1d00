"""Names, options and help of `atomq keys ...`; the work is in `flows.cli.keys`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

keys = typer.Typer(
    help="Make, show, enrol, rotate and revoke the keys that sign.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
RootFolder = Annotated[
    Path | None,
    typer.Option("--root", help="The folder with the root's keys. Default: the state folder (development)."),
]
KeyIdArgument = Annotated[str, typer.Argument(help="A key's id, or the beginning of it.")]


class ProfileChoice(StrEnum):
    """Where the keys lie: all on one machine, or where they belong."""

    development = "development"
    production = "production"


class RoleChoice(StrEnum):
    """Whose keys are made on their own machines."""

    submitter = "submitter"
    reviewer = "reviewer"
    witness = "witness"


class ReasonChoice(StrEnum):
    """Why a key is not believed any more."""

    compromised = "compromised"
    lost = "lost"
    left = "left"
    superseded = "superseded"


@keys.command(epilog="Example: atomq keys init --profile production --root /media/safe/atomq-root")
def init(
    profile: Annotated[ProfileChoice, typer.Option(help="Who holds the keys.")] = ProfileChoice.development,
    root: RootFolder = None,
    co_root: Annotated[
        bool, typer.Option("--co-root", help="Add a hash-based second root (SLH-DSA-SHA2-128s).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the root, this machine's keys and the first key ring.

    Development puts everything on this machine and denies production. Production makes the root in a
    folder on another medium, which you take away afterwards.
    """
    from flows.cli.keys import init_command

    init_command(profile.value, root, co_root=co_root, as_json=as_json)


@keys.command(epilog="Example: atomq keys new --role reviewer --owner alice -o alice.key")
def new(
    role: Annotated[RoleChoice, typer.Option(help="What the key will sign.")],
    owner: Annotated[str, typer.Option(help="Who holds it: a short name, as it will stand in the ring.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the private key goes.")],
    as_json: Json = False,
) -> None:
    """Make your own key on your own machine, and the card with its public half to be enrolled."""
    from flows.cli.keys import new_command

    new_command(role.value, owner, output, as_json=as_json)


@keys.command(epilog="Example: atomq keys enroll alice.card.json --root /media/safe/atomq-root")
def enroll(
    card: Annotated[Path, typer.Argument(help="The card that `atomq keys new` wrote.")],
    root: RootFolder = None,
    tenant: Annotated[
        str | None,
        typer.Option("--tenant", help="The one tenant that a submitter may ask for. Default: all."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the root add a person's public key to the ring."""
    from flows.cli.keys import enroll_command

    enroll_command(card, root, tenant, as_json=as_json)


@keys.command(epilog="Example: atomq keys rotate")
def rotate(root: RootFolder = None, as_json: Json = False) -> None:
    """Publish fresh execution keys where they are due; with --root also renew the ring and this machine's keys."""
    from flows.cli.keys import rotate_command

    rotate_command(root, as_json=as_json)


@keys.command(epilog="Example: atomq keys revoke 3fa9c1 --reason compromised --root /media/safe/atomq-root")
def revoke(
    keyid: KeyIdArgument,
    reason: Annotated[ReasonChoice, typer.Option(help="Why.")],
    root: RootFolder = None,
    untrusted_after: Annotated[
        int | None,
        typer.Option(
            "--untrusted-after", min=-1, help="Last log entry that is still believed. Default: the newest."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the root withdraw trust from a key; what it signed later does not count."""
    from flows.cli.keys import revoke_command

    revoke_command(keyid, reason.value, root, untrusted_after, as_json=as_json)


@keys.command(name="list", epilog="Example: atomq keys list --json")
def list_(as_json: Json = False) -> None:
    """List every key of the ring, what it may sign, until when, and whether it lies here."""
    from flows.cli.keys import list_command

    list_command(as_json=as_json)


@keys.command(epilog="Example: atomq keys show 3fa9c1")
def show(keyid: KeyIdArgument, as_json: Json = False) -> None:
    """Show one key of the ring, past execution keys included."""
    from flows.cli.keys import show_command

    show_command(keyid, as_json=as_json)


@keys.command(name="export-public", epilog="Example: atomq keys export-public -o public")
def export_public(
    output: Annotated[Path, typer.Option("--output", "-o", help="A folder that does not exist yet.")],
    as_json: Json = False,
) -> None:
    """Write the root document and every version of the ring: all that a verifier elsewhere needs."""
    from flows.cli.keys import export_command

    export_command(output, as_json=as_json)
