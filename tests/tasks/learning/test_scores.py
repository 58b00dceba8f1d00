import numpy as np
import pytest
import sklearn.metrics
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from policy_checks.errors import StageError
from tasks.learning import scores

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SEEDS = st.integers(0, 10_000)


def an_answer(seed: int, n_rows: int, n_classes: int, decimals: int = 8) -> tuple[Floats, Ints]:
    """Draw probabilities, coarse ones with many ties, and labels that mostly follow them."""
    random = np.random.default_rng(seed)
    raw = np.round(random.dirichlet(np.ones(n_classes), n_rows), decimals) + 0.1
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    y = np.array([random.choice(n_classes, p=row) for row in probabilities], dtype=np.int64)
    return probabilities, y


def rate(probabilities: Floats, y: Ints, groups: Ints | None = None, n_resamples: int = 50) -> scores.Scores:
    groups = np.arange(len(y)) if groups is None else groups
    return scores.score(probabilities, y, groups, seed=1, n_resamples=n_resamples)


@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS, n_rows=st.integers(10, 80), n_classes=st.integers(2, 5), decimals=st.sampled_from([1, 2, 8])
)
def test_values_equal_those_of_scikit_learn(seed: int, n_rows: int, n_classes: int, decimals: int) -> None:
    probabilities, y = an_answer(seed, n_rows, n_classes, decimals)
    assume(len(set(y)) == n_classes)
    found = rate(probabilities, y)
    ranked = probabilities[:, 1] if n_classes == 2 else probabilities
    auc = sklearn.metrics.roc_auc_score(y, ranked, multi_class="ovr", average="macro")
    assert found.accuracy.value == pytest.approx(
        sklearn.metrics.accuracy_score(y, probabilities.argmax(axis=1))
    )
    assert found.auc.value == pytest.approx(auc, abs=1e-12)
    assert found.log_loss.value == pytest.approx(sklearn.metrics.log_loss(y, probabilities))
    np.testing.assert_array_equal(
        scores.confusion(probabilities, y),
        sklearn.metrics.confusion_matrix(y, probabilities.argmax(axis=1), labels=range(n_classes)),
    )


def test_log_loss_clips_impossible_answers_at_1e_15() -> None:
    certain = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    assert rate(certain, np.array([0, 1, 1, 0])).log_loss.value == pytest.approx(-np.log(1e-15) / 2)


def test_ece_is_the_mean_gap_in_ten_bins_of_equal_mass() -> None:
    probabilities, y = an_answer(3, 200, 2)
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == y
    bins = np.array_split(np.argsort(confidence), 10)
    expected = sum(abs(confidence[rows].mean() - correct[rows].mean()) * len(rows) for rows in bins) / 200
    assert rate(probabilities, y).ece.value == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, n_rows=st.integers(5, 200), decimals=st.sampled_from([0, 1, 8]))
def test_the_reliability_bins_carry_every_row_and_the_ece(seed: int, n_rows: int, decimals: int) -> None:
    probabilities, y = an_answer(seed, n_rows, 2, decimals)
    assume(len(set(y)) == 2)
    confidence, accuracy, n = scores.reliability(probabilities, y)
    assert n.sum() == n_rows
    assert len(n) <= 10
    expected = rate(probabilities, y).ece.value
    assert (np.abs(confidence - accuracy) * n).sum() / n_rows == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, decimals=st.sampled_from([1, 8]))
def test_the_area_under_the_binary_curve_is_the_auc(seed: int, decimals: int) -> None:
    probabilities, y = an_answer(seed, 60, 2, decimals)
    assume(len(set(y)) == 2)
    fpr, tpr = scores.roc(probabilities, y)
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert np.trapezoid(tpr, fpr) == pytest.approx(rate(probabilities, y).auc.value)


def test_the_mean_curve_of_three_classes_rises_and_has_about_the_area_of_the_auc() -> None:
    probabilities, y = an_answer(5, 2000, 3)
    fpr, tpr = scores.roc(probabilities, y)
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert (np.diff(fpr) >= 0).all()
    assert (np.diff(tpr) >= 0).all()
    assert np.trapezoid(tpr, fpr) == pytest.approx(rate(probabilities, y).auc.value, abs=2e-3)


