"""`tenant`: whose work may run here."""

from pathlib import Path

from rich.markup import escape

from flows.cli import separation
from flows.cli.terminal import console, from_here, reported, show_json, table
from tasks.adapters import settings, worker_users
from tasks.stages import lifecycle, tenancy


def add_command(
    name: str, data: Path, root: Path | None, *, production: bool, runs_max: int, as_json: bool
) -> None:
    """Put a tenants document with one tenant more in force."""
    with reported(as_json):
        state = settings.load()
        lifecycle.prepare_state(state)
        tenant = tenancy.new_tenant(name, data, state, production=production, runs_max=runs_max)
        pseudonym = tenancy.add(state, tenant, settings.now(), root)
        if as_json:
            show_json({"tenant": name, "pseudonym": pseudonym})
            return
        console.print(f"[green]+[/] {name} is a tenant, {pseudonym} wherever others may look")
        console.print("  A running `atomq up` serves it within a minute.")
        console.print(
            f"Next: [bold]atomq dataset add TABLE --tenant {name} --name NAME --target COLUMN[/]",
            soft_wrap=True,
        )


def list_command(*, as_json: bool) -> None:
    """Print every tenant."""
    with reported(as_json):
        state = settings.load()
        lifecycle.prepare_state(state)
        served, user = tenancy.served(state.home), worker_users.shared(state.home)
        if as_json:
            told = [
                one.tenant.model_dump(mode="json")
                | {"pseudonym": one.pseudonym, "datasets": one.datasets, "templates": one.templates}
                for one in served
            ]
            show_json({"tenants": told, "separation": separation.told(user)})
            return
        listed = table("tenant", "pseudonym", "at once>", "modes", "datasets", "templates", "roots")
        for one in served:
            listed.add_row(
                one.tenant.name,
                one.pseudonym,
                str(one.tenant.runs_max),
                ", ".join(one.tenant.modes),
                ", ".join(one.datasets) or "-",
                ", ".join(one.templates) or "-",
                escape(", ".join(map(from_here, one.tenant.dataset_roots))),
            )
        console.print(listed)
        if len(served) > 1:
            mark = "[green]+[/]" if user is None else "[yellow]![/]"
            console.print(f"{mark} {escape(separation.told(user))}", soft_wrap=True)
