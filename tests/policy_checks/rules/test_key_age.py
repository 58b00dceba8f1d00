"""A run whose tenant's execution key is overdue is denied, and says what to do."""

from datetime import timedelta

import pytest

from policy_checks.rules.key_age import key_age
from tests.documents import NOW, a_manifest, the_facts

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("until", "denied"),
    [
        pytest.param(NOW + SECOND, False, id="a-second-left"),
        pytest.param(NOW, False, id="at-its-end"),
        pytest.param(NOW - SECOND, True, id="a-second-over"),
        pytest.param(None, True, id="no-key-at-all"),
    ],
)
def test_an_overdue_execution_key_denies_a_run(until, denied):
    findings = list(key_age(a_manifest(), the_facts(a_manifest(), exec_sign_until=until)))
    assert [(f.clause, f.effect) for f in findings] == ([("P2.2", "deny")] if denied else [])
    assert all("atomq keys rotate" in finding.remedy for finding in findings)
