"""`status`: what runs, what waits and why it waits, with numbers."""

from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.markup import escape

from flows.cli import question, separation
from flows.cli.terminal import console, errors, reported, show_json, table
from tasks.adapters import settings
from tasks.stages import inbox
from tasks.stages import status as stage
from tasks.stages.pools import Activity
from tasks.stages.status import Status, TenantStatus

SHOWN_MAX = 3
PROFILES = {
    "development": "development: all keys on this machine; production is denied",
    "production": "production: the root is elsewhere",
    None: "no key ring yet: `atomq run` makes one for development, `atomq keys init` one for production",
}


def status_command(*, as_json: bool) -> None:
    """Show the key ring's profile, the server, and each tenant's runs."""
    with reported(as_json):
        now = settings.now()
        quiet = as_json or not errors.is_terminal
        with nullcontext() if quiet else errors.status("Asking Prefect what runs"):
            found = stage.status(settings.load().home, now)
        if as_json:
            show_json(_json(found, now))
            return
        _show(found, now)


def _show(found: Status, now: datetime) -> None:
    console.print(f"keys     {PROFILES[found.profile]}", soft_wrap=True)
    console.print(f"tenants  {escape(separation.told(found.shared_user))}", soft_wrap=True)
    if found.server is None and found.fault is not None:
        console.print(f"server   {escape(found.fault.message)}", soft_wrap=True)
        console.print(f"         -> {escape(found.fault.remedy)}", soft_wrap=True)
        _show_log(found)
        return
    if found.server is not None:
        console.print(f"server   {found.server.url} answers", soft_wrap=True)
    for tenant in found.tenants:
        _show_tenant(tenant, now)
    if not found.tenants:
        console.print("No work pool of atomq is on this server: [bold]atomq up[/] makes them.")
    for remark in found.remarks:
        console.print(f" [yellow]![/] {escape(question.plain(remark))}", soft_wrap=True)


def _show_tenant(tenant: TenantStatus, now: datetime) -> None:
    activity, pool = tenant.activity, tenant.activity.pool
    name = f" ({tenant.name})" if tenant.name else ""
    limit = "no limit" if pool.slots.limit is None else f"{pool.slots.used} of {pool.slots.limit} slots used"
    workers = {0: "no worker online", 1: "1 worker online"}.get(
        pool.workers_online, f"{pool.workers_online} workers online"
    )
    console.print(f"\n[bold]{tenant.tenant}[/]{escape(name)}: {limit}, {workers}")
    for one in activity.at_work:
        stage_now = f", {tenant.stages[one.run]}" if one.run in tenant.stages else ""
        _line("runs", one.run, f"{one.state}{stage_now}, since {_clock(one.since)}")
    for waiting in tenant.approvals:
        asked = waiting.request.question
        told = f"needs {question.people(asked)}, {question.left(asked.until, now)}"
        _line("asks", waiting.run, f"{told}: atomq show {waiting.run[:8]}")
    _show_waiting(activity)
    if activity.next:
        _line("next", str(activity.next["id"]), f"at {_clock(activity.next['next_scheduled_start_time'])}")
    if activity.last:
        ended = _clock(activity.last["end_time"])
        _line("last", str(activity.last["id"]), f"{activity.last['state_name']}, at {ended}")


def _show_waiting(activity: Activity) -> None:
    """Show the line, what keeps all of it waiting first."""
    if not activity.line:
        return
    shared = [why for why in activity.line[0].reasons if all(why in one.reasons for one in activity.line)]
    told = f"for a slot, the oldest for {_span(activity.oldest_wait_s)}"
    _line("waits", f"{activity.n_waiting} runs", told + "".join(f"; {why}" for why in shared))
    for one in activity.line[:SHOWN_MAX]:
        why = [reason for reason in one.reasons if reason not in shared]
        place = f"number {one.position} in line, queue {one.queue}, for {_span(one.waited_s)}"
        _line("", one.run, place + "".join(f"; {reason}" for reason in why))


def _line(what: str, run: str, told: str) -> None:
    console.print(f"  {what:<5}  {run[:8]:<8}  {escape(question.plain(told))}", soft_wrap=True)


def _show_log(found: Status) -> None:
    listed = table("run", "tenant", "newest entry", "at (UTC)")
    for run in found.runs:
        listed.add_row(run.run[:8], run.tenant, run.outcome, run.at[:19])
    console.print(listed if found.runs else "The log knows no run.")


def _json(found: Status, now: datetime) -> dict[str, Any]:
    fault = found.fault
    return {
        "profile": found.profile,
        "shared_user": found.shared_user,
        "server": {
            "reachable": found.server is not None,
            "at": inbox.host(found.server) if found.server else None,
            "error": fault and {"code": fault.code, "message": fault.message, "remedy": fault.remedy},
        },
        "tenants": [_tenant_json(tenant, now) for tenant in found.tenants],
        "remarks": list(found.remarks),
        "runs": [asdict(run) for run in found.runs],
    }


def _tenant_json(tenant: TenantStatus, now: datetime) -> dict[str, Any]:
    activity = tenant.activity
    return {
        "tenant": tenant.tenant,
        "name": tenant.name,
        "pool": asdict(activity.pool),
        "running": [asdict(one) | {"stage": tenant.stages.get(one.run)} for one in activity.at_work],
        "waiting": [asdict(one) for one in activity.line],
        "n_waiting": activity.n_waiting,
        "oldest_wait_s": activity.oldest_wait_s,
        "approvals": [question.told(one, now) for one in tenant.approvals],
        "next": _end_json(activity.next, "next_scheduled_start_time"),
        "last": _end_json(activity.last, "end_time"),
    }


def _end_json(run: Any, when: str) -> dict[str, Any] | None:
    return run and {"run": run["id"], "name": run["name"], "state": run["state_name"], "at": run[when]}


def _clock(moment: str | None) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else "-"


def _span(seconds: int) -> str:
    minutes = seconds // 60
    if minutes < 1:
        return f"{seconds} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
