"""The circuit that a manifest asks for: named and built here, or the author's own and read where it can do no harm."""

from dataclasses import dataclass

from policy_checks.errors import ManifestError, StageError
from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.governing import Tenant
from policy_checks.schemas.manifest import CircuitRequest, Manifest, OwnCircuit
from policy_checks.schemas.pattern import Pattern
from tasks.adapters import datasets
from tasks.adapters.settings import Settings
from tasks.quantum import ansatz, inspect, trainable
from tasks.quantum.parsing import CircuitRefused, read
from tasks.quantum.parsing.limits import OPERATIONS_MAX
from tasks.quantum.program import Program
from tasks.quantum.scanning import purpose, scan
from tasks.quantum.unitary import unitary_part

BOMBS = {"circuit-expands-too-far": 1e6, "circuit-register-too-wide": 1e3, "circuit-too-slow": 0.0}
"""Refusals of the reader -> operations or qubits from which on no honest author wrote the text."""


@dataclass(frozen=True)
class Submitted:
    """What is known of a manifest's circuit before anything runs.

    Attributes:
        patterns: what a scan found in the author's own text; a named circuit is ours and is not scanned.
    """

    profile: CircuitProfile
    patterns: tuple[Pattern, ...] = ()


def text_of(manifest: Manifest, tenant: Tenant, state: Settings) -> bytes | None:
    """Return the author's own circuit as it lies there now; None where the manifest names one of ours.

    Raises:
        ManifestError: the author's file cannot be read, or is not the one that was signed.
    """
    circuit = manifest.circuit
    return datasets.read_circuit(circuit, tenant, state) if isinstance(circuit, OwnCircuit) else None


def submitted(manifest: Manifest, text: bytes | None) -> Submitted:
    """Return the sizes of a manifest's circuit and what a scan of it found.

    Args:
        text: of the author's own circuit.

    Raises:
        ManifestError: the text is no circuit, or another one than is declared, or cannot be trained where it
            is to be; or a named circuit has more gates than can be simulated.
    """
    circuit = manifest.circuit
    if isinstance(circuit, CircuitRequest):
        profile = inspect.profile(circuit, problem=manifest.problem, evolution=manifest.evolution)
        _require_short(profile.n_gates)
        return Submitted(profile)
    try:
        program = _own(text, circuit)
    except CircuitRefused as refused:
        if not _is_bomb(refused):
            raise
        found = Pattern(id="resource-exhaustion", line=refused.line, evidence=refused.message)
        return Submitted(_unread(circuit), (found,))
    profile = inspect.profile_of(program)
    if manifest.kind == "train":
        trainable.require_trainable(program)
        data, weights = trainable.data_inputs(program), trainable.weight_inputs(program)
        profile = profile.model_copy(update={"n_inputs": len(data), "n_weights": len(weights)})
    mismatch = purpose.mismatch(program, manifest.purpose, has_observable=True)
    return Submitted(profile, scan(program) + ((mismatch,) if mismatch else ()))


def program_of(manifest: Manifest, text: bytes | None, *, moment: int | None = None) -> Program:
    """Return a manifest's circuit as plain values.

    Args:
        text: of the author's own circuit.
        moment: of an evolution, from 1; the last one where it is None.

    Raises:
        ManifestError: the text is no circuit, or another one than is declared.
    """
    if isinstance(manifest.circuit, OwnCircuit):
        return _own(text, manifest.circuit)
    return ansatz.program(
        manifest.circuit, problem=manifest.problem, evolution=manifest.evolution, moment=moment
    )


def _own(text: bytes | None, circuit: OwnCircuit) -> Program:
    program = read(text or b"", n_qubits_max=circuit.qubits)
    if program.n_qubits != circuit.qubits:
        raise ManifestError(
            "circuit-width-differs",
            f"The circuit declares {program.n_qubits} qubits, but circuit.qubits is {circuit.qubits}.",
            f"Set circuit.qubits = {program.n_qubits}.",
        )
    try:
        unitary_part(program)
    except StageError as error:
        raise ManifestError("circuit-dynamic", error.message, error.remedy) from None
    return program


def _require_short(n_gates: int) -> None:
    """Refuse a named circuit that is longer than an author's own may be, which is as much as can be asked for."""
    if n_gates > OPERATIONS_MAX:
        raise ManifestError(
            "circuit-too-many-gates",
            f"The circuit has {n_gates:,} gates, at most {OPERATIONS_MAX:,} can be simulated.",
            "Ask for fewer layers or qubits.",
        )


def _is_bomb(refused: CircuitRefused) -> bool:
    return refused.code in BOMBS and float(refused.found or 0) >= BOMBS[refused.code]


def _unread(circuit: OwnCircuit) -> CircuitProfile:
    """Return the sizes of a text that nobody will read further: what its manifest says, and nothing else."""
    return CircuitProfile(
        n_qubits=circuit.qubits,
        depth=0,
        depth_2q=0,
        n_1q=0,
        n_2q=0,
        n_measure=0,
        n_weights=0,
        n_inputs=0,
        template=circuit.sha256,
    )
