"""`template`: what schedules run from."""

from pathlib import Path

from flows.cli.terminal import console, reported, show_json, table, write_output
from policy_checks.integrity.keyring import Keys
from tasks.adapters import settings, submission
from tasks.stages import lifecycle, templates
from tasks.stages.templates import Registered


def sign_command(file: Path, output: Path, key: Path | None, *, as_json: bool) -> None:
    """Write a signed template."""
    with reported(as_json):
        state, source = settings.load(), submission.read_source(file)
        store, now = lifecycle.prepare_state(state), settings.now()
        envelope = templates.sign(source, submission.submitter_key(store, now, key), state, now)
        found = templates.verified(envelope, state.home, now)
        write_output(output, envelope)
        if as_json:
            show_json({"template": found.digest, "not_after": found.template.not_after.isoformat()})
            return
        console.print(f"[green]+[/] {output}: template {found.digest}", soft_wrap=True)
        console.print(f"  valid until {found.template.not_after:%Y-%m-%d %H:%M} UTC")
        console.print(f"Next: [bold]atomq template add {output}[/]")


def add_command(path: Path, *, as_json: bool) -> None:
    """Register a signed template."""
    with reported(as_json):
        state, envelope = settings.load(), submission.read_source(path)
        lifecycle.prepare_state(state)
        found = templates.add(envelope, state, settings.now())
        if as_json:
            show_json(
                {"template": found.digest, "name": found.template.name, "tenant": found.template.tenant}
            )
            return
        console.print(
            f"[green]+[/] {found.template.name} of {found.template.tenant} runs from {found.digest}",
            soft_wrap=True,
        )
        console.print(f"  until {found.template.not_after:%Y-%m-%d %H:%M} UTC")


def list_command(*, as_json: bool) -> None:
    """Print the templates that rule."""
    with reported(as_json):
        state = settings.load()
        store = lifecycle.prepare_state(state)
        keys, found = store.trusted().known, templates.registered(state.home)
        if as_json:
            show_json({"templates": [_as_json(one, keys) for one in found]})
            return
        listed = table("template", "tenant", "dataset", "mode", "by", "until", "digest")
        for one in found:
            template = one.template
            listed.add_row(
                template.name, template.tenant, template.dataset, template.mode, keys[template.submitter].owner,
                f"{template.not_after:%Y-%m-%d}", one.digest[7:19],
            )  # fmt: skip
        console.print(listed if found else "No template yet: [bold]atomq template sign[/], then add.")


def _as_json(found: Registered, keys: Keys) -> dict[str, object]:
    owner = keys[found.template.submitter].owner
    return found.template.model_dump(mode="json") | {"digest": found.digest, "owner": owner}
