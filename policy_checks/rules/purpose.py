"""Is the declared purpose one that this tenant may pursue, and does the kind of job serve it?"""

from collections.abc import Iterator

from policy_checks.facts import Facts
from policy_checks.schemas.decision import Finding, deny
from policy_checks.schemas.manifest import Ansatz, CircuitRequest, Kind, Manifest, Purpose
from policy_checks.schemas.problem import Graph

RULE = "purpose"
CLAUSES = {"qml": "R1.1", "optimisation": "R1.2", "simulation": "R1.3", "hybrid": "R1.4"}
PURPOSES_OF_KIND: dict[Kind, Purpose] = {
    "train": "qml",
    "optimise": "optimisation",
    "simulate": "simulation",
    "variational": "hybrid",
}
ANSATZE_OF_KIND: dict[Kind, tuple[Ansatz, ...]] = {
    "train": ("angle_ring", "strongly_entangling", "zz_two_local"),
    "optimise": ("qaoa", "angle_ring", "strongly_entangling"),
    "simulate": ("trotter",),
    "variational": ("angle_ring", "strongly_entangling", "zz_two_local", "qaoa"),
}


def purpose(manifest: Manifest, facts: Facts) -> Iterator[Finding]:
    """Deny purposes that the tenant may not pursue or that the kind of job does not serve."""
    clause = CLAUSES[manifest.purpose]
    if manifest.purpose not in facts.tenant.purposes:
        yield deny(
            RULE,
            clause,
            f"purpose {manifest.purpose!r} is not open to this tenant",
            f"choose one of: {', '.join(facts.tenant.purposes)}",
        )
    served = PURPOSES_OF_KIND[manifest.kind]
    if manifest.purpose != served:
        yield deny(
            RULE,
            clause,
            f"a job of kind {manifest.kind!r} does not serve purpose {manifest.purpose!r}",
            f'set purpose = "{served}"',
        )
    yield from _circuit_fits(manifest, clause)


def _circuit_fits(manifest: Manifest, clause: str) -> Iterator[Finding]:
    circuit, allowed = manifest.circuit, ANSATZE_OF_KIND[manifest.kind]
    if isinstance(circuit, CircuitRequest) and circuit.ansatz not in allowed:
        found, remedy = f"circuit {circuit.ansatz!r}", f"choose one of: {', '.join(allowed)}"
    elif manifest.kind == "optimise" and not isinstance(manifest.problem, Graph):
        found, remedy = "a problem that is none of bits", "give a problem of form maxcut, qubo or ising"
    else:
        return
    yield deny(RULE, clause, f"{found} does not serve a job of kind {manifest.kind!r}", remedy)
