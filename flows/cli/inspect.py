"""`inspect`: what a circuit is, what it would need and what stands against it, without running it."""

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from flows.cli.terminal import EXITS, MARKS, console, leave, reported, show_json, table
from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.complexity import Work, ccu, predicted, predicted_bytes
from policy_checks.errors import ManifestError
from policy_checks.evaluate import gravest
from policy_checks.rules.attack_patterns import told
from policy_checks.rules.circuit_limits import sized
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Effect, Estimate, Finding, FindingEffect
from policy_checks.schemas.governing import Tenant, Tiers
from policy_checks.schemas.pattern import Pattern
from policy_checks.tiers import BEYOND, bounded, tier_of
from tasks.adapters import calibration_store, documents, settings
from tasks.quantum.inspect import profile_of
from tasks.quantum.parsing import read
from tasks.quantum.program import Program
from tasks.quantum.remarks import Remark, remarks

QUBITS_MAX = 26
"""The widest circuit that any tier allows; a tenant's own limit is judged with its manifest."""

LANGUAGES = {"openqasm2": "OpenQASM 2", "openqasm3": "OpenQASM 3"}
PEOPLE = {
    0: "nobody is asked",
    1: "one reviewer is asked",
    2: "two reviewers are asked",
    BEYOND: "nobody may",
}


@dataclass(frozen=True)
class _Found:
    """Everything that is known of one circuit.

    Attributes:
        purposes: those that its structure serves.
        interval_s: bounds of the predicted seconds.
        remarks: what is odd on lines of which nothing graver is said.
        judged: a finding for each entry of the attack catalogue and line, and one for the size where people are asked.
    """

    program: Program
    profile: CircuitProfile
    tenant: Tenant
    tier: int
    shots: int
    estimate: Estimate
    interval_s: tuple[float, float]
    note: str
    purposes: tuple[str, ...]
    remarks: tuple[Remark, ...]
    judged: tuple[tuple[Finding, int], ...]

    @property
    def effect(self) -> Effect:
        """The gravest effect of all findings."""
        return gravest(finding for finding, _ in self.judged)


def inspect_command(
    file: Path, *, shots: int, tenant: str | None, approved: Path | None, as_json: bool
) -> None:
    """Print a circuit's sizes, what it would need, who is asked, and what a scan found."""
    with reported(as_json):
        found = _found(file, shots, tenant, approved)
        if as_json:
            show_json(_as_json(found))
        else:
            _show(found)
        if found.effect != "allow":
            leave(EXITS[found.effect])


def _found(file: Path, shots: int, name: str | None, approved: Path | None) -> _Found:
    from tasks.quantum.scanning import purpose, scan

    program = read(_content(file), n_qubits_max=QUBITS_MAX)
    known = read(_content(approved), n_qubits_max=QUBITS_MAX) if approved else None
    state = settings.load()
    governing, costs = documents.load(state.home), calibration_store.read(state.home)
    tenant = governing.tenant(name) if name else governing.tenants.tenants[0]
    profile, tiers = profile_of(program), bounded(tenant.tiers, governing.policy.limits)
    seconds = predicted(profile, Work(n_bases=1, shots=shots), costs.model)
    estimate = Estimate(
        ccu=ccu(profile, n_circuits=1, shots=shots), batch_s=0.0, quantum_s=seconds.mid,
        peak_bytes=predicted_bytes(profile), cost_eur=Decimal(0),
    )  # fmt: skip
    judged = _judged(scan(program, known), profile, estimate, shots, tiers)
    lines = {line for _, line in judged if line}
    return _Found(
        program=program,
        profile=profile,
        tenant=tenant,
        tier=tier_of(profile, estimate, shots, tiers),
        shots=shots,
        estimate=estimate,
        interval_s=(seconds.low, seconds.high),
        note=costs.note,
        purposes=purpose.served(program),
        remarks=tuple(each for each in remarks(program) if each.line not in lines),
        judged=judged,
    )


