"""The answer of a job without a table: told with its interval, beside classical methods, never as an advantage."""

import re

import pytest

from policy_checks.claim_language import claims_in
from policy_checks.schemas.artifacts import Measured
from policy_checks.schemas.solution import Series, Solution
from tasks.reporting import markdown, page, solution_pictures, solutions
from tests.tasks.reporting.builders import a_summary
from tests.tasks.reporting.results_builders import a_digest

TIMES = (0.5, 1.0, 1.5, 2.0)


def measured(value, half=0.0):
    return Measured(value=value, low=value - half, high=value + half)


SOLUTIONS = {
    "optimise": {
        "answer": "best_value",
        "quantities": {"best_value": measured(12.0), "expected_value": measured(10.9, 0.1)},
        "references": {"exact": 12.0, "greedy": 12.0, "random_guess": 7.5},
        "series": (Series(name="search", x=(1.0, 2.0, 3.0), y=(7.0, 9.0, 10.9)),),
        "bits": "0101100110",
    },
    "simulate": {
        "answer": "final_magnetisation",
        "quantities": {"final_magnetisation": measured(0.21, 0.02), "largest_error": measured(0.03, 0.02)},
        "references": {"exact": 0.2},
        "series": (
            Series(name="magnetisation", x=TIMES, y=(0.9, 0.6, 0.3, 0.21), low=(0.88, 0.58, 0.28, 0.19),
                   high=(0.92, 0.62, 0.32, 0.23)),
            Series(name="exact", x=TIMES, y=(0.9, 0.61, 0.31, 0.2)),
        ),
    },
    "variational": {
        "answer": "energy",
        "quantities": {"energy": measured(-1.85, 0.01), "above_exact": measured(0.007, 0.01)},
        "references": {"exact": -1.857, "best_basis_state": -1.837},
        "series": (Series(name="search", x=(1.0, 2.0), y=(-1.2, -1.85)),),
    },
}  # fmt: skip


def a_solution(kind="optimise", **changes):
    fields = {
        "kind": kind, "problem": "maxcut of 10 variables, 15 terms", "circuit": "qaoa, 10 qubits, 3 layers",
        "template": a_digest("c"), "degraded": None, "answered_by": "quantum", "quantum_s": 1.25,
        "classical_s": 0.5, "n_circuits": 402, "notes": ("Simulated on this machine.",), **SOLUTIONS[kind],
    }  # fmt: skip
    return Solution(**(fields | changes))


def a_run(solution):
    return a_summary(table=None, model=None, results=None, solution=solution)


@pytest.mark.parametrize("kind", SOLUTIONS)
def test_the_page_states_the_answer_with_its_interval_beside_the_exact_one(kind):
    solution = a_solution(kind)
    text = page.render(a_run(solution), solution_pictures.draw(solution)).decode()
    found = solution.quantities[solution.answer]
    assert solutions.number(found.value) in re.search("<h1>(.*?)</h1>", text)[1]
    assert f"exact {solutions.number(solution.references['exact'])}" in text
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize("kind", SOLUTIONS)
def test_no_account_claims_an_advantage(kind):
    solution = a_solution(kind)
    for text in markdown.render(a_run(solution), {}).values():
        assert claims_in(text) == ()


@pytest.mark.parametrize("kind", SOLUTIONS)
def test_every_picture_says_in_words_what_it_shows(kind):
    drawn = solution_pictures.draw(a_solution(kind))
    assert drawn
    for picture in drawn.values():
        assert len(re.findall(r"-?\d+(?:\.\d+)?", picture.alt)) >= 2
        assert picture.svg() == picture.svg()


def test_the_best_word_is_told():
    solution = a_solution()
    assert solution.bits in page.render(a_run(solution), {}).decode()


def test_a_classical_stand_in_is_labelled_everywhere():
    solution = a_solution(degraded="budget", answered_by="classical", series=())
    texts = [page.render(a_run(solution), {}).decode(), *markdown.render(a_run(solution), {}).values()]
    assert "DEGRADED" in texts[0]
    assert "Answered by a classical method" in texts[0]
    assert "DEGRADED" in texts[1]
    assert "Answered by a classical method" in texts[1]


def test_where_nobody_answers_nothing_is_invented():
    solution = a_solution("simulate", degraded="budget", answered_by="nobody", answer=None, quantities={},
                          references={}, series=())  # fmt: skip
    text = page.render(a_run(solution), solution_pictures.draw(solution)).decode()
    assert "no answer" in re.search("<h1>(.*?)</h1>", text)[1]
    assert "Nobody answered" in text
