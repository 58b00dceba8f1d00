"""A table leaves the reading step only through a gate that was checked and passed."""

from policy_checks.rules.release import release
from policy_checks.schemas.artifacts import ExpectationOutcome


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
