"""Reviewers see every question that verifies, the gravest first, and none that somebody else made up."""

import pytest

from policy_checks.errors import IntegrityError, UnavailableError
from tasks.adapters import settings
from tasks.adapters.files import write_whole
from tasks.adapters.servers import Server, announced
from tasks.stages import inbox
from tests.approvals import HOUR, Office, an_office
from tests.documents import DIGEST
from tests.paused import Desk

DEAD = "http://127.0.0.1:9/api"


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    return an_office(tmp_path_factory.mktemp("office"), at=settings.now() - HOUR)


@pytest.fixture
def desk(prefect_url, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", prefect_url)
    made = Desk(prefect_url)
    yield made
    made.remove()


def asks(office: Office, **changes):
    return lambda run: office.bundle(**{"run": run} | changes)


def seen(home, desk: Desk):
    """What is in the inbox of this test's runs, in its order."""
    return [one for one in inbox.waiting(home, settings.now()).waiting if one.run in desk.runs]


def remarks(home, run: str) -> list[str]:
    return [told for told in inbox.waiting(home, settings.now()).remarks if run[:8] in told]


def test_a_paused_run_that_asks_is_found_with_what_it_asks(tmp_path, desk, office):
    run = desk.asking(asks(office))
    (found,) = seen(tmp_path, desk)
    assert (found.run, found.request.question.attempt) == (run, 1)
    assert found.server.url == desk.url
    assert inbox.find(tmp_path, run[:8], settings.now()).run == run


def test_a_run_that_does_not_wait_is_not_found(tmp_path, desk, office):
    run = desk.asking(asks(office))
    desk.state(run, "RUNNING", "Running")
    assert seen(tmp_path, desk) == []
    with pytest.raises(UnavailableError, match="run-not-waiting"):
        inbox.find(tmp_path, run, settings.now())


@pytest.mark.parametrize("step", [1, -1], ids=["asked-in-this-order", "asked-the-other-way-round"])
def test_the_gravest_and_most_urgent_come_first(tmp_path, desk, office, step):
    at = office.at
    form = office.manifest(submitter="unauthenticated", mode="production")
    remote = office.manifest(mode="production", execution__target="ibm:somewhere")
    production = office.manifest(mode="production")
    orders = [
        asks(office, manifest=form),
        asks(office, manifest=remote),
        asks(office, manifest=production),
        asks(office, decision=office.decision(office.manifest(), "0.60"), until=at + 3 * HOUR),
        asks(office, until=at + 2 * HOUR),
        asks(office, until=at + 3 * HOUR),
    ]
    runs = [desk.asking(order) for order in orders[::step]]
    assert [one.run for one in seen(tmp_path, desk)] == runs[::step]


def test_forged_questions_are_passed_over_with_a_remark(tmp_path, desk, office):
    run = desk.asking(asks(office))
    for forged in (
        office.bundle(run=run, signer=office.alice),
        office.bundle(run=run, n_reviewers=2),
        b"not json",
    ):
        desk.publish(run, lambda _, forged=forged: forged)
    desk.put(run, "no block of text")
    (found,) = seen(tmp_path, desk)
    assert found.request.question.n_reviewers == 1
    (told,) = remarks(tmp_path, run)
    assert "passed over 3" in told
    assert "request-question" in told


def test_a_strangers_whole_question_for_another_run_does_not_count(tmp_path, desk, office):
    other = asks(office, run="01a206cd-ce3b-742c-ac61-11ae724346c4")
    run = desk.asking(other)
    assert seen(tmp_path, desk) == []
    assert "nothing that it asks verifies" in remarks(tmp_path, run)[0]
    with pytest.raises(IntegrityError, match="request-run"):
        inbox.find(tmp_path, run, settings.now())


def test_an_old_question_published_again_does_not_hide_the_newest(tmp_path, desk, office):
    run = desk.run()
    first, second = office.bundle(run=run), office.bundle(run=run, attempt=2)
    for bundle in (first, second, first, first):
        desk.publish(run, lambda _, bundle=bundle: bundle)
    desk.suspend(run, 2)
    (found,) = seen(tmp_path, desk)
    assert found.request.question.attempt == 2


def test_a_question_is_found_behind_pages_of_forged_ones(tmp_path, desk, office):
    run = desk.asking(asks(office))
    for _ in range(inbox.BUNDLES_PAGE * 2):
        desk.publish(run, lambda _: b"{}")
    assert [one.run for one in seen(tmp_path, desk)] == [run]


def test_a_paused_run_without_a_question_is_told_and_does_not_verify(tmp_path, desk):
    run = desk.asking()
    assert "request-absent" in remarks(tmp_path, run)[0]
    with pytest.raises(IntegrityError, match="request-absent"):
        inbox.find(tmp_path, run, settings.now())


def test_a_pinned_root_is_the_only_one_that_counts(tmp_path, desk, office, monkeypatch):
    run = desk.asking(asks(office))
    monkeypatch.setenv("ATOMQ_ROOT", office.authority.digest)
    assert [one.request.notes for one in seen(tmp_path, desk)] == [()]
    monkeypatch.setenv("ATOMQ_ROOT", DIGEST)
    with pytest.raises(IntegrityError, match="request-root"):
        inbox.find(tmp_path, run, settings.now())


def test_where_keys_lie_their_root_counts_unless_another_is_pinned(tmp_path, desk, office, monkeypatch):
    other = an_office(tmp_path, at=office.at)
    (tmp_path / "keys").mkdir()
    write_whole(tmp_path / "keys" / "root.json", other.root())
    write_whole(tmp_path / "keys" / "ring-000001.json", other.authority.sealed(other.ring()))
    run = desk.asking(asks(office))
    with pytest.raises(IntegrityError, match="request-root"):
        inbox.find(tmp_path, run, settings.now())
    monkeypatch.setenv("ATOMQ_ROOT", office.authority.digest)
    assert inbox.find(tmp_path, run, settings.now()).run == run


def test_without_a_server_the_error_says_what_to_start(tmp_path, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(UnavailableError, match="prefect-unknown") as unknown:
        inbox.waiting(tmp_path, settings.now())
    monkeypatch.setenv("PREFECT_API_URL", DEAD)
    with pytest.raises(UnavailableError, match="prefect-unreachable") as dead:
        inbox.waiting(tmp_path, settings.now())
    assert all("atomq up" in caught.value.remedy for caught in (unknown, dead))


def test_a_server_that_is_gone_does_not_hide_what_waits_on_another(tmp_path, desk, office):
    run = desk.asking(asks(office))
    with announced(tmp_path, "gone", Server(DEAD, "ann:secret")):
        found = inbox.waiting(tmp_path, settings.now())
    assert run in [one.run for one in found.waiting]
    (told,) = [told for told in found.remarks if "127.0.0.1:9" in told]
    assert "secret" not in told


def test_one_server_under_two_addresses_is_one_server(tmp_path, desk, office):
    run = desk.asking(asks(office))
    with announced(tmp_path, "same", Server(desk.url.replace("127.0.0.1", "localhost"))):
        assert [one.run for one in seen(tmp_path, desk)] == [run]


def test_a_beginning_that_fits_two_runs_or_none_finds_nothing(tmp_path, desk, office):
    desk.asking(asks(office))
    for beginning in ("", "zz"):
        with pytest.raises(UnavailableError, match="run-not-waiting"):
            inbox.find(tmp_path, beginning, settings.now())
    for _ in range(16):  # Of seventeen, two begin with the same digit.
        desk.asking(asks(office))
    firsts = [run[0] for run in desk.runs]
    twice = next(first for first in firsts if firsts.count(first) > 1)
    with pytest.raises(UnavailableError, match="run-not-waiting"):
        inbox.find(tmp_path, twice, settings.now())
