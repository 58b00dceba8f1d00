"""The answer of a job without a table, in words: what the page and the Markdown both show."""

from collections.abc import Mapping
from math import floor, log10
from typing import TypeVar

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import CircuitResults, Measured
from policy_checks.schemas.manifest import Kind
from policy_checks.schemas.solution import Solution
from tasks.reporting.summary import RunSummary
from tasks.reporting.tables import EFFECTS, MODES, Fact, Table, recorded

V = TypeVar("V")
WHAT: dict[Kind, str] = {
    "optimise": "optimisation",
    "simulate": "simulation",
    "variational": "ground-state search",
}
QUANTITIES = {
    "best_value": ("Best value", "of the best word that was sampled"),
    "expected_value": ("Expected value", "of the problem at the best angles"),
    "approximation_ratio": ("Approximation ratio", "best value over the exact one"),
    "expected_ratio": ("Expected ratio", "expected value over the exact one"),
    "final_magnetisation": ("Magnetisation at the end", "mean of Z over all spins"),
    "energy": ("Energy", "expected value of the Hamiltonian"),
    "largest_error": ("Largest distance to exact", "over all moments, sampling and Trotter steps together"),
    "above_exact": ("Above exact", "energy minus that of exact diagonalisation"),
}
METHODS = {
    "exact": ("Exact", "exact diagonalisation"),
    "greedy": ("Greedy", "best of seeded starts with local improvement"),
    "random_guess": ("Blind guess", "mean over all words"),
    "best_basis_state": ("Best basis state", "no superposition, no entanglement"),
}
ANSWERED = {
    "quantum": "Answered from the circuits",
    "classical": "Answered by a classical method",
    "nobody": "Nobody answered: too large for a classical method that is exact",
}
DIGITS = 6


def answered(answer: Solution | CircuitResults) -> str:
    """Return who answered a run, whatever its kind."""
    if isinstance(answer, CircuitResults):
        return "Answered from the neural head" if answer.degraded else ANSWERED["quantum"]
    return ANSWERED[answer.answered_by]


def solved(summary: RunSummary) -> Solution:
    """Return a run's answer.

    Raises:
        StageError: it left none.
    """
    if summary.solution is None:
        raise StageError(
            "nothing-to-report", "The run left no answer.", "Read its decision with `atomq report`."
        )
    return summary.solution


def headline(solution: Solution) -> str:
    """Return the first line of every account: the answer, beside the exact one where it is known.

    It never claims superiority: what is compared was simulated on this machine.
    """
    if solution.answer is None:
        return f"DEGRADED ({solution.degraded}): no answer."
    title, _ = QUANTITIES[solution.answer]
    found = f"{title} {interval(solution.quantities[solution.answer])}"
    beside = [
        f"{METHODS[name][0].lower()} {number(solution.references[name])}"
        for name in ("exact", "greedy", "best_basis_state")
        if name in solution.references
    ]
    told = f"{found}; {', '.join(beside)}." if beside else f"{found}."
    return f"DEGRADED ({solution.degraded}): {told}" if solution.degraded else told


def facts(summary: RunSummary, solution: Solution) -> tuple[Fact, ...]:
    """Return what a reader wants to know before the numbers."""
    effect = "approved" if summary.decision.effect == "review" else EFFECTS[summary.decision.effect]
    n_findings = len(summary.decision.findings)
    word = (Fact("Best word", solution.bits, "code"),) if solution.bits else ()
    return (
        Fact("Decision", f"{effect}, {n_findings} finding{'s' * (n_findings != 1)}"),
        Fact("Mode", MODES[summary.mode]),
        Fact("Answer", answered(solution)),
        *word,
        Fact("Problem", solution.problem),
        Fact("Circuit", solution.circuit),
        Fact("Circuits", f"{solution.n_circuits:,} bound and run"),
        Fact("Stages", ", ".join(f"{name} {seconds:.1f} s" for name, seconds in summary.stages.items())),
        Fact("Run", summary.run_id, "code"),
        Fact("Template circuit", solution.template, "code"),
    )


def quantities(solution: Solution) -> Table:
    """Return what was found, each with its 95 % interval."""
    rows = tuple(
        (QUANTITIES[name][0], interval(found), QUANTITIES[name][1])
        for name, found in _ordered(solution.quantities, tuple(QUANTITIES)).items()
    )
    return Table(
        "What was found; 95 % intervals of sampling, where values are sampled",
        {"Quantity": "text", "Value": "measured", "Meaning": "text"},
        rows,
    )


def references(solution: Solution) -> Table:
    """Return what classical methods say of the same problem."""
    rows = tuple(
        (METHODS[name][0], number(value), _meaning(solution.kind, name))
        for name, value in _ordered(solution.references, tuple(METHODS)).items()
    )
    return Table(
        "What classical methods say of the same problem",
        {"Method": "text", "Value": "number", "Meaning": "text"},
        rows or (("none", "", "an author's own circuit, or too large to be exact"),),
    )


def _meaning(kind: Kind, method: str) -> str:
    return "every word listed" if (kind, method) == ("optimise", "exact") else METHODS[method][1]


def origins(summary: RunSummary, solution: Solution) -> Table:
    """Return the digests that lead from the manifest to answer, metrics and bill."""
    records = recorded(summary)
    rows = (
        ("manifest", "manifest.json, its payload", summary.decision.manifest, "its author's TOML"),
        ("template circuit", "no file", solution.template, "manifest, no angle bound"),
        ("metrics", "metrics.parquet", records.metrics, "the answer"),
        ("bill", "billing.parquet", records.billing, "metered seconds, tariff"),
    )
    return Table(
        "From the manifest to the answer: each digest, and what it was made from",
        {"What": "text", "File": "text", "Digest": "code", "Made from": "text"},
        rows,
    )


def interval(found: Measured) -> str:
    """Return a value with its interval, in as many digits as the interval's width gives sense to.

    >>> interval(Measured(value=-1.50123, low=-1.7567, high=-1.2512)), interval(Measured(value=12.0, low=12.0, high=12.0))
    ('-1.50 (-1.76 to -1.25)', '12 (exact)')
    """
    if found.low == found.high:
        return f"{number(found.value)} (exact)"
    places = min(DIGITS, max(0, 1 - floor(log10((found.high - found.low) / 2))))
    value, low, high = (f"{each + 0.0:,.{places}f}" for each in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def number(value: float) -> str:
    """Return a figure in six digits, groups of three apart.

    >>> number(1234567.0), number(-0.25), number(-0.0)
    ('1,234,567', '-0.25', '0')
    """
    rounded = value + 0.0
    return f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.{DIGITS}g}"


def _ordered(found: Mapping[str, V], order: tuple[str, ...]) -> dict[str, V]:
    """Return the entries in the order in which people read them: what was read from JSON is sorted by letter."""
    return {name: found[name] for name in order if name in found}
