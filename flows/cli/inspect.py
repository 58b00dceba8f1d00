"""`inspect`: what a circuit is and what it would need, without running it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from flows.cli.terminal import console, reported, show_json, table
from policy_checks.circuit_text import TEXT_BYTES_MAX
from policy_checks.complexity import ccu, predicted_bytes, predicted_s
from policy_checks.errors import ManifestError
from policy_checks.schemas.circuit import CircuitProfile
from tasks.quantum.inspect import profile_of
from tasks.quantum.parsing import read
from tasks.quantum.remarks import Remark, remarks

QUBITS_MAX = 26
"""The widest circuit that any tier allows; a tenant's own limit is judged with its manifest."""


def inspect_command(file: Path, *, shots: int, as_json: bool) -> None:
    """Print a circuit's sizes, what it would need, and what is odd about it."""
    with reported(as_json):
        program = read(_content(file), n_qubits_max=QUBITS_MAX)
        profile = profile_of(program)
        found = list(remarks(program))
        needs = {
            "shots": shots,
            "ccu": round(ccu(profile, n_circuits=1, shots=shots), 3),
            "predicted_s": round(predicted_s(profile, n_circuits=1), 6),
            "predicted_bytes": predicted_bytes(profile),
        }
        if as_json:
            show_json(_as_json(program.language, program.n_clbits, profile, needs, found))
        else:
            _show(program.language, profile, needs, found)


def _content(file: Path) -> bytes:
    """Return the first bytes of a file, enough to know that it is too long."""
    with suppress(OSError):
        if file.is_file():
            with file.open("rb") as stream:
                return stream.read(TEXT_BYTES_MAX + 1)
    raise ManifestError(
        "circuit-unavailable", "There is no such file that can be read.", "Give the path of a circuit."
    )


def _as_json(
    language: str, n_clbits: int, profile: CircuitProfile, needs: dict[str, Any], found: list[Remark]
) -> dict[str, Any]:
    sizes = profile.model_dump(mode="json", exclude={"n_weights", "gates"})
    return {
        "language": language,
        "profile": {**sizes, "n_clbits": n_clbits, "gates": dict(profile.gates)},
        "complexity": needs,
        "findings": [
            {"effect": "note", "line": each.line or None, "message": each.message, "remedy": each.remedy}
            for each in found
        ],
    }


def _show(language: str, profile: CircuitProfile, needs: dict[str, Any], found: list[Remark]) -> None:
    facts = table("language", {"openqasm2": "OpenQASM 2", "openqasm3": "OpenQASM 3"}[language])
    facts.add_row("qubits", str(profile.n_qubits))
    facts.add_row("depth", f"{profile.depth:,}, of two-qubit gates {profile.depth_2q:,}")
    facts.add_row("gates", f"{profile.n_1q:,} on one qubit, {profile.n_2q:,} on two")
    facts.add_row("measured, reset", f"{profile.n_measure:,}, {profile.n_reset:,}")
    facts.add_row("by name", ", ".join(f"{name} {number:,}" for name, number in profile.gates) or "-")
    facts.add_row("complexity", f"{needs['ccu']:,.1f} CCU at {needs['shots']:,} shots")
    facts.add_row("predicted", f"{needs['predicted_s']:,.4f} s, {needs['predicted_bytes']:,} bytes")
    console.print(facts)
    for each in found:
        where = f"line {each.line}: " if each.line else ""
        console.print(f" [cyan]i note[/] {where}{each.message}\n        [dim]-> {each.remedy}[/]")
