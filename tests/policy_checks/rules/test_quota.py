"""A quota that is reached is told with its figures and the moment to come back at."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from policy_checks.rules.quota import minute, quota
from policy_checks.schemas.quota import QUOTAS, Shortfall
from tasks.tabular.outgoing import require_clean
from tests.documents import a_manifest, the_facts

AT = datetime(2026, 11, 24, 9, 30, 0, 1, tzinfo=UTC)


def a_shortfall(name="quantum_s", **changes) -> Shortfall:
    fields = {
        "quota": name, "found": 30.0, "limit": 100.0, "used": 60.0, "reserved": 20.5, "left": 19.5,
        "window_s": 86_400, "frees_at": AT,
    }  # fmt: skip
    return Shortfall(**(fields | changes))


def judged(*shortfalls):
    manifest = a_manifest()
    return list(quota(manifest, the_facts(manifest, shortfalls=shortfalls)))


def test_enough_left_is_nothing_to_tell():
    assert judged() == []


def test_a_reached_quota_is_a_denial_with_its_figures_and_when_to_come_back():
    (finding,) = judged(a_shortfall())
    assert (finding.effect, finding.clause) == ("deny", "P5.2")
    assert finding.message == "30 quantum seconds needed, 100 allowed in 24 h, 60 used, 20.5 reserved"
    assert "2026-11-24 09:31 UTC" in finding.remedy


def test_every_reached_quota_is_told():
    assert len(judged(*(a_shortfall(name) for name in QUOTAS))) == len(QUOTAS)


def test_a_job_above_the_whole_limit_is_not_told_to_come_back():
    (finding,) = judged(a_shortfall(found=101.0, frees_at=None))
    assert "again" not in finding.remedy
    assert "smaller" in finding.remedy


def test_a_run_whose_turn_is_anothers_is_not_denied_but_told_that_it_waits():
    (finding,) = judged(
        a_shortfall("runs_at_once", found=1.0, limit=2.0, used=0.0, reserved=2.0, frees_at=None)
    )
    assert finding.effect == "note"
    assert finding.message == "2 of 2 runs at the same time are on their way"
    assert "wait for its turn" in finding.remedy


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        pytest.param(AT.replace(microsecond=0), "2026-11-24 09:30 UTC", id="on-the-minute"),
        pytest.param(AT, "2026-11-24 09:31 UTC", id="a-microsecond-later"),
        pytest.param(
            AT.astimezone(timezone(timedelta(hours=5))), "2026-11-24 09:31 UTC", id="from-elsewhere"
        ),
        pytest.param(AT.replace(hour=23, minute=59), "2026-11-25 00:00 UTC", id="into-the-next-day"),
    ],
)
def test_whoever_comes_back_at_the_minute_told_is_not_too_early(moment, told):
    assert minute(moment) == told


@pytest.mark.parametrize("limit", [1.0, 123.456, 4_915_123_456.0, 1e9, 79_927_398_713.0, 10 * 2.0**30])
def test_no_figure_of_a_quota_looks_personal(limit):
    require_clean(tuple(judged(*(a_shortfall(name, limit=limit, used=limit) for name in QUOTAS))), "findings")
