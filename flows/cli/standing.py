"""`standing-approval`: what a reviewer approves beforehand."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from flows.cli.terminal import console, reported, show_json, table
from policy_checks.errors import ManifestError
from tasks.adapters import passphrase, settings
from tasks.adapters.keyring import PrivateKey
from tasks.stages import lifecycle, standing, templates
from tasks.stages.standing import Bounds, Granted


def grant_command(
    named: str, tenant: str, key: Path, max_cost: str, max_runs: int, days: int, *, as_json: bool
) -> None:
    """Sign and record a standing approval."""
    with reported(as_json):
        state, now = settings.load(), settings.now()
        lifecycle.prepare_state(state)
        found = templates.find(state.home, tenant, named)
        private = PrivateKey(key, lambda: passphrase.obtain(key.parent, what=key.name))
        granted = standing.grant(state.home, found, Bounds(_money(max_cost), max_runs, days), private, now)
        if as_json:
            show_json(_as_json(granted, now))
            return
        approval = granted.approval
        console.print(f"[green]+[/] standing approval {granted.digest}", soft_wrap=True)
        console.print(
            f"  covers {approval.max_runs} runs of {named} up to {approval.max_cost_eur} EUR each, "
            f"until {approval.exp:%Y-%m-%d %H:%M} UTC"
        )


def list_command(*, as_json: bool) -> None:
    """Print every standing approval."""
    with reported(as_json):
        state, now = settings.load(), settings.now()
        store = lifecycle.prepare_state(state)
        keys, found = store.trusted().known, standing.listed(state.home)
        if as_json:
            show_json({"standing_approvals": [_as_json(one, now) for one in found]})
            return
        ruling = {one.digest: one.template for one in templates.registered(state.home)}
        listed = table("approval", "tenant", "template", "used", "EUR a run>", "by", "until", "state")
        for one in found:
            approval = one.approval
            template = ruling.get(approval.template)
            listed.add_row(
                one.digest[7:19], template.tenant if template else one.tenant,
                template.name if template else "replaced", f"{one.n_used} of {approval.max_runs}",
                str(approval.max_cost_eur), keys[approval.reviewer].owner,
                f"{approval.exp:%Y-%m-%d}", _state(one, now),
            )  # fmt: skip
        console.print(
            listed if found else "No standing approval yet: [bold]atomq standing-approval grant[/]."
        )


def revoke_command(digest: str, *, as_json: bool) -> None:
    """Revoke one standing approval."""
    with reported(as_json):
        state = settings.load()
        lifecycle.prepare_state(state)
        revoked = standing.revoke(state.home, digest)
        if as_json:
            show_json({"standing": revoked.digest, "state": "revoked"})
            return
        console.print(f"[green]+[/] {revoked.digest} covers nothing any more", soft_wrap=True)


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < 10**9 or amount != round(amount, 6):
        raise ManifestError(
            "cost-invalid",
            "The cost is no amount of money.",
            "Give EUR such as 1.00, with up to six decimals.",
        )
    return amount


def _state(granted: Granted, now: datetime) -> str:
    if granted.revoked:
        return "revoked"
    if granted.n_used >= granted.approval.max_runs:
        return "used up"
    return "ended" if now > granted.approval.exp else "counts"


def _as_json(granted: Granted, now: datetime) -> dict[str, object]:
    return granted.approval.model_dump(mode="json") | {
        "standing": granted.digest,
        "tenant": granted.tenant,
        "used": granted.n_used,
        "state": _state(granted, now),
    }
