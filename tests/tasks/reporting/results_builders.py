"""Results of circuits as the reporting tests want them: complete and plausible."""

from statistics import NormalDist
from typing import Any

from policy_checks.schemas.artifacts import CircuitResults, Curves, Latency, Measured, Scores

D_PRIMES = {
    "hybrid": 3.4,
    "neural": 3.3,
    "mlp": 3.1,
    "logistic_regression": 3.5,
    "gradient_boosting": 2.9,
}


def a_digest(seed: str = "a") -> str:
    """Return a well-formed digest that a reader can tell from others."""
    return "sha256:" + (seed.encode().hex() * 64)[:64]


def a_measured(value: float, half: float = 0.01) -> Measured:
    """Return a value in [0, 1] with its interval."""
    return Measured(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


def some_scores(auc: float = 0.99, accuracy: float = 0.96, half: float = 0.01) -> Scores:
    """Return the four metrics of a good model."""
    return Scores(
        accuracy=a_measured(accuracy, 2 * half),
        auc=a_measured(auc, half),
        log_loss=a_measured(0.11, 0.05),
        ece=a_measured(0.03, 0.01),
    )


def some_curves(d_prime: float = 3.0, n_rows: tuple[int, ...] = (72, 42), n_wrong: int = 2) -> Curves:
    """Return curves of two normal score distributions `d_prime` apart, `n_wrong` mistakes a class."""
    normal, n_classes = NormalDist(), len(n_rows)
    grid = [step / 100 for step in range(101)]
    tpr = [0.0, *(normal.cdf(normal.inv_cdf(x) + d_prime) for x in grid[1:-1]), 1.0]
    confusion = [
        [n - n_wrong if i == j else (n_wrong if j == (i + 1) % n_classes else 0) for j in range(n_classes)]
        for i, n in enumerate(n_rows)
    ]
    confidence = [0.48 + d_prime / 33, 0.83, 0.92, 0.96, 0.978, 0.987, 0.993, 0.996, 0.998, 0.999]
    right = [0.64, 0.82, 0.91, 1.0, 0.92, 1.0, 1.0, 1.0, 1.0, 1.0]
    share = max(1, sum(n_rows) // 10)
    return Curves(
        roc=tuple(zip(grid, tpr, strict=True)),
        confusion=tuple(map(tuple, confusion)),
        reliability=tuple((c, r, share) for c, r in zip(confidence, right, strict=True)),
    )


def a_latency(operation: str, mode: str, budget_s: float, cold_s: float) -> Latency:
    """Return one operation's seconds: the first batch and five faster ones."""
    warm = tuple(cold_s * share for share in (0.31, 0.3, 0.33, 0.29, 0.36))
    return Latency.model_validate(
        {"operation": operation, "mode": mode, "budget_s": budget_s, "cold_s": cold_s, "warm_s": warm}
    )


def circuit_results(**changes: Any) -> CircuitResults:
    """Return results of a run on 114 test rows of two classes."""
    curves = {model: some_curves(d_prime) for model, d_prime in D_PRIMES.items()}
    fields: dict[str, Any] = {
        "parent": a_digest("m"),
        "predictions": a_digest("p"),
        "template": a_digest("c"),
        "n_test": 114,
        "degraded": None,
        "referee_max_error": 4.2e-7,
        "hybrid": some_scores(0.992, 0.965),
        "neural": some_scores(0.991, 0.956),
        "modes": {
            "exact": some_scores(0.992, 0.965),
            "shots": some_scores(0.99, 0.956),
            "noise": some_scores(0.981, 0.947, 0.015),
        },
        "baselines": {
            "mlp": some_scores(0.987, 0.956, 0.012),
            "logistic_regression": some_scores(0.994, 0.974, 0.006),
            "gradient_boosting": some_scores(0.983, 0.947, 0.013),
        },
        "baseline_parameters": {"mlp": 551, "logistic_regression": 31, "gradient_boosting": 0},
        "best_classical": "logistic_regression",
        "difference": Scores(
            accuracy=Measured(value=-0.009, low=-0.035, high=0.018),
            auc=Measured(value=-0.002, low=-0.009, high=0.004),
            log_loss=Measured(value=0.021, low=-0.011, high=0.06),
            ece=Measured(value=0.004, low=-0.014, high=0.021),
        ),
        "curves": curves,
        "latencies": (
            a_latency("neural", "exact", 1.0, 0.0042),
            a_latency("quantum", "exact", 2.0, 0.11),
            a_latency("quantum", "shots", 2.0, 0.14),
            a_latency("quantum", "noise", 2.0, 0.83),
            a_latency("hybrid", "exact", 3.0, 0.113),
            a_latency("hybrid", "shots", 3.0, 0.143),
            a_latency("hybrid", "noise", 3.0, 0.834),
        ),
        "quantum_s": 1.374512,
        "neural_s": 0.021934,
        "n_circuits": 912,
        "notes": ("Intervals are 95 % bootstrap over the test rows of one split.",),
    }
    return CircuitResults(**{**fields, **changes})


def degraded_results(reason: str = "budget", **changes: Any) -> CircuitResults:
    """Return what is left when the circuits did not count: the neural head's answer, labelled."""
    neural, curves = some_scores(0.991, 0.956), circuit_results().curves
    fields: dict[str, Any] = {
        "degraded": reason,
        "hybrid": neural,
        "neural": neural,
        "modes": {},
        "curves": {**curves, "hybrid": curves["neural"]},
        "latencies": (a_latency("neural", "exact", 1.0, 0.0042),),
        "notes": ("Batch 0 did not end within 1.98 s.",),
    }
    return circuit_results(**{**fields, **changes})
