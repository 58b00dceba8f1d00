"""`verify`, `report` and `runs`: what was recorded, and whether it still holds."""

from dataclasses import asdict
from pathlib import Path

from flows.cli.summary import show
from flows.cli.terminal import console, leave, reported, show_error, show_json, table
from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters import run_folder, settings
from tasks.stages import history
from tasks.stages.summary import summarise


def verify_command(*, as_json: bool) -> None:
    """Check everything that was recorded; exit 4 with the first thing that does not hold."""
    with reported(as_json):
        state = settings.load()
        if not state.home.is_dir():
            raise UnavailableError(
                "nothing-recorded", f"There is no state folder at {state.home}.", "Run `atomq run` first."
            )
        found = history.verify(state.home)
        if as_json:
            show_json(
                {"verified": not found.faults, **found.counts, "faults": [asdict(f) for f in found.faults]}
            )
        else:
            counts = ", ".join(f"{number} {what}" for what, number in found.counts.items())
            console.print(f"Checked {counts}.")
            for fault in found.faults:
                show_error(IntegrityError(fault.code, fault.message, fault.remedy), as_json=False)
            if not found.faults:
                console.print("[green]+ all of it verifies[/]")
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
