"""An answer is signed only by who may give it, reaches the run through Prefect, and is told what became of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from policy_checks import approvals
from policy_checks.approvals import Presented
from policy_checks.errors import AtomqError, IntegrityError, ManifestError, UnavailableError
from policy_checks.schemas.keyring import Revocation
from tasks.adapters import passphrase, settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.files import write_whole
from tasks.stages import inbox, key_ceremony, review
from tests.approvals import HOUR, PACKET, Office, an_office
from tests.documents import DIGEST, NOW, PROJECT
from tests.keys import DAY, TENANT, an_entry
from tests.paused import Desk

SECOND = timedelta(seconds=1)
UNCOUNTED = f"{PACKET}\n{review.UNCOUNTED}\n\n| Why it asks again |\n|---|\n| it is too late |\n\n### Why it asks\n\nx\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    return an_office(tmp_path_factory.mktemp("office"), at=settings.now() - HOUR)


@pytest.fixture
def desk(prefect_url, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", prefect_url)
    monkeypatch.setattr(review, "PATIENCE_S", 1.0)
    monkeypatch.setattr(review, "POLL_S", 0.1)
    made = Desk(prefect_url)
    yield made
    made.remove()


def a_question(office: Office, **changes):
    manifest = changes.pop("manifest", None) or office.manifest()
    return office.question(manifest, office.decision(manifest), PACKET, **changes)


def signed(office: Office, key, question=None, decision="approve", now=None, **how):
    question = question or a_question(office)
    return review.sign(question, key, office.ring().keys, decision, now or office.at + SECOND, **how)


def refused(office: Office, code: str, kind: type[AtomqError], key, **how) -> None:
    with pytest.raises(kind) as caught:
        signed(office, key, **how)
    assert caught.value.code == code
    assert caught.value.remedy


def test_a_signed_answer_is_one_that_the_run_takes(office):
    question, now = a_question(office), office.at + SECOND
    token = signed(office, office.alice, question, max_cost=Decimal("0.50"))
    given = approvals.answered(Presented(question, token, 7, now), office.ring().keys)
    assert (given.decision, given.reviewer) == ("approve", office.alice.keyid)
    assert given.conditions.max_cost_eur == Decimal("0.50")
    token = signed(office, office.bob, question, "reject", reason="data")
    given = approvals.answered(Presented(question, token, 7, now), office.ring().keys)
    assert (given.decision, given.reason) == ("reject", "data")


@pytest.mark.parametrize(
    ("left", "counts_for"), [(2 * HOUR, HOUR), (HOUR, HOUR), (HOUR - SECOND, HOUR - SECOND)]
)
def test_a_token_counts_for_an_hour_and_never_beyond_the_deadline(office, left, counts_for):
    now = office.at + 2 * HOUR
    question = a_question(office, until=now + left)
    given = approvals.open_token(
        signed(office, office.alice, question, now=now), office.ring().keys, now=now, seq=1
    )
    assert given.exp - given.iat == counts_for


def test_nobody_but_a_reviewer_signs(office):
    for key in (office.authority.submitter, office.execution, office.authority.key("reviewer")):
        refused(office, "reviewer-unknown", IntegrityError, key)


def test_nobody_answers_for_a_run_of_their_own(office):
    refused(office, "reviewer-is-submitter", IntegrityError, office.carol)
    refused(
        office,
        "reviewer-is-submitter",
        IntegrityError,
        office.alice,
        question=a_question(office, submitter="e" * 64),
    )
    form = a_question(office, manifest=office.manifest(submitter="unauthenticated"))
    assert signed(office, office.carol, form)


def test_a_key_out_of_its_window_or_revoked_does_not_sign(office):
    refused(office, "reviewer-outside-window", IntegrityError, office.alice, now=office.at - SECOND)
    lost = Revocation(at=office.at, reason="lost", untrusted_after_seq=99)
    keys = office.ring().keys
    keys = keys | {office.alice.keyid: keys[office.alice.keyid].model_copy(update={"revoked": lost})}
    with pytest.raises(IntegrityError, match="reviewer-outside-window"):
        review.sign(a_question(office), office.alice, keys, "approve", office.at)


@pytest.mark.parametrize(("off", "signs"), [(-SECOND, True), (timedelta(0), False), (SECOND, False)])
def test_after_the_deadline_nothing_is_signed(office, off, signs):
    question = a_question(office)
    if signs:
        assert signed(office, office.alice, question, now=question.until + off)
    else:
        refused(
            office,
            "question-expired",
            UnavailableError,
            office.alice,
            question=question,
            now=question.until + off,
        )


@pytest.mark.parametrize(("limit", "signs"), [("0.499999", False), ("0.50", True), ("0.6", True)])
def test_a_condition_that_the_run_does_not_meet_is_not_signed(office, limit, signs):
    if signs:
        assert signed(office, office.alice, max_cost=Decimal(limit))
    else:
        refused(office, "condition-unmet", ManifestError, office.alice, max_cost=Decimal(limit))


def test_without_a_named_key_the_one_in_the_state_folder_signs(tmp_path, monkeypatch):
    state = settings.Settings(PROJECT, tmp_path / "home")
    with pytest.raises(UnavailableError, match="reviewer-key-absent"):
        review.reviewer_key(state.home, None, NOW)
    ring = key_ceremony.begin(state, "development", NOW)
    found = review.reviewer_key(state.home, None, NOW)
    assert ring.keys[found.keyid].role == "reviewer"
    with pytest.raises(UnavailableError, match="reviewer-key-absent"):
        review.reviewer_key(state.home, None, NOW + 400 * DAY)
    named = tmp_path / "alice.key"
    write_whole(named, found.path.read_bytes())
    monkeypatch.setattr(passphrase, "_known", {None: found.passphrase()})
    assert review.reviewer_key(state.home, named, NOW).unseal() == found.unseal()


def test_a_reviewer_enrolled_after_the_question_may_answer_where_the_newer_ring_lies(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting = inbox.find(tmp_path, run, settings.now())
    dora = office.authority.key("reviewer")
    assert dora.keyid not in review.keys_of(tmp_path, waiting)
    entry = an_entry(dora, "reviewer", owner="dora", at=office.at)
    second = office.authority.after(
        office.ring(), at=office.at, keys=office.ring().keys | {dora.keyid: entry}
    )
    lying(tmp_path, office, office.ring(), second)
    keys = review.keys_of(tmp_path, waiting)
    assert review.sign(waiting.request.question, dora, keys, "approve", settings.now())


def test_keys_of_another_root_that_lie_here_have_no_say(tmp_path, desk, office, monkeypatch):
    other = an_office(tmp_path, at=office.at)
    lying(tmp_path, other, other.ring(), other.authority.after(other.ring(), at=other.at))
    run = desk.asking(lambda run: office.bundle(run=run))
    monkeypatch.setenv("ATOMQ_ROOT", office.authority.digest)
    waiting = inbox.find(tmp_path, run, settings.now())
    assert review.keys_of(tmp_path, waiting) == office.ring().keys
    monkeypatch.delenv("ATOMQ_ROOT")
    assert review.keys_of(tmp_path, waiting) == office.ring().keys


def lying(home, office: Office, *rings) -> None:
    """Let a root and versions of its ring lie in a state folder."""
    (home / "keys").mkdir()
    write_whole(home / "keys" / "root.json", office.root())
    for ring in rings:
        write_whole(home / "keys" / f"ring-{ring.version:06d}.json", office.authority.sealed(ring))


def handed_over(home, desk: Desk, office: Office, run: str, decision="approve"):
    waiting = inbox.find(home, run, settings.now())
    token = review.sign(
        waiting.request.question, office.alice, waiting.request.ring.keys, decision, settings.now()
    )
    review.resume(waiting, decision, token)
    return waiting, token


def test_an_answer_reaches_the_run_as_the_form_would_bring_it(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    _, token = handed_over(tmp_path, desk, office, run)
    assert desk.answered(run) == {"decision": "approve", "token": token}
    assert desk.state_of(run) == "Resuming"


def test_a_run_that_is_not_paused_any_more_takes_no_answer(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, token = handed_over(tmp_path, desk, office, run)
    with pytest.raises(UnavailableError, match="answer-not-taken"):
        review.resume(waiting, "approve", token)


def test_an_answer_that_the_form_does_not_allow_is_refused_and_the_run_still_waits(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting = inbox.find(tmp_path, run, settings.now())
    with pytest.raises(UnavailableError, match="answer-not-taken"):
        review.resume(waiting, "approve", "x" * 20_000)
    assert desk.state_of(run) == "Suspended"


def became(home, waiting):
    found = review.became(home, waiting, settings.now)
    return found.became, found.state, found.attempt


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("COMPLETED", "Completed", "completed"),
        ("CANCELLED", "Rejected", "ended"),
        ("CRASHED", "Crashed", "ended"),
        ("FAILED", "Failed", "ended"),
    ],
)
def test_a_run_that_ended_is_told_with_its_message(tmp_path, desk, office, kind, name, told):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    desk.state(run, kind, name, message="carol said so")
    found = review.became(tmp_path, waiting, settings.now)
    assert (found.became, found.state, found.why) == (told, name, "carol said so")


def test_a_run_that_asks_again_says_why(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    desk.publish(run, lambda run: office.bundle(run=run, attempt=2, packet=UNCOUNTED))
    desk.suspend(run, 2)
    found = review.became(tmp_path, waiting, settings.now)
    assert (found.became, found.attempt) == ("asks again", 2)
    assert "it is too late" in found.why
    assert "### Why it asks" not in found.why


def test_a_run_that_asks_one_more_person_counted_the_answer(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    desk.publish(run, lambda run: office.bundle(run=run, attempt=2))
    desk.suspend(run, 2)
    assert became(tmp_path, waiting) == ("counted", "Suspended", 2)


def test_a_run_that_says_nothing_yet_is_under_way(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    assert became(tmp_path, waiting) == ("underway", "Resuming", 0)
    desk.state(run, "PAUSED", "Suspended")  # The same question: nothing was judged.
    assert became(tmp_path, waiting) == ("underway", "Suspended", 0)


def logged(home, waiting, office: Office, kind, **data) -> None:
    """Let the run's own log say how a question was answered."""
    question, log = waiting.request.question, AuditLog(home)
    log.append(
        kind, {"nonce": question.nonce} | data, tenant=TENANT, run=waiting.run, actor=office.alice.keyid,
        manifest=question.manifest, event=event_of("approval", waiting.run, "answered", question.nonce),
    )  # fmt: skip
    log.close()


def test_the_log_tells_at_once_where_it_lies(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    logged(tmp_path, waiting, office, "approval.given", token=DIGEST)
    assert became(tmp_path, waiting) == ("counted", "Resuming", 0)


def test_a_refusal_in_the_log_is_told_when_the_run_asks_again_and_not_as_success(tmp_path, desk, office):
    run = desk.asking(lambda run: office.bundle(run=run))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    logged(tmp_path, waiting, office, "approval.refused", code="approval-invalid")
    assert became(tmp_path, waiting) == ("underway", "Resuming", 0)


def test_where_two_must_approve_the_first_ones_answer_is_not_the_last_word(tmp_path, desk, office):
    form = office.manifest(submitter="unauthenticated", mode="production")
    run = desk.asking(lambda run: office.bundle(run=run, manifest=form))
    waiting, _ = handed_over(tmp_path, desk, office, run)
    logged(tmp_path, waiting, office, "approval.given", token=DIGEST)
    assert became(tmp_path, waiting) == ("underway", "Resuming", 0)
