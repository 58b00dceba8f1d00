"""Names, options and help of what reviewers type; the work is in `flows.cli.review`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

review = typer.Typer(rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
RunArgument = Annotated[str, typer.Argument(help="A run's id, or the beginning of it.")]
SignAs = Annotated[
    Path | None, typer.Option("--as", help="The reviewer's key file. Default: the one in the state folder.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Sign without being asked: the packet was read before.")]
Print = Annotated[
    bool,
    typer.Option("--print", help="Only print the token, to be pasted into the form of Prefect's Resume."),
]


class ReasonChoice(StrEnum):
    """Why a run is rejected."""

    cost = "cost"
    data = "data"
    purpose = "purpose"
    circuit = "circuit"
    claim = "claim"
    other = "other"


@review.command(epilog="Example: atomq pending --json")
def pending(as_json: Json = False) -> None:
    """List the runs that wait for approval, the gravest and most urgent first.

    Asks every Prefect server that is known: the one at PREFECT_API_URL, and those that run from the state folder.
    """
    from flows.cli.review import pending_command

    pending_command(as_json=as_json)


@review.command(epilog="Example: atomq show 0193a7")
def show(run: RunArgument, as_json: Json = False) -> None:
    """Show what a waiting run asks, with every signature and digest checked on this machine.

    Exit codes: 0 it verifies, 4 it does not, 5 no server, or no such run waits.
    """
    from flows.cli.review import show_command

    show_command(run, as_json=as_json)


@review.command(epilog="Example: atomq approve 0193a7 --as alice.key --conditions max_cost=0.50")
def approve(
    run: RunArgument,
    key: SignAs = None,
    conditions: Annotated[
        str | None, typer.Option("--conditions", help="Under which it holds: max_cost=EUR.")
    ] = None,
    only_print: Print = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Read what a run asks, sign an approval with your own key, and hand it to the run.

    Exit codes: 0 it counts, 1 it does not and the run says why, 4 the question or the key does not verify,
    5 no server, or no such run waits.
    """
    from flows.cli.review import approve_command

    approve_command(run, key, conditions, only_print=only_print, yes=yes, as_json=as_json)


@review.command(epilog="Example: atomq reject 0193a7 --as alice.key --reason cost")
def reject(
    run: RunArgument,
    reason: Annotated[ReasonChoice, typer.Option("--reason", help="Why, in a word.")],
    key: SignAs = None,
    only_print: Print = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Sign a rejection with your own key, and hand it to the run, which then ends as Rejected.

    Exit codes: as for approve.
    """
    from flows.cli.review import reject_command

    reject_command(run, key, reason.value, only_print=only_print, yes=yes, as_json=as_json)


@review.command("revoke-approval", epilog="Example: atomq revoke-approval 0193a7 --as alice.key")
def revoke_approval(
    run: RunArgument,
    key: SignAs = None,
    reason: Annotated[ReasonChoice, typer.Option("--reason", help="Why, in a word.")] = ReasonChoice.other,
    as_json: Json = False,
) -> None:
    """Take an approval back before the run starts: on its machine in the log, elsewhere as its answer."""
    from flows.cli.review import revoke_command

    revoke_command(run, key, reason.value, as_json=as_json)


@review.command(epilog="Example: atomq status --json")
def status(as_json: Json = False) -> None:
    """Say what runs, what waits and why it waits, with numbers; for each tenant, and without a server too."""
    from flows.cli.status import status_command

    status_command(as_json=as_json)
