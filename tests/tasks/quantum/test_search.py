"""A search finds angles that make a value small, within the questions that it may ask."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.quantum.search import minimise


def bowl(angles):
    return float(((angles - 0.7) ** 2).sum())


@given(st.integers(1, 5), st.integers(10, 80), st.integers(1, 3), st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_it_asks_no_more_than_it_may(n_angles, evaluations_max, starts, seed):
    asked = []
    minimise(
        lambda angles: asked.append(1) or bowl(angles),
        n_angles, evaluations_max=evaluations_max, starts=starts, seed=seed,
    )  # fmt: skip
    assert 0 < len(asked) <= starts * evaluations_max


@given(st.integers(1, 4), st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_it_finds_the_bottom_and_says_where_it_met_it(n_angles, seed):
    found = minimise(bowl, n_angles, evaluations_max=150, starts=1, seed=seed)
    assert found.value == bowl(found.angles)
    assert found.value < 1e-3


@given(st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_its_history_never_rises_and_ends_at_the_best(seed):
    found = minimise(bowl, 2, evaluations_max=60, starts=2, seed=seed)
    assert list(found.history) == sorted(found.history, reverse=True)
    assert found.history[-1] == found.value


def test_the_same_seed_asks_the_same_questions():
    first, again = ([], [])
    for told in (first, again):
        minimise(lambda angles, told=told: told.append(angles.tolist()) or bowl(angles), 3,
                 evaluations_max=40, starts=2, seed=5)  # fmt: skip
    assert first == again


def test_noise_does_not_let_it_rest_before_its_questions_are_used_up():
    random, asked = np.random.default_rng(0), []

    def noisy(angles):
        asked.append(1)
        return bowl(angles) + random.normal(0, 0.05)

    minimise(noisy, 2, evaluations_max=200, starts=1, seed=1)
    assert len(asked) > 190


def test_a_circuit_without_free_angles_is_asked_once():
    found = minimise(lambda angles: float(len(angles)), 0, evaluations_max=50, starts=4, seed=0)
    assert (found.value, found.history) == (0.0, (0.0,))


def test_what_a_question_raises_ends_the_search():
    def lost(angles):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        minimise(lost, 2, evaluations_max=20, starts=1, seed=0)
