"""How good are probabilities, and how sure is that? Metrics with intervals, and their curves."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from policy_checks.errors import StageError
from policy_checks.schemas.artifacts import Measured, Scores

PROBABILITY_MIN = 1e-15
N_BINS = 10
CELLS_PER_CHUNK = 2_000_000
METRICS = ("accuracy", "log_loss", "ece", "auc")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# group weights (R, G) -> metrics (R, 4); NaN where AUC is not defined
Statistic = Callable[[Floats], Floats]


def score(probabilities: Floats, y: Ints, groups: Ints, *, seed: int, n_resamples: int = 1000) -> Scores:
    """Return accuracy, AUC, log loss and ECE, each with a 95 % interval.

    Intervals are percentiles of a bootstrap over groups, because rows of one group are not
    independent. AUC is that of class 1, or with more classes the mean of one-vs-rest; resamples
    that lack a class are left out. Log loss (nats) clips probabilities at 1e-15. ECE compares
    top-label confidence with accuracy in 10 equal-mass bins whose edges are those of the full
    sample in every resample; it is biased upward, and so is its interval. An answer without any
    error has an interval of no width: resampling cannot show an error that was never seen.

    Args:
        probabilities: (n, C), rows sum to 1.
        y: (n,) true classes, each of the C present.
        groups: (n,) dense ids from 0.

    Raises:
        StageError: a class is absent from y.

    Source:
        Davison & Hinkley (1997), sections 3.8 and 5.3; Guo et al. (2017), section 2.
    """
    statistic = _statistic(probabilities, y, groups)
    return _measure(statistic, groups, (0.0, 1.0), seed, n_resamples)


def difference(a: Floats, b: Floats, y: Ints, groups: Ints, *, seed: int, n_resamples: int = 1000) -> Scores:
    """Return metrics of `a` minus metrics of `b`, paired: both see the same resamples.

    Arguments, metrics, intervals and errors as in `score`.
    """
    of_a, of_b = _statistic(a, y, groups), _statistic(b, y, groups)
    return _measure(lambda weights: of_a(weights) - of_b(weights), groups, (-1.0, 1.0), seed, n_resamples)


def roc(probabilities: Floats, y: Ints) -> tuple[Floats, Floats]:
    """Return (fpr, tpr) from (0, 0) to (1, 1): of class 1, or the mean curve of one-vs-rest."""
    curves = [_roc_of(scores, positive) for scores, positive in _one_vs_rest(probabilities, y)]
    if len(curves) == 1:
        return curves[0]
    fpr = np.unique(np.concatenate([curve[0] for curve in curves]))
    tpr = np.mean([np.interp(fpr, *curve) for curve in curves], axis=0)
    return np.append(0.0, fpr), np.append(0.0, tpr)


def confusion(probabilities: Floats, y: Ints) -> Ints:
    """Return (C, C) counts: rows are true classes, columns predicted ones."""
    counts = np.zeros((probabilities.shape[1],) * 2, dtype=np.int64)
    np.add.at(counts, (y, probabilities.argmax(axis=1)), 1)
    return counts


def reliability(probabilities: Floats, y: Ints) -> tuple[Floats, Floats, Ints]:
    """Return mean top-label confidence, accuracy and number of rows of each non-empty ECE bin."""
    confidence, correct = _top_label(probabilities, y)
    _, bins = np.unique(_bins(confidence), return_inverse=True)
    n_rows = np.bincount(bins)
    return np.bincount(bins, confidence) / n_rows, np.bincount(bins, correct) / n_rows, n_rows


def _measure(
    statistic: Statistic, groups: Ints, auc_bounds: tuple[float, float], seed: int, n_resamples: int
) -> Scores:
    n_groups = int(groups.max()) + 1
    values = statistic(np.ones((1, n_groups)))[0]
    chunk, random = max(1, CELLS_PER_CHUNK // len(groups)), np.random.default_rng(seed)
    sizes = [min(chunk, n_resamples - start) for start in range(0, n_resamples, chunk)]
    drawn = np.concatenate([statistic(_resample(random, size, n_groups)) for size in sizes])
    measured = {}
    for metric, value, resampled in zip(METRICS, values, drawn.T, strict=True):
        defined = resampled[~np.isnan(resampled)]
        low, high = np.percentile(defined, (2.5, 97.5)) if defined.size else auc_bounds
        measured[metric] = Measured(value=float(value), low=float(low), high=float(high))
    return Scores(**measured)


def _resample(random: np.random.Generator, n_resamples: int, n_groups: int) -> Floats:
    """Return how often each group was drawn, (n_resamples, n_groups), n_groups draws a row."""
    drawn = random.integers(n_groups, size=(n_resamples, n_groups))
    drawn += np.arange(n_resamples)[:, None] * n_groups
    counts = np.bincount(drawn.ravel(), minlength=n_resamples * n_groups)
    return np.asarray(counts.reshape(n_resamples, n_groups), dtype=np.float64)


def _statistic(probabilities: Floats, y: Ints, groups: Ints) -> Statistic:
    """Prepare one model's metrics: all but AUC are ratios of sums over groups."""
    n_classes = probabilities.shape[1]
    n_absent = n_classes - len(np.unique(y))
    if n_absent:
        raise StageError(
            "class-not-scored",
            f"{n_absent} of {n_classes} classes have no scored row; each needs one",
            "score the whole test part",
        )
    confidence, correct = _top_label(probabilities, y)
    loss = -np.log(np.clip(probabilities[np.arange(len(y)), y], PROBABILITY_MIN, 1.0))
    gaps = np.where(_bins(confidence)[:, None] == np.arange(N_BINS), (confidence - correct)[:, None], 0.0)
    rows = np.column_stack([np.ones(len(y)), correct, loss, gaps])
    sums = np.column_stack([np.bincount(groups, column) for column in rows.T])
    aucs = [_auc(scores, positive, groups) for scores, positive in _one_vs_rest(probabilities, y)]

    def metrics(weights: Floats) -> Floats:
        n_rows, n_correct, losses, *gap_sums = (weights @ sums).T
        ratios = np.stack([n_correct, losses, np.abs(gap_sums).sum(axis=0)]) / n_rows
        return np.vstack([ratios, np.mean([auc(weights) for auc in aucs], axis=0)]).T

    return metrics


