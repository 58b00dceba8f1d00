"""Whatever processes, crashes and clocks do, a tenant's runs hold no more than its quotas, and nothing leaks."""

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.quotas import Limits, Tick
from policy_checks.schemas.quota import Needs
from tasks.adapters import quota_file
from tasks.adapters.quota_file import FILE, text
from tasks.adapters.quota_ledger import LEASE, QuotaLedger
from tests.clocks import LIMITS, MOST, NOW, Clock

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
TEN = replace(LIMITS, most=MOST | {"runs": 10.0})
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(tmp_path, clock):
    return QuotaLedger(tmp_path, clock=clock)


def book(ledger: QuotaLedger, run: str, limits: Limits = LIMITS, **needs) -> list[str]:
    return [one.quota for one in ledger.reserve(run, f"m-{run}", Needs(**needs), limits)]


def stands(ledger: QuotaLedger, quota: str = "quantum_s", limits: Limits = LIMITS) -> tuple[float, float]:
    """Return used and reserved."""
    (use,) = [use for use in ledger.usage(limits) if use.quota == quota]
    return use.used, use.reserved


def test_what_does_not_fit_is_not_booked(ledger):
    assert book(ledger, "a", quantum_s=60.0) == []
    assert book(ledger, "b", quantum_s=40.1) == ["quantum_s"]
    assert stands(ledger) == (0.0, 60.0)
    assert book(ledger, "b", quantum_s=40.0) == []


def test_to_ask_books_nothing_and_makes_no_file(ledger, tmp_path):
    assert ledger.ask("", "m", Needs(quantum_s=99.0), LIMITS) == ()
    assert [one.quota for one in ledger.ask("", "m", Needs(quantum_s=101.0), LIMITS)] == ["quantum_s"]
    assert list(tmp_path.iterdir()) == []


def test_a_retry_counts_once(ledger):
    for _ in range(3):
        assert book(ledger, "a", quantum_s=60.0) == []
    assert stands(ledger) == (0.0, 60.0)
    for _ in range(3):
        ledger.settle("a", Needs(quantum_s=5.0))
        assert book(ledger, "a", quantum_s=60.0) == []
    assert stands(ledger) == (5.0, 0.0)


def test_another_attempt_at_a_manifest_takes_the_place_of_the_first(ledger):
    for run in ("first", "second", "third"):
        assert ledger.reserve(run, "the-manifest", Needs(quantum_s=60.0), LIMITS) == ()
    assert stands(ledger) == (0.0, 60.0)
    ledger.settle("first", Needs(quantum_s=3.0))
    assert stands(ledger) == (3.0, 60.0)


def test_a_run_that_computed_nothing_is_forgotten(ledger):
    book(ledger, "a", quantum_s=60.0)
    ledger.settle("a", Needs())
    assert stands(ledger) == (0.0, 0.0)
    assert stands(ledger, "runs") == (0.0, 0.0)


def test_a_run_that_ended_counts_with_what_it_used_until_the_window_has_passed(ledger, clock):
    book(ledger, "a", quantum_s=60.0, ccu=7.0)
    ledger.settle("a", Needs(quantum_s=50.0, neural_s=2.0, storage_bytes=9))
    assert [stands(ledger, quota)[0] for quota in ("ccu", "quantum_s", "neural_s", "runs", "storage_bytes")] == [
        7.0, 50.0, 2.0, 1.0, 9.0,
    ]  # fmt: skip
    clock.pass_by(DAY - SECOND)
    assert book(ledger, "b", quantum_s=51.0) == ["quantum_s"]
    clock.pass_by(SECOND)
    assert book(ledger, "b", quantum_s=51.0) == []


def test_seconds_of_the_stage_in_which_a_run_died_count_until_it_was_last_seen(ledger, clock):
    ledger.reserve("a", "m", Needs(quantum_s=60.0), LIMITS, at_work="quantum_s")
    clock.pass_by(20 * SECOND)
    ledger.renew("a")
    clock.pass_by(HOUR)
    ledger.settle("a", Needs(neural_s=1.0))
    assert (stands(ledger), stands(ledger, "neural_s")) == ((20.0, 0.0), (1.0, 0.0))


def test_they_count_at_most_what_was_booked(ledger, clock):
    ledger.reserve("a", "m", Needs(quantum_s=6.0), LIMITS, at_work="quantum_s")
    clock.pass_by(60 * SECOND)
    ledger.renew("a")
    ledger.settle("a", Needs())
    assert stands(ledger) == (6.0, 0.0)


