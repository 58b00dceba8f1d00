"""A run that would cost more than its submitter allows is denied; a slow batch is announced."""

from decimal import Decimal

import pytest

from policy_checks.rules.budgets import budgets
from policy_checks.rules.spending import spending
from tests.documents import a_manifest, an_estimate, the_facts


@pytest.mark.parametrize(
    ("changes", "n_denied"),
    [
        pytest.param({"quantum_s": 59.9}, 0, id="seconds-below"),
        pytest.param({"quantum_s": 60.0}, 0, id="seconds-at"),
        pytest.param({"quantum_s": 60.1}, 1, id="seconds-above"),
        pytest.param({"cost_eur": Decimal("1.00")}, 0, id="cost-at"),
        pytest.param({"cost_eur": Decimal("1.000001")}, 1, id="cost-above"),
        pytest.param({"quantum_s": 61.0, "cost_eur": Decimal(2)}, 2, id="both-are-told"),
    ],
)
def test_the_manifests_own_limits_hold(changes, n_denied):
    manifest = a_manifest()
    facts = the_facts(manifest, estimate=an_estimate(**changes))
    assert [f.effect for f in spending(manifest, facts)] == ["deny"] * n_denied


@pytest.mark.parametrize(("seconds", "n_notes"), [(1.9, 0), (2.0, 0), (2.1, 1)])
def test_a_batch_predicted_to_be_late_is_announced(seconds, n_notes):
    manifest = a_manifest()
    facts = the_facts(manifest, estimate=an_estimate(batch_s=seconds))
    assert [f.effect for f in budgets(manifest, facts)] == ["note"] * n_notes