def _auc(scores: Floats, positive: NDArray[np.bool_], groups: Ints) -> Callable[[Floats], Floats]:
    """Prepare the AUC as a function of group weights: pairs in the right order, ties counted half."""
    order = np.argsort(scores, kind="stable")
    positive, groups = positive[order], groups[order]
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))

    def auc(weights: Floats) -> Floats:
        rows = weights[:, groups]
        wins = np.add.reduceat(rows * positive, starts, axis=1)
        losses = np.add.reduceat(rows, starts, axis=1) - wins
        n_pairs: Floats = wins.sum(axis=1) * losses.sum(axis=1)
        ordered: Floats = (wins * (np.cumsum(losses, axis=1) - losses / 2)).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return ordered / n_pairs

    return auc


def _roc_of(scores: Floats, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    n_true = np.append(0, np.cumsum(positive[order])[last])
    n_false = np.append(0, np.cumsum(~positive[order])[last])
    return n_false / n_false[-1], n_true / n_true[-1]


def _one_vs_rest(probabilities: Floats, y: Ints) -> list[tuple[Floats, NDArray[np.bool_]]]:
    n_classes = probabilities.shape[1]
    return [(probabilities[:, k], y == k) for k in ((1,) if n_classes == 2 else range(n_classes))]


def _top_label(probabilities: Floats, y: Ints) -> tuple[Floats, Floats]:
    return probabilities.max(axis=1), (probabilities.argmax(axis=1) == y).astype(np.float64)


def _bins(confidence: Floats) -> Ints:
    """Return each row's bin, 0 to 9; rows of equal confidence share one."""
    edges = np.quantile(confidence, np.arange(1, N_BINS) / N_BINS)
    return np.searchsorted(edges, confidence, side="right")