def test_a_run_that_lives_keeps_its_booking_and_one_that_does_not_loses_it(ledger, clock):
    for run in ("alive", "dead"):
        book(ledger, run, quantum_s=50.0)
    for _ in range(5):
        clock.pass_by(LEASE - SECOND)
        assert ledger.renew("alive")
    assert not ledger.renew("dead")
    assert stands(ledger) == (0.0, 50.0)


def test_a_run_that_stood_still_books_anew_only_if_it_still_fits(ledger, clock):
    book(ledger, "slow", quantum_s=60.0)
    clock.pass_by(LEASE)
    book(ledger, "other", quantum_s=60.0)
    assert not ledger.renew("slow")
    ledger.wait("slow", clock.seen.at + HOUR)
    assert book(ledger, "slow", quantum_s=60.0) == ["quantum_s"]
    ledger.settle("other", Needs(quantum_s=1.0))
    assert book(ledger, "slow", quantum_s=60.0) == []


@pytest.mark.parametrize("step", [-400 * DAY, timedelta(0), 400 * DAY], ids=str)
def test_a_run_that_waits_for_a_person_holds_its_share_without_a_process_until_the_deadline(
    ledger, clock, step
):
    book(ledger, "a", quantum_s=60.0)
    clock.step(step)
    ledger.wait("a", clock.seen.at + 3 * HOUR)
    clock.pass_by(3 * HOUR - SECOND)
    assert not ledger.renew("a")
    assert (stands(ledger), stands(ledger, "runs_at_once")) == ((0.0, 60.0), (0.0, 0.0))
    clock.pass_by(SECOND)
    assert stands(ledger) == (0.0, 0.0)


def test_a_run_that_comes_back_from_waiting_takes_a_turn_again(ledger, clock):
    one_turn = replace(LIMITS, most=MOST | {"runs_at_once": 1.0})
    assert book(ledger, "a", one_turn, quantum_s=1.0) == []
    ledger.wait("a", clock.seen.at + HOUR)
    assert book(ledger, "b", one_turn, quantum_s=1.0) == []
    assert book(ledger, "a", one_turn, quantum_s=1.0) == ["runs_at_once"]
    ledger.settle("b", Needs(quantum_s=1.0))
    assert book(ledger, "a", one_turn, quantum_s=1.0) == []
    assert book(ledger, "c", one_turn, quantum_s=1.0) == ["runs_at_once"]


@pytest.mark.parametrize("step", [-400 * DAY, -HOUR, HOUR, DAY, 400 * DAY], ids=str)
def test_who_sets_the_clock_frees_nothing_and_is_told_the_moment_that_the_clock_will_show(
    ledger, clock, step
):
    book(ledger, "used", quantum_s=50.0)
    ledger.settle("used", Needs(quantum_s=50.0))
    book(ledger, "held", quantum_s=40.0)
    clock.step(step)
    (short,) = ledger.reserve("a", "m", Needs(quantum_s=11.0), LIMITS)
    assert (short.used, short.reserved, short.frees_at) == (50.0, 40.0, clock.seen.at + DAY)
    clock.step(-step)
    assert stands(ledger) == (50.0, 40.0)
    assert ledger.renew("held")


def test_a_clock_that_went_back_over_a_restart_is_not_believed(ledger, clock):
    book(ledger, "a", quantum_s=50.0)
    ledger.settle("a", Needs(quantum_s=50.0))
    clock.seen = Tick(NOW - 9 * DAY, "the-next-boot", 1.0)
    assert book(ledger, "b", quantum_s=51.0) == ["quantum_s"]
    clock.pass_by(DAY)
    assert book(ledger, "b", quantum_s=51.0) == []


def test_the_machines_own_clocks_advance():
    before, after = quota_file.tick(), quota_file.tick()
    assert before.boot == after.boot != ""
    assert after.since_boot_s >= before.since_boot_s > 0


@given(st.lists(st.datetimes(timezones=st.timezones())), st.datetimes(timezones=st.just(UTC)))
def test_the_order_of_stored_texts_is_that_of_moments(moments, one):
    found = [one.replace(microsecond=0), one, *moments]
    assert [text(each) for each in sorted(found)] == sorted(map(text, found))


def test_two_tenants_do_not_meet(tmp_path, clock):
    ours, theirs = (QuotaLedger(tmp_path / name, clock=clock) for name in ("ours", "theirs"))
    assert book(ours, "a", quantum_s=100.0) == []
    assert book(theirs, "a", quantum_s=100.0) == []
    ours.settle("a", Needs(quantum_s=3.0))
    assert (stands(ours), stands(theirs)) == ((3.0, 0.0), (0.0, 100.0))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*.sqlite")} == {0}


