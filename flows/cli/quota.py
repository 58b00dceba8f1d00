"""`quota`: what a tenant may still use, and when more is free."""

from datetime import datetime
from typing import Any

from flows.cli.terminal import console, reported, show_json, table
from policy_checks.figures import figure
from policy_checks.rules.quota import minute, window
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.quota import Quota, Use
from tasks.adapters import documents, settings
from tasks.stages import lifecycle, quotas, trust

MIB = 1 << 20
NAMES: dict[Quota, str] = {
    "ccu": "CCU",
    "quantum_s": "quantum seconds",
    "neural_s": "neural seconds",
    "runs": "runs",
    "runs_at_once": "runs at once",
    "storage_bytes": "MiB stored",
}


def quota_command(tenant: str | None, *, as_json: bool) -> None:
    """Print how each quota of the tenants, or of one, stands."""
    with reported(as_json):
        state = settings.load()
        store = lifecycle.prepare_state(state)
        governing = documents.load(state.home)
        wanted = governing.tenants.tenants if tenant is None else (governing.tenant(tenant),)
        pseudonyms = trust.pseudonyms(store, (one.name for one in wanted))
        found = [
            (one, pseudonym, quotas.usage(state.home, one, pseudonym))
            for one, pseudonym in zip(wanted, pseudonyms, strict=True)
        ]
        if as_json:
            show_json({"tenants": [_json(*one) for one in found]})
            return
        for one in found:
            _show(*one)


def _show(tenant: Tenant, pseudonym: str, uses: tuple[Use, ...]) -> None:
    console.print(f"[bold]{tenant.name}[/] ({pseudonym}), in any {window(tenant.quotas.window_s)}")
    listed = table("quota", "limit>", "used>", "reserved>", "left>", "frees (UTC)")
    for use in uses:
        amounts = (_amount(use.quota, one) for one in (use.limit, use.used, use.reserved, use.left))
        listed.add_row(NAMES[use.quota], *amounts, _when(use.frees_at))
    console.print(listed)


def _when(moment: datetime | None) -> str:
    return "-" if moment is None else minute(moment).removesuffix(" UTC")


def _amount(quota: Quota, amount: float) -> str:
    shown = amount / MIB if quota == "storage_bytes" else amount
    return figure(shown) if shown < 100 else f"{shown:,.0f}"


def _json(tenant: Tenant, pseudonym: str, uses: tuple[Use, ...]) -> dict[str, Any]:
    return {
        "tenant": tenant.name,
        "pseudonym": pseudonym,
        "window_s": tenant.quotas.window_s,
        "quotas": [use.model_dump(mode="json") for use in uses],
    }
