"""A scan of a circuit for published attacks and forbidden purposes: one question a file, plain values in and out."""

from collections.abc import Callable, Iterator

from policy_checks.schemas.pattern import Pattern
from tasks.quantum.program import Program
from tasks.quantum.scanning import (
    cancelled_run,
    cipher_oracle,
    dead_gates,
    equivalence,
    key_exchange,
    malicious_subgraph,
    measure_first,
    misnamed_gate,
    modular_exponentiation,
    probes,
    random_numbers,
    repeated_run,
    reuse_without_reset,
    steady_pair,
    untouched_readout,
)

DETECTORS: tuple[Callable[[Program], Iterator[Pattern]], ...] = (
    repeated_run.find, steady_pair.find, cancelled_run.find, dead_gates.find, malicious_subgraph.find, probes.find,
    untouched_readout.find, measure_first.find, reuse_without_reset.find, misnamed_gate.find, random_numbers.find,
    key_exchange.find, modular_exponentiation.find, cipher_oracle.find,
)  # fmt: skip


def scan(program: Program, approved: Program | None = None) -> tuple[Pattern, ...]:
    """Return what every detector found in the circuit.

    Args:
        approved: the circuit that a person allowed, where this one claims to be compiled from it.
    """
    found = [pattern for find in DETECTORS for pattern in find(program)]
    changed = equivalence.differs(program, approved) if approved is not None else None
    return (*found, changed) if changed else tuple(found)
