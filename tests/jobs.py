"""Manifests of jobs without a table, as tests want them: small, valid, one thing changed."""

from typing import Any

from policy_checks.schemas.manifest import Manifest
from tests.documents import a_manifest

SQUARE = {"form": "maxcut", "n_variables": 4, "terms": [[0, 1, 1.0], [1, 2, 1.0], [2, 3, 1.0], [0, 3, 1.0]]}
CHAIN = {"form": "ising_chain", "sites": 4, "coupling": 1.0, "field": 0.8}
OPTIMISE: dict[str, Any] = {
    "kind": "optimise", "purpose": "optimisation", "dataset": None, "problem": SQUARE,
    "optimiser": {"evaluations_max": 40}, "circuit": {"ansatz": "qaoa", "qubits": 4, "layers": 1},
}  # fmt: skip
SIMULATE: dict[str, Any] = {
    "kind": "simulate", "purpose": "simulation", "dataset": None, "problem": CHAIN,
    "evolution": {"time": 1.0, "points": 3}, "circuit": {"ansatz": "trotter", "qubits": 4, "layers": 3},
}  # fmt: skip
VARIATIONAL: dict[str, Any] = {
    "kind": "variational", "purpose": "hybrid", "dataset": None, "problem": CHAIN,
    "optimiser": {"evaluations_max": 40}, "circuit": {"ansatz": "angle_ring", "qubits": 4, "layers": 1},
}  # fmt: skip
JOBS = {"optimise": OPTIMISE, "simulate": SIMULATE, "variational": VARIATIONAL}


def a_job(kind: str, **changes: Any) -> Manifest:
    """A dry run of four qubits of one kind; `section__field=value` changes a field of a section."""
    whole = {name: dict(value) if isinstance(value, dict) else value for name, value in JOBS[kind].items()}
    return a_manifest(**(whole | changes))