def _judged(
    patterns: tuple[Pattern, ...], profile: CircuitProfile, estimate: Estimate, shots: int, tiers: Tiers
) -> tuple[tuple[Finding, int], ...]:
    """Return each finding with its line, 0 where it speaks of the whole circuit."""
    once = {(each.id, each.line): each for each in reversed(patterns)}
    bare = ((each.model_copy(update={"line": 0}), each.line) for each in reversed(once.values()))
    attacks = ((finding, line) for each, line in bare for finding in told((each,)))
    sizes = ((finding, 0) for finding in sized(profile, estimate, shots, tiers))
    return (*sizes, *attacks)


def _content(file: Path) -> bytes:
    """Return the first bytes of a file, enough to know that it is too long."""
    with suppress(OSError):
        if file.is_file():
            with file.open("rb") as stream:
                return stream.read(TEXT_BYTES_MAX + 1)
    raise ManifestError(
        "circuit-unavailable", "There is no such file that can be read.", "Give the path of a circuit."
    )


def _as_json(found: _Found) -> dict[str, Any]:
    sizes = found.profile.model_dump(mode="json", exclude={"n_weights", "gates"})
    return {
        "language": found.program.language,
        "effect": found.effect,
        "profile": {**sizes, "n_clbits": found.program.n_clbits, "gates": dict(found.profile.gates)},
        "complexity": {
            "shots": found.shots,
            "ccu": round(found.estimate.ccu, 3),
            "predicted_s": round(found.estimate.quantum_s, 6),
            "predicted_s_low": round(found.interval_s[0], 6),
            "predicted_s_high": round(found.interval_s[1], 6),
            "predicted_bytes": found.estimate.peak_bytes,
        },
        "tenant": found.tenant.name,
        "tier": None if found.tier == BEYOND else found.tier,
        "purposes": list(found.purposes),
        "findings": [
            {"line": line or None, **finding.model_dump(mode="json")} for finding, line in found.judged
        ]
        + [
            {"line": each.line or None, "effect": "note", "message": each.message, "remedy": each.remedy}
            for each in found.remarks
        ],
    }


def _show(found: _Found) -> None:
    profile, needs = found.profile, found.estimate
    facts = table("language", LANGUAGES[found.program.language])
    facts.add_row("qubits", str(profile.n_qubits))
    facts.add_row("depth", f"{profile.depth:,}, of two-qubit gates {profile.depth_2q:,}")
    facts.add_row("gates", f"{profile.n_1q:,} on one qubit, {profile.n_2q:,} on two")
    facts.add_row("measured, reset", f"{profile.n_measure:,}, {profile.n_reset:,}")
    facts.add_row("by name", ", ".join(f"{name} {number:,}" for name, number in profile.gates) or "-")
    facts.add_row("complexity", f"{needs.ccu:,.1f} CCU at {found.shots:,} shots")
    low, high = found.interval_s
    facts.add_row("predicted", f"{needs.quantum_s:,.4f} s ({low:,.4f} to {high:,.4f})")
    facts.add_row("memory", f"at most {needs.peak_bytes / 2**20:,.0f} MiB")
    facts.add_row("structure of", ", ".join(found.purposes) or "no allowed purpose")
    tier = "beyond every tier" if found.tier == BEYOND else f"{found.tier}"
    facts.add_row("tier", f"{tier}, {PEOPLE[found.tier]} (tenant {found.tenant.name})")
    console.print(facts)
    listed = Table.grid(padding=(0, 1, 0, 0))
    for finding, line in found.judged:
        listed.add_row(*_row(finding.effect, line, finding.message, finding.remedy))
    for each in found.remarks:
        listed.add_row(*_row("note", each.line, each.message, each.remedy))
    if listed.row_count:
        console.print(listed)
    if found.note:
        console.print(f"[dim]{found.note}[/]")


def _row(effect: FindingEffect, line: int, message: str, remedy: str) -> tuple[str, str, str]:
    mark, colour = MARKS[effect]
    told = f"{escape(message)}\n[dim]-> {escape(remedy)}[/]"
    return f" [{colour}]{mark} {effect}[/]", f"line {line}" if line else "", told
