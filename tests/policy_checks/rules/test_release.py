"""A table leaves the reading step only through a gate that was checked and passed."""

import pytest

from policy_checks.rules.release import release
from policy_checks.schemas.artifacts import AnonymityOutcome, ExpectationOutcome


def outcome(*, success: bool, column: str | None = "note") -> ExpectationOutcome:
    return ExpectationOutcome(
        expectation="free of personal data", column=column, success=success, n_cells=9, n_unexpected=3
    )


def test_a_passed_gate_releases():
    assert list(release([outcome(success=True)])) == []


def test_every_failed_expectation_denies():
    findings = list(release([outcome(success=False), outcome(success=True), outcome(success=False)]))
    assert [f.effect for f in findings] == ["deny", "deny"]
    assert "3 of 9 cells" in findings[0].message


def test_an_empty_gate_proves_nothing():
    assert [f.effect for f in release([])] == ["deny"]


def anonymity(**changes: object) -> AnonymityOutcome:
    fields: dict[str, object] = {
        "quasi_identifiers": ("age",), "k": 5, "n_combinations": 3, "smallest_before": 5, "smallest_after": 5,
        "n_rows_below": 0, "n_suppressed": 0, "n_classes_lost": 0, "l": None, "least_diverse_before": None,
        "least_diverse_after": None, "risk_max": 0.2, "risk_mean": 0.1,
    }  # fmt: skip
    return AnonymityOutcome.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("changes", "n_denied"),
    [
        ({"smallest_after": 4}, 1),
        ({"smallest_after": 5}, 0),
        ({"smallest_after": 6}, 0),
        ({"smallest_after": 0}, 1),
        ({"n_classes_lost": 1}, 1),
        ({"l": 2, "least_diverse_after": 1}, 1),
        ({"l": 2, "least_diverse_after": 2}, 0),
        ({"l": 2, "least_diverse_after": 1, "smallest_after": 4, "n_classes_lost": 1}, 3),
    ],
    ids=[
        "one-below",
        "at-k",
        "above",
        "nothing-left",
        "a-class-lost",
        "too-uniform",
        "diverse",
        "all-at-once",
    ],
)
def test_rows_must_hide_among_enough_others(changes, n_denied):
    findings = list(release([outcome(success=True)], anonymity(**changes)))
    assert [(f.effect, f.clause) for f in findings] == [("deny", "P1.1")] * n_denied
