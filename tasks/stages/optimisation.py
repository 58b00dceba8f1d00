"""Optimise: the best word that a circuit with searched angles gives for a problem of bits."""

from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.problem import Graph
from tasks.quantum import references
from tasks.quantum.hamiltonian import ENUMERATED_MAX
from tasks.stages.estimation import measured
from tasks.stages.job import Answer, Job, References
from tasks.stages.searching import searched

BEST, EXPECTED = "best_value", "expected_value"


def refer(job: Job) -> References:
    """Return what greedy reaches, a blind guess, and the exact value where all words can be listed."""
    problem = _problem(job)
    greedy = references.greedy(problem, job.manifest.execution.seed)
    values = {"greedy": greedy.value, "random_guess": references.random_value(problem)}
    if problem.n_variables <= ENUMERATED_MAX:
        values["exact"] = references.best_value(problem).value
    return References(values, "".join(map(str, greedy.bits)))


def solve(job: Job, known: References) -> Answer:
    """Return the best word that was sampled at the best angles, its value, and the expected value there.

    Raises:
        WorkerLost: the circuits gave no usable result in time.
    """
    largest = references.maximises(_problem(job))
    found = searched(job, largest=largest)
    value, bits = job.estimator.best_word(found.program, found.angles, job.terms, largest=largest)
    quantities = {BEST: measured(value), EXPECTED: found.expected}
    return Answer(quantities | _ratios(job, known, quantities), (found.series,), bits)


def fall_back(job: Job, known: References) -> Answer | None:
    """Return what greedy reaches."""
    quantities = {BEST: measured(known.values["greedy"])}
    return Answer(quantities | _ratios(job, known, quantities), (), known.bits)


def _ratios(job: Job, known: References, quantities: dict[str, Measured]) -> dict[str, Measured]:
    """Return how near a cut comes to the largest one; nothing where weights below zero make that meaningless."""
    problem, exact = _problem(job), known.values.get("exact")
    if not exact or problem.form != "maxcut" or any(weight < 0 for *_, weight in problem.terms):
        return {}
    names = {BEST: "approximation_ratio", EXPECTED: "expected_ratio"}
    return {
        names[of]: Measured(value=found.value / exact, low=found.low / exact, high=found.high / exact)
        for of, found in quantities.items()
    }


def _problem(job: Job) -> Graph:
    problem = job.manifest.hamiltonian
    if not isinstance(problem, Graph):
        raise AssertionError("admission lets problems of bits pass only")
    return problem
