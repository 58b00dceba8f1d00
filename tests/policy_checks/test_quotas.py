"""What fits into a rolling window, and when: pure arithmetic, and clocks that nobody can turn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_checks import quotas
from policy_checks.quotas import Booking, Limits, Tick, limits_of, moment, shortfalls, uses
from policy_checks.schemas.quota import Needs
from tests.documents import the_tenants

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = Limits(
    DAY,
    {
        "ccu": 100.0,
        "quantum_s": 10.0,
        "neural_s": 10.0,
        "runs": 5.0,
        "runs_at_once": 2.0,
        "storage_bytes": 1e6,
    },
)
BOOT = Tick(NOW, "a-boot", 1_000.0)


def a_booking(run="r", state="running", until=NOW + HOUR, **needs) -> Booking:
    return Booking(run, f"m-{run}", state, Needs(**needs), until)


def short(wanted: Booking, *booked: Booking, limits: Limits = LIMITS, now: datetime = NOW) -> list[str]:
    return [one.quota for one in shortfalls(wanted, booked, limits, now)]


@pytest.mark.parametrize(("quantum_s", "found"), [(3.9, []), (4.0, []), (4.1, ["quantum_s"])])
def test_what_is_used_and_reserved_and_wanted_stays_within_the_limit(quantum_s, found):
    used = a_booking("a", "used", NOW - HOUR, quantum_s=2.0)
    reserved = a_booking("b", quantum_s=4.0)
    assert short(a_booking(quantum_s=quantum_s), used, reserved) == found


def test_ten_tenths_are_one():
    limits = replace(LIMITS, most=LIMITS.most | {"quantum_s": 1.0, "runs": 99.0})
    tenths = [a_booking(str(n), "used", NOW, quantum_s=0.1) for n in range(9)]
    assert short(a_booking(quantum_s=0.1), *tenths, limits=limits) == []
    assert short(a_booking(quantum_s=0.1000001), *tenths, limits=limits) == ["quantum_s"]


def test_no_crumb_is_lost_beside_a_large_part():
    limits = replace(LIMITS, most=LIMITS.most | {"quantum_s": 1.0, "runs": 999.0})
    crumbs = [a_booking(str(n), "used", NOW, quantum_s=1e-17) for n in range(100)]
    full = a_booking("full", "used", NOW, quantum_s=1.0)
    assert short(a_booking(quantum_s=1e-17), full, *crumbs, limits=limits) == ["quantum_s"]


@pytest.mark.parametrize(
    ("ended", "found"),
    [
        pytest.param(NOW - DAY + timedelta(seconds=1), ["ccu"], id="a-second-before-the-window-passed"),
        pytest.param(NOW - DAY, [], id="when-it-has-passed"),
    ],
)
def test_what_was_used_counts_for_one_window_from_its_end(ended, found):
    assert short(a_booking(ccu=1.0), a_booking("a", "used", ended, ccu=100.0)) == found


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_a_lease_that_has_ended_counts_nothing(state):
    gone = [a_booking(str(n), state, NOW, ccu=100.0) for n in range(9)]
    assert short(a_booking(ccu=100.0), *gone) == []


def test_a_run_that_waits_holds_its_share_but_takes_no_turn():
    waiting = [a_booking(str(n), "waiting", ccu=30.0) for n in range(3)]
    assert short(a_booking(ccu=10.0), *waiting) == []
    assert short(a_booking(ccu=10.1), *waiting) == ["ccu"]


def test_runs_that_execute_take_turns():
    busy = [a_booking(str(n)) for n in range(2)]
    assert short(a_booking(), *busy) == ["runs_at_once"]


def test_splitting_a_job_into_many_gains_nothing():
    parts = [a_booking(str(n), "used", NOW, quantum_s=2.5) for n in range(4)]
    assert short(a_booking(quantum_s=0.001), *parts) == ["quantum_s"]


def test_a_run_does_not_stand_in_its_own_way():
    own = replace(a_booking(ccu=100.0), manifest="signed-anew")
    assert short(a_booking(ccu=100.0), own) == []


def test_an_earlier_attempt_at_the_same_manifest_gives_way_while_it_has_used_nothing():
    earlier = replace(a_booking("earlier", ccu=100.0), manifest="m-r")
    assert short(a_booking(ccu=100.0), earlier) == []
    assert short(a_booking(ccu=100.0), replace(earlier, state="used", until=NOW)) == ["ccu"]


def test_every_quota_that_is_short_is_told():
    everything = a_booking(ccu=101.0, quantum_s=11.0, neural_s=11.0, storage_bytes=10**6 + 1)
    busy = [a_booking(str(n)) for n in range(5)]
    assert set(short(everything, *busy)) == set(LIMITS.most)


def test_who_comes_back_at_the_moment_told_fits_and_no_second_earlier():
    used = [a_booking(str(n), "used", NOW - n * HOUR, ccu=25.0) for n in range(4)]
    (found,) = shortfalls(a_booking(ccu=50.0), used, LIMITS, NOW)
    assert found.frees_at == NOW - 2 * HOUR + DAY
    assert short(a_booking(ccu=50.0), *used, now=found.frees_at) == []
    assert short(a_booking(ccu=50.0), *used, now=found.frees_at - timedelta(seconds=1)) == ["ccu"]


@pytest.mark.parametrize(
    ("state", "frees_at"), [("running", NOW + DAY), ("waiting", NOW + HOUR + DAY), ("used", NOW - HOUR + DAY)]
)
def test_what_is_held_frees_one_window_after_the_run_can_end(state, frees_at):
    until = NOW - HOUR if state == "used" else NOW + HOUR
    (found,) = shortfalls(a_booking(ccu=1.0), [a_booking("a", state, until, ccu=100.0)], LIMITS, NOW)
    assert found.frees_at == frees_at


STATES = st.sampled_from(["running", "waiting", "used"])
BOOKED = st.lists(
    st.tuples(STATES, st.integers(-30, 30), st.integers(0, 60)), max_size=12
)  # state, hours from now, ccu


@given(BOOKED, st.integers(1, 100))
def test_at_the_moment_told_the_run_fits_even_if_all_that_is_held_was_used_up(rows, wanted_ccu):
    def usable(n, state, hours, ccu):
        until = NOW + hours * HOUR
        return a_booking(str(n), state, min(until, NOW) if state == "used" else until, ccu=float(ccu))

    limits = replace(LIMITS, most=LIMITS.most | {"runs": 99.0, "runs_at_once": 99.0})
    booked = [usable(n, *row) for n, row in enumerate(rows)]
    wanted = a_booking(ccu=float(wanted_ccu))
    for found in shortfalls(wanted, booked, limits, NOW):
        later = [
            one
            if one.state == "used"
            else replace(one, state="used", until=NOW if one.state == "running" else one.until)
            for one in booked
            if one.counts(NOW, DAY)
        ]
        assert found.frees_at is not None
        assert short(wanted, *later, limits=limits, now=found.frees_at) == []


def test_a_job_above_the_whole_limit_never_fits():
    (found,) = shortfalls(a_booking(ccu=101.0), [], LIMITS, NOW)
    assert found.frees_at is None


@given(BOOKED)
def test_used_reserved_and_left_add_up_to_the_limit(rows):
    booked = [
        a_booking(str(n), state, NOW + hours * HOUR, ccu=float(ccu))
        for n, (state, hours, ccu) in enumerate(rows)
    ]
    for use in uses(booked, LIMITS, NOW):
        assert use.left == max(0.0, use.limit - use.used - use.reserved)


def test_a_tenants_limits_are_those_of_its_document():
    tenant = the_tenants().tenants[0]
    found = limits_of(tenant)
    assert found.window == DAY
    assert found.most["runs_at_once"] == tenant.runs_max
    assert found.most["quantum_s"] == tenant.quotas.quantum_s_max
    assert set(found.most) == set(quotas.QUOTAS)


@pytest.mark.parametrize(
    ("known", "spent", "used"),
    [
        pytest.param(Needs(), Needs(), None, id="denied-before-it-computed"),
        pytest.param(Needs(quantum_s=2.0), Needs(), (50.0, 2.0, 0.0), id="known"),
        pytest.param(Needs(), Needs(neural_s=3.0), (50.0, 0.0, 3.0), id="seen-in-its-stage"),
        pytest.param(Needs(quantum_s=2.0), Needs(quantum_s=2.5), (50.0, 2.5, 0.0), id="not-twice"),
        pytest.param(Needs(storage_bytes=9), Needs(), None, id="bytes-alone-are-no-use"),
    ],
)
def test_a_run_that_ended_counts_with_what_it_computed(known, spent, used):
    found = quotas.ended(a_booking(ccu=50.0, quantum_s=9.0, neural_s=9.0), spent, known)
    assert (found and (found.ccu, found.quantum_s, found.neural_s)) == used


@pytest.mark.parametrize("step", [timedelta(days=-400), -HOUR, timedelta(0), HOUR, timedelta(days=400)])
def test_a_step_of_the_wall_clock_moves_nothing_while_the_machine_is_up(step):
    later = Tick(NOW + step, "a-boot", 1_007.0)
    assert moment(NOW, BOOT, later) == NOW + timedelta(seconds=7)


@pytest.mark.parametrize(
    ("wall", "found"),
    [
        pytest.param(NOW + HOUR, NOW + HOUR, id="time-went-by"),
        pytest.param(NOW - HOUR, NOW, id="never-back"),
    ],
)
@pytest.mark.parametrize("boot", ["another-boot", ""])
def test_over_a_restart_the_wall_clock_counts_but_never_back(wall, found, boot):
    assert moment(NOW, BOOT, Tick(wall, boot, 3.0)) == found
    assert moment(NOW, replace(BOOT, boot=""), Tick(wall, "", 3.0)) == found


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 3_600), st.booleans()), max_size=30))
def test_the_ledgers_time_never_goes_back_and_no_step_brings_it_further_than_time_that_went_by(steps):
    known, at, wall, up = BOOT, NOW, NOW, 1_000.0
    for step, passed, restarted in steps:
        wall += timedelta(seconds=step + passed)
        up = 0.0 if restarted else up + passed
        seen = Tick(wall, f"{known.boot}'" if restarted else known.boot, up)
        new = moment(at, known, seen)
        assert new == (max(at, wall) if restarted else at + timedelta(seconds=passed))
        at, known = new, seen
