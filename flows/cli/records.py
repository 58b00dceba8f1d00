"""`verify`, `report` and `runs`: what was recorded, and whether it still holds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape

from flows.cli.summary import show
from flows.cli.terminal import console, errors, from_here, leave, reported, show_error, show_json, table
from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters import run_folder, settings
from tasks.stages import history
from tasks.stages.history import Verification
from tasks.stages.summary import summarise

FAULTS_SHOWN_MAX = 20
PATIENCE_S = 2.0


def verify_command(
    *, as_json: bool, run: str | None = None, receipt: Path | None = None, pack: Path | None = None
) -> None:
    """Check everything that was recorded; exit 4 with every thing that does not hold."""
    with reported(as_json):
        home = settings.load().home
        if pack is None and not home.is_dir():
            raise UnavailableError(
                "nothing-recorded", f"There is no state folder at {home}.", "Run `atomq run` first."
            )
        with progress_bar("Verifying", as_json=as_json) as progress:
            found = history.verify(home, run=run, receipt=receipt, pack=pack, progress=progress)
        if as_json:
            faults = [asdict(fault) for fault in found.faults]
            show_json(
                {"verified": not faults, **found.counts, "first": found.first, "faults": faults}
                | {"notes": found.notes}
            )
        else:
            _show_verification(found)
        leave(IntegrityError.exit_code if found.faults else 0)


def report_command(run: str, *, as_json: bool) -> None:
    """Show one run's summary."""
    with reported(as_json):
        folder = run_folder.find(settings.load().home, run)
        if folder is None:
            raise UnavailableError(
                "run-unknown", "No run, or more than one, has an id that begins so.", "See `atomq runs`."
            )
        told = summarise(folder)
        if as_json:
            show_json(told.as_json())
        else:
            show(told)
            page = told.path("report.html")
            if page:
                console.print(f"Open: {Path(page).as_uri()}", soft_wrap=True)


def runs_command(*, as_json: bool) -> None:
    """List every run that the audit log knows, newest first."""
    with reported(as_json):
        lines = history.runs(settings.load().home)
        if as_json:
            show_json({"runs": [asdict(line) for line in lines]})
            return
        listed = table("run", "began (UTC)", "tenant", "outcome", "why")
        for line in lines:
            listed.add_row(line.run[:13], line.began[:19], line.tenant, line.outcome, line.why)
        console.print(listed if lines else "No run yet: [bold]atomq run[/] runs the sample.")


def _show_verification(found: Verification) -> None:
    counts = ", ".join(_counted(number, what) for what, number in found.counts.items())
    console.print(f"Checked {counts}.")
    for fault in found.faults[:FAULTS_SHOWN_MAX]:
        place = "" if fault.seq is None else f"entry {fault.seq}: "
        show_error(IntegrityError(fault.code, place + fault.message, fault.remedy), as_json=False)
    if len(found.faults) > FAULTS_SHOWN_MAX:
        errors.print(f"{len(found.faults) - FAULTS_SHOWN_MAX} more faults: atomq verify --json")
    for sentence in found.notes["remarks"]:
        console.print(f" [cyan]i[/] {escape(sentence)}", soft_wrap=True)
    for one in found.notes["witnesses"]:
        behind = f"{one['behind']} entries behind" if one["behind"] else "up to date"
        console.print(f" [cyan]i[/] {one['kind']} {escape(from_here(one['name']))}: {behind}", soft_wrap=True)
    for open_end in found.notes["intents_without_end"]:
        told = f"{open_end['effect']} of run {open_end['run']}"
        console.print(f" [cyan]i[/] entry {open_end['seq']} intends {told}, and nothing says how it ended")
    if found.faults:
        first = "" if found.first is None else f"; the first bad entry is {found.first}"
        errors.print(f"[bold red]x it does not verify[/]: {_counted(len(found.faults), 'faults')}{first}")
    else:
        console.print("[green]+ all of it verifies[/]")


@contextmanager
def progress_bar(what: str, *, as_json: bool) -> Iterator[Callable[[int, int], None]]:
    """Give what is told of progress; it is shown on standard error once a person has waited two seconds."""
    began, status = time.monotonic(), errors.status(what)

    def told(n_read: int, n_all: int) -> None:
        if not as_json and errors.is_terminal and time.monotonic() - began > PATIENCE_S:
            status.update(f"{what}: {n_read:,} of {n_all:,} entries")
            status.start()

    try:
        yield told
    finally:
        status.stop()


def _counted(number: int, what: str) -> str:
    one = {"entries": "entry"}.get(what, what.removesuffix("s"))
    return f"{number} {one if number == 1 else what}"