@pytest.mark.parametrize("name", [FILE, f"{FILE}-wal", f"{FILE}-shm"])
def test_a_link_is_not_followed(ledger, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / name).symlink_to(elsewhere)
    for done in (lambda: book(ledger, "a"), lambda: ledger.usage(LIMITS)):
        with pytest.raises(IntegrityError, match="quota-unreadable"):
            done()
    assert not elsewhere.exists()


def test_a_damaged_file_lets_nothing_through(ledger, tmp_path):
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    for done in (lambda: book(ledger, "a"), lambda: ledger.ask("", "m", Needs(), LIMITS)):
        with pytest.raises(IntegrityError, match="quota-unreadable"):
            done()


def test_an_empty_file_of_a_crash_is_a_new_ledger(ledger, tmp_path):
    (tmp_path / FILE).touch()
    assert stands(ledger) == (0.0, 0.0)
    assert book(ledger, "a", quantum_s=1.0) == []


def test_what_no_window_reaches_any_more_is_forgotten(ledger, clock, tmp_path):
    for run in ("a", "b"):
        book(ledger, run, quantum_s=1.0)
        ledger.settle(run, Needs(quantum_s=1.0))
        clock.pass_by(31 * DAY + SECOND)
    ledger.settle("nobody", Needs())
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        assert database.execute("SELECT count(*) FROM booking").fetchone() == (0,)


def _submit(folder: Path, gate, answers, run: str) -> None:
    gate.wait()
    answers.put(not QuotaLedger(folder).reserve(run, f"m-{run}", Needs(ccu=1.0), TEN))


def test_of_a_hundred_at_once_over_a_limit_of_ten_exactly_ten_are_booked(tmp_path):
    gate, answers = FORK.Event(), FORK.Queue()
    runs = [FORK.Process(target=_submit, args=(tmp_path, gate, answers, str(n))) for n in range(100)]
    for run in runs:
        run.start()
    gate.set()
    booked = sum(answers.get(timeout=60) for _ in runs)
    for run in runs:
        run.join()
    assert booked == 10
    assert stands(QuotaLedger(tmp_path), "runs", TEN) == (0.0, 10.0)


def _live(folder: Path, seed: int) -> None:
    """Book, renew, wait and settle runs until somebody kills this process."""
    rng, ledger = random.Random(seed), QuotaLedger(folder)
    while True:
        run = f"{seed}-{rng.random()}"
        if not book(ledger, run, quantum_s=rng.choice([15.0, 35.0])):
            ledger.renew(run)
            if rng.random() < 0.5:
                ledger.wait(run, datetime.now(UTC) + HOUR)
                book(ledger, run, quantum_s=1.0)
            ledger.settle(run, Needs(quantum_s=rng.choice([0.0, 0.01])))


def test_after_processes_were_killed_at_any_moment_nothing_is_over_the_limit_and_nothing_stays(tmp_path):
    rng, ledger = random.Random(20261123), QuotaLedger(tmp_path)
    for seed in range(20):
        pair = [FORK.Process(target=_live, args=(tmp_path, 2 * seed + n)) for n in (0, 1)]
        for process in pair:
            process.start()
        until = time.monotonic() + rng.uniform(0.01, 0.25)
        while time.monotonic() < until:
            used, reserved = stands(ledger)
            assert used + reserved <= LIMITS.most["quantum_s"]
        for process in pair:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
    assert stands(ledger)[0] > 0, "no run came to its end"

    def after_the_lease() -> Tick:
        seen, gone = quota_file.tick(), HOUR + LEASE
        return Tick(seen.at + gone, seen.boot, seen.since_boot_s + gone.total_seconds())

    later = QuotaLedger(tmp_path, clock=after_the_lease)
    assert stands(later)[1] == stands(later, "runs_at_once")[1] == 0.0
    assert book(later, "next", quantum_s=LIMITS.most["quantum_s"] - stands(later)[0]) == []


STEPS: dict[str, Callable[[QuotaLedger], object]] = {
    "reserve": lambda ledger: book(ledger, "mine", quantum_s=30.0),
    "renew": lambda ledger: ledger.renew("held"),
    "wait": lambda ledger: ledger.wait("held", NOW + HOUR),
    "settle": lambda ledger: ledger.settle("held", Needs(quantum_s=5.0)),
}