def test_a_95_percent_interval_covers_about_95_percent() -> None:
    n_covered, n_tables, truth = 0, 1000, 0.7
    for number in range(n_tables):
        correct = np.random.default_rng(number).random(200) < truth
        y = np.arange(200) % 2
        probabilities = np.where((y == correct)[:, None], [0.3, 0.7], [0.6, 0.4])
        accuracy = rate(probabilities, y, n_resamples=200).accuracy
        n_covered += accuracy.low <= truth <= accuracy.high
    assert 0.925 <= n_covered / n_tables <= 0.97


def test_intervals_cover_when_rows_of_a_group_are_right_or_wrong_together() -> None:
    n_covered, n_tables, truth = 0, 300, 0.7
    groups = np.arange(400) // 4
    for number in range(n_tables):
        correct = (np.random.default_rng(number).random(100) < truth)[groups]
        y = np.arange(400) % 2
        probabilities = np.where((y == correct)[:, None], [0.3, 0.7], [0.6, 0.4])
        accuracy = rate(probabilities, y, groups, n_resamples=200).accuracy
        n_covered += accuracy.low <= truth <= accuracy.high
    assert 0.90 <= n_covered / n_tables <= 0.98


def test_copied_rows_in_one_group_add_no_certainty() -> None:
    probabilities, y = an_answer(8, 100, 3)
    copies = np.repeat(np.arange(100), 5)
    once, copied = rate(probabilities, y), rate(probabilities[copies], y[copies], copies)
    assert copied.accuracy.model_dump() == pytest.approx(once.accuracy.model_dump())
    assert copied.log_loss.model_dump() == pytest.approx(once.log_loss.model_dump())
    assert copied.auc.model_dump() == pytest.approx(once.auc.model_dump())


def test_a_model_does_not_differ_from_itself() -> None:
    probabilities, y = an_answer(2, 90, 3)
    found = scores.difference(probabilities, probabilities, y, np.arange(90), seed=1, n_resamples=50)
    assert {(metric["value"], metric["low"], metric["high"]) for metric in found.model_dump().values()} == {
        (0.0, 0.0, 0.0)
    }


def test_a_difference_is_paired_and_a_minus_b() -> None:
    a, y = an_answer(2, 400, 2)
    b = 0.9 * a + 0.05
    groups = np.arange(400)
    apart = rate(a, y).log_loss, rate(b, y).log_loss
    found = scores.difference(a, b, y, groups, seed=1, n_resamples=50).log_loss
    assert found.value == pytest.approx(apart[0].value - apart[1].value)
    assert found.low <= found.value <= found.high
    assert found.high - found.low < 0.5 * (apart[0].high - apart[0].low)


def test_resamples_that_lack_a_class_are_left_out_of_the_auc() -> None:
    y = np.array([1, *[0] * 9])
    right = np.where(y[:, None] == 1, [0.2, 0.8], [0.8, 0.2])
    assert rate(right, y).auc.model_dump() == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_an_auc_that_no_resample_defines_has_the_widest_interval() -> None:
    y, answer = np.array([0, 1]), np.array([[0.8, 0.2], [0.2, 0.8]])
    found = scores.score(answer, y, y, seed=0, n_resamples=1)
    widest = next(
        seed for seed in range(20) if scores.score(answer, y, y, seed=seed, n_resamples=1).auc.low == 0
    )
    assert scores.score(answer, y, y, seed=widest, n_resamples=1).auc.high == 1.0
    paired = scores.difference(answer, answer, y, y, seed=widest, n_resamples=1).auc
    assert (paired.low, paired.high) == (-1.0, 1.0)
    assert found.auc.value == 1.0


def test_the_same_seed_gives_the_same_interval_and_another_does_not() -> None:
    probabilities, y = an_answer(6, 120, 3)
    found = [scores.score(probabilities, y, np.arange(120), seed=seed) for seed in (1, 1, 2)]
    assert found[0] == found[1]
    assert found[0] != found[2]


def test_the_size_of_a_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    probabilities, y = an_answer(6, 120, 3)
    at_once = rate(probabilities, y, n_resamples=99).model_dump()
    monkeypatch.setattr(scores, "CELLS_PER_CHUNK", 1000)
    for metric, measured in rate(probabilities, y, n_resamples=99).model_dump().items():
        assert measured == pytest.approx(at_once[metric], abs=1e-12)


def test_a_class_without_a_scored_row_is_refused() -> None:
    with pytest.raises(StageError, match=r"^1 of 3 classes have no scored row"):
        rate(np.full((4, 3), 1 / 3), np.array([0, 1, 0, 1]))
