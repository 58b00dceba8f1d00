"""What a person or a program sees: one JSON object, or words; errors with a remedy."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from policy_checks.errors import AtomqError, UnavailableError
from policy_checks.schemas.decision import Decision, Finding
from tasks.adapters.files import write_whole
from tasks.stages.own_words import told

INTERRUPTED = 130
EXITS = {"allow": 0, "deny": 1, "review": 3}
MARKS = {"note": ("i", "cyan"), "review": ("?", "yellow"), "deny": ("x", "red")}

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def show_json(value: dict[str, Any]) -> None:
    """Print one JSON object, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


@contextmanager
def reported(as_json: bool) -> Iterator[None]:
    """Turn a fault into words or JSON, and into its exit code."""
    try:
        yield
    except (typer.Exit, SystemExit):
        raise
    except BaseException as error:
        fault = told(error, "the command")
        if not isinstance(fault, AtomqError):
            errors.print("Interrupted; nothing half-written was kept.")
            raise typer.Exit(INTERRUPTED) from None
        show_error(fault, as_json=as_json)
        raise typer.Exit(fault.exit_code) from None


def show_error(error: AtomqError, *, as_json: bool) -> None:
    """Say what was found, what is allowed and what to do."""
    if as_json:
        show_json({"error": {"code": error.code, "message": error.message, "remedy": error.remedy}})
        return
    errors.print(f"[bold red]error[/] {escape(error.message)} [dim]\\[{error.code}][/]")
    errors.print(f"  [bold]what to do[/] {escape(error.remedy)}")


def show_decision(decision: Decision, *, finished: bool = False) -> None:
    """Print the effect and every finding with its remedy; a finished run that needed approval was approved."""
    words = {"allow": "[green]allowed[/]", "review": "[yellow]needs approval[/]", "deny": "[red]denied[/]"}
    approved = finished and decision.effect == "review"
    console.print(f"Decision: [bold]{'[green]approved[/]' if approved else words[decision.effect]}[/]")
    show_findings(decision.findings)


def show_findings(findings: tuple[Finding, ...]) -> None:
    """Print findings, the gravest first; the mark says the effect without colours too."""
    listed = Table.grid(padding=(0, 1, 0, 0))
    for finding in findings:
        mark, colour = MARKS[finding.effect]
        told = f"{escape(finding.message)}\n[dim]-> {escape(finding.remedy)}[/]"
        listed.add_row(f" [{colour}]{mark} {finding.effect}[/]", finding.clause, told)
    console.print(listed)


def table(*headers: str) -> Table:
    """Return an empty table with the house's look; columns that end in `>` align right."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for header in headers:
        made.add_column(header.rstrip(">"), justify="right" if header.endswith(">") else "left")
    return made


def from_here(path: str | None) -> str:
    """Return a path as short as it can be typed from the working directory; what is no path stays as it is."""
    if path is None:
        return "-"
    return str(Path(path).relative_to(Path.cwd())) if Path(path).is_relative_to(Path.cwd()) else path


def write_output(path: Path, content: bytes) -> None:
    """Write a file that the person asked for, whole.

    Raises:
        UnavailableError: its folder cannot be written.
    """
    try:
        write_whole(path.absolute(), content, mode=0o644)
    except UnavailableError:
        raise UnavailableError(
            "output-unwritable", f"{path} cannot be written.", "Choose another place with -o."
        ) from None


def leave(code: int) -> NoReturn:
    """End the command with this exit code."""
    raise typer.Exit(code)