def _killed_at(folder: Path, step: str, nth: int) -> bool:
    """Do a step in a process that is killed before its nth line; return whether it was."""
    child = os.fork()
    if child == 0:
        left = [nth]

        def trace(frame, event, _argument):
            if not frame.f_code.co_filename.endswith(("quota_file.py", "quota_ledger.py")):
                return None
            if event == "line":
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        STEPS[step](QuotaLedger(folder, clock=Clock()))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_that_was_killed_at_any_line_is_done_or_not_and_may_be_done_again(tmp_path, step):
    def fresh(name: str) -> Path:
        folder = tmp_path / name
        book(QuotaLedger(folder, clock=Clock()), "held", quantum_s=20.0)
        return folder

    def seen(folder: Path) -> list:
        with closing(sqlite3.connect(folder / FILE)) as database:
            return database.execute("SELECT * FROM booking ORDER BY run").fetchall()

    before, nth = seen(fresh("before")), 1
    STEPS[step](QuotaLedger(fresh("after"), clock=Clock()))
    after = seen(tmp_path / "after")
    while _killed_at(folder := fresh(str(nth)), step, nth):
        assert seen(folder) in (before, after), nth
        STEPS[step](QuotaLedger(folder, clock=Clock()))
        assert seen(folder) == after, nth
        nth += 1
    assert nth > 20


RUNS = st.sampled_from("abc")


class AgainstAList(RuleBasedStateMachine):
    """The ledger beside a plain list of what somebody with perfect clocks and no crashes would have noted."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = Clock()
        self.time = 0.0  # Seconds that really went by.
        self.noted: dict[str, dict] = {}

    @property
    def ledger(self) -> QuotaLedger:
        return QuotaLedger(Path(self.folder.name), clock=self.clock)

    def counting(self, run: str | None = None) -> list[dict]:
        return [
            one
            for name, one in self.noted.items()
            if name != run and self.time < one["until"] + (86_400 if one["state"] == "used" else 0)
        ]

    @rule(run=RUNS, manifest=st.integers(0, 3), quantum_s=st.integers(1, 70))
    def reserve(self, run, manifest, quantum_s):
        refused = self.ledger.reserve(run, str(manifest), Needs(quantum_s=float(quantum_s)), LIMITS)
        held = self.noted.get(run)
        if held and held["state"] == "used":
            assert not refused
            return
        alive = held is not None and held["state"] == "running" and self.time < held["until"]
        others = [
            one for one in self.counting(run) if one["state"] == "used" or one["manifest"] != str(manifest)
        ]
        fits = alive or sum(one["s"] for one in others) + quantum_s <= 100
        assert fits != bool(refused)
        if fits:
            for name, one in self.noted.items():
                if name != run and one["state"] != "used" and one["manifest"] == str(manifest):
                    one["until"] = min(one["until"], self.time)
            self.noted[run] = {
                "state": "running",
                "manifest": str(manifest),
                "until": self.time + LEASE.total_seconds(),
                "s": held["s"] if alive else quantum_s,
            }

    @rule(run=RUNS)
    def renew(self, run):
        held = self.noted.get(run)
        alive = held is not None and held["state"] == "running" and self.time < held["until"]
        assert self.ledger.renew(run) == alive
        if alive:
            held["until"] = self.time + LEASE.total_seconds()

    @rule(run=RUNS, hours=st.integers(1, 30))
    def wait(self, run, hours):
        self.ledger.wait(run, self.clock.seen.at + hours * HOUR)
        held = self.noted.get(run)
        if held and held["state"] != "used" and self.time < held["until"]:
            held |= {"state": "waiting", "until": self.time + hours * 3_600}

    @rule(run=RUNS, used=st.integers(0, 80))
    def settle(self, run, used):
        self.ledger.settle(run, Needs(quantum_s=float(used)))
        held = self.noted.get(run)
        if held and held["state"] != "used":
            if used:
                held |= {"state": "used", "until": self.time, "s": used}
            else:
                del self.noted[run]

    @rule(passed=st.sampled_from([1, 60, 119, 120, 3_600, 43_200, 86_400]))
    def time_passes(self, passed):
        self.clock.pass_by(timedelta(seconds=passed))
        self.time += passed

    @rule(step=st.integers(-(10**7), 10**7))
    def somebody_sets_the_clock(self, step):
        self.clock.step(timedelta(seconds=step))

    @invariant()
    def both_say_the_same(self):
        counting = self.counting()
        used = sum(one["s"] for one in counting if one["state"] == "used")
        reserved = sum(one["s"] for one in counting if one["state"] != "used")
        assert stands(self.ledger) == (used, reserved)
        turns = sum(one["state"] == "running" for one in counting)
        assert stands(self.ledger, "runs_at_once") == (0.0, turns)

    def teardown(self):
        self.folder.cleanup()


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = hypothesis_settings(max_examples=30, stateful_step_count=25, deadline=None)


def test_a_reading_fault_names_neither_path_nor_tenant(ledger, tmp_path):
    (tmp_path / FILE).write_bytes(b"no database" * 999)
    with pytest.raises(AtomqError) as told:
        ledger.usage(LIMITS)
    assert str(tmp_path) not in str(told.value)
