"""What a run is predicted to need beside what it may, and what policy found: as Prefect may show it.

Whoever has access to Prefect may read it (clause P1.1): no path, no name of a tenant or a column. Names of
columns are quoted by some rules' findings; of those it tells how many there are.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from policy_checks.schemas.circuit import CircuitProfile
from policy_checks.schemas.decision import Decision, Finding
from policy_checks.schemas.governing import Policy, Tiers
from policy_checks.schemas.manifest import Circuit, Manifest, OwnCircuit
from policy_checks.schemas.problem import Chain, Graph, Problem
from tasks.reporting.tables import MODES, Fact, Table

BLOCKS = 10
BY_SECONDS = "as seconds allow"
UNITS = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))
DIGEST_CHARS = 19
TOLD_RULES = frozenset(
    {
        "mode", "purpose", "circuit_limits", "attack_patterns", "budgets", "spending", "quota", "claims", "provenance", "key-age",
        "governing", "disclosure", "approval", "desk",
    }
)  # fmt: skip
COUNTED_RULES = frozenset({"columns", "allowances", "release"})
"""They quote names of columns."""

ABOUT_COLUMNS = (
    "change the declarations of the columns that atomq check names; their names stay out of Prefect"
)
MEANING = (
    "Up to the automatic limit nobody is asked; up to the maximum reviewers may allow it. A full bar has "
    "reached the automatic limit."
)


class Need(NamedTuple):
    """One predicted quantity.

    Attributes:
        automatic_max: beyond it a person is asked; None where nothing limits it.
        allowed: the maximum, in words.
    """

    what: str
    predicted: str
    automatic: str
    allowed: str
    share: float | None


def facts(manifest: Manifest, decision: Decision, profile: CircuitProfile, tenant: str) -> tuple[Fact, ...]:
    """Return what will run, where, over which table, for whom."""
    execution = manifest.execution
    measured = ["exact expectations"]
    measured += [f"{execution.shots:,} shots a circuit"] if execution.shots else []
    measured += ["simulated noise"] if execution.noise else []
    return (
        Fact("Tenant", tenant, "code"),
        Fact("Manifest", decision.manifest, "code"),
        Fact("Mode", MODES[manifest.mode]),
        Fact("Purpose", manifest.purpose),
        Fact("Circuit", circuit_in_words(manifest.circuit)),
        *((Fact("Problem", problem_in_words(manifest.problem)),) if manifest.problem else ()),
        Fact("Gates", f"{profile.n_1q} on one qubit, {profile.n_2q} on two, depth {profile.depth}"),
        Fact("Measured by", ", ".join(measured)),
        Fact("Target", target(manifest)),
        *_table(manifest),
    )


def circuit_in_words(circuit: Circuit) -> str:
    """Return which circuit it is, and its size."""
    if isinstance(circuit, OwnCircuit):
        return f"the author's own, {circuit.qubits} qubits, {short(circuit.sha256)}"
    return f"{circuit.ansatz}, {circuit.qubits} qubits, {circuit.layers} layer{'s' * (circuit.layers != 1)}"


def circuit_facts(manifest: Manifest, profile: CircuitProfile) -> tuple[Fact, ...]:
    """Return a circuit in figures, for readers who see no drawing of it."""
    named = ", ".join(f"{name} {n:,}" for name, n in profile.gates)
    return (
        Fact("Circuit", circuit_in_words(manifest.circuit)),
        Fact("Gates by name", named or "not counted"),
        Fact("Depth", f"{profile.depth:,}, of two-qubit gates {profile.depth_2q:,}"),
        Fact("Measured, reset", f"{profile.n_measure:,}, {profile.n_reset:,}"),
        Fact("Digest", profile.template, "code"),
    )


def problem_in_words(problem: Problem) -> str:
    """Return which problem it is, and its size."""
    match problem:
        case Chain():
            ends = "ring" if problem.periodic else "open chain"
            return (
                f"{problem.form.replace('_', ' ')} of {problem.sites} spins, {ends}, "
                f"coupling {problem.coupling:g}, field {problem.field:g}"
            )
        case Graph():
            return f"{problem.form} of {problem.n_variables} variables, {len(problem.terms):,} terms"
    return f"{len(problem.terms):,} Pauli terms on {problem.n_qubits} qubits"


def _table(manifest: Manifest) -> tuple[Fact, ...]:
    if manifest.dataset is None:
        return ()
    return (
        Fact("Table", short(manifest.dataset.sha256), "code"),
        Fact("Declared columns", f"{len(manifest.dataset.columns)}"),
    )


def target(manifest: Manifest) -> str:
    """Return where the circuits run."""
    wanted = manifest.execution.target
    return "Aer, simulated on this machine" if wanted == "aer" else f"{wanted}, a device of another party"


def needs(
    manifest: Manifest, decision: Decision, policy: Policy, tiers: Tiers, profile: CircuitProfile
) -> Table:
    """Return each predicted quantity beside its automatic limit and its maximum, with a bar."""
    rows = [
        (need.what, need.predicted, need.automatic, need.allowed, bar(need.share))
        for need in (*_circuit(manifest, tiers, profile), *_resources(manifest, decision, policy, tiers))
    ]
    return Table(
        MEANING,
        {
            "What": "text",
            "Predicted": "number",
            "Automatic up to": "number",
            "Maximum": "number",
            "Of the automatic limit": "text",
        },
        tuple(rows),
    )


def findings(found: Sequence[Finding], caption: str = "What policy found") -> Table:
    """Return the findings; those that quote names of columns as counts."""
    told = [(each.clause, each.effect, each.message, each.remedy) for each in found if _is_told(each)]
    kinds = [(each.clause, each.effect) for each in found if not _is_told(each)]
    counted = [
        (*kind, f"{kinds.count(kind)} about columns of the table", ABOUT_COLUMNS)
        for kind in dict.fromkeys(kinds)
    ]
    return Table(
        caption,
        {"Clause": "text", "Effect": "text", "Found": "text", "What to do": "text"},
        (*told, *counted),
    )


def sentences(found: Sequence[Finding]) -> tuple[str, ...]:
    """Return each finding as a sentence with its remedy; those that quote names of columns only once, as such."""
    told = (f"{each.message} [{each.clause}]: {each.remedy}" for each in found if _is_told(each))
    quoting = () if all(map(_is_told, found)) else (f"about columns of the table [P1.1]: {ABOUT_COLUMNS}",)
    return (*told, *quoting)


def remedies(found: Iterable[Finding]) -> tuple[str, ...]:
    """Return what would make the run automatic, each thing once."""
    grave = [each for each in found if each.effect != "note"]
    return tuple(dict.fromkeys(each.remedy if _is_told(each) else ABOUT_COLUMNS for each in grave))


def bar(share: float | None) -> str:
    """Return a share as blocks and in words, for readers without colours.

    >>> bar(0.35), bar(1.2)
    ('███░░░░░░░ 35 %', '██████████ 120 %')
    """
    if share is None:
        return "no limit"
    full = min(BLOCKS, int(share * BLOCKS))
    percent = f"{share:,.0%}".replace("%", " %") if share == 0 or share >= 0.005 else "under 1 %"
    return f"{'█' * full}{'░' * (BLOCKS - full)} {percent}"


def short(digest: str) -> str:
    """Return the beginning of a digest.

    >>> short("sha256:" + "a" * 64)
    'sha256:aaaaaaaaaaaa…'
    """
    return f"{digest[:DIGEST_CHARS]}…"


def _circuit(manifest: Manifest, tiers: Tiers, profile: CircuitProfile) -> Iterator[Need]:
    low, high = tiers.t0, tiers.t2
    yield _counted("qubits", profile.n_qubits, low.qubits_max, high.qubits_max)
    yield _counted("two-qubit gates", profile.n_2q, low.gates_2q_max, high.gates_2q_max)
    shots = manifest.execution.shots or 0
    yield _counted("shots a circuit", shots, low.shots_max, high.shots_max)


def _resources(manifest: Manifest, decision: Decision, policy: Policy, tiers: Tiers) -> Iterator[Need]:
    predicted, wanted, low, high = decision.estimate, manifest.limits, tiers.t0, tiers.t2
    seconds_max = min(high.quantum_s_max, wanted.quantum_s_max)
    automatic_s = min(low.quantum_s_max, seconds_max)
    found = predicted.quantum_s
    yield Need("quantum seconds", _s(found), _s(automatic_s), _s(seconds_max), found / automatic_s)
    if manifest.kind == "train":
        batch, budget = predicted.batch_s, policy.budgets.quantum_s
        yield Need("seconds of the slowest batch", _s(batch), _s(budget), "then neural-only", batch / budget)
    memory, memory_max = predicted.peak_bytes, low.peak_bytes_max
    yield Need(
        "memory of one state",
        _bytes(memory),
        _bytes(memory_max),
        _bytes(high.peak_bytes_max),
        memory / memory_max,
    )
    cost, cost_max = predicted.cost_eur, wanted.cost_eur_max
    share = float(cost / cost_max) if cost_max else float(cost > 0)
    yield Need("cost in EUR", f"{cost:,f}", f"{cost_max:,f}", f"{cost_max:,f}", share)
    yield Need("complexity in CCU", f"{predicted.ccu:,.0f}", "", "", None)


def _counted(what: str, found: int, automatic_max: int | None, allowed_max: int | None) -> Need:
    automatic, allowed = (
        BY_SECONDS if most is None else f"{most:,}" for most in (automatic_max, allowed_max)
    )
    return Need(what, f"{found:,}", automatic, allowed, found / automatic_max if automatic_max else None)


def _s(seconds: float) -> str:
    return f"{seconds:,.3g}" if seconds < 100 else f"{seconds:,.0f}"


def _bytes(n_bytes: int) -> str:
    unit, size = next((each for each in UNITS if n_bytes >= each[1]), UNITS[-1])
    return f"{n_bytes / size:,.3g} {unit}"


def _is_told(finding: Finding) -> bool:
    return finding.rule in TOLD_RULES
