"""`atomq pending`, `show`, `approve`, `reject` and `revoke-approval` as a reviewer on another machine types them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from policy_checks import approvals
from tasks.adapters import settings
from tests.approvals import HOUR, PACKET, Office, an_office
from tests.conftest import Answer, atomq
from tests.flows.test_keys_prompt import at_a_terminal
from tests.paused import Desk

PASSPHRASE = "correct horse battery"
PICTURE = f"{PACKET}\n![The circuit](data:image/png;base64,AAAA)\n\nEvil \x1b[2J text\n"
POLL_S = 0.1


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    return an_office(tmp_path_factory.mktemp("office"), at=settings.now() - HOUR)


@pytest.fixture
def desk(prefect_url):
    made = Desk(prefect_url)
    yield made
    made.remove()


@pytest.fixture
def typed(tmp_path, desk, office):
    """Type a command on a machine that has no state folder, only the reviewer's key."""

    def type_(*words: str | Path, **environment: str) -> Answer:
        known = {"PREFECT_API_URL": desk.url, "ATOMQ_ROOT": office.authority.digest}
        return atomq(tmp_path / "none", *words, **known | {"ATOMQ_KEY_PASSPHRASE": PASSPHRASE} | environment)

    return type_


def asks(office: Office, **changes):
    return lambda run: office.bundle(**{"run": run} | changes)


def test_what_waits_is_listed_with_what_a_reviewer_looks_for(typed, desk, office):
    run = desk.asking(asks(office))
    (told,) = [one for one in typed("pending", "--json").json["waiting"] if one["run"] == run]
    assert (told["n_reviewers"], told["cost_eur"], told["mode"]) == (1, "0.50", "dry_run")
    assert told["finding"]["effect"] == "review"
    assert told["page"] == f"{desk.url.removesuffix('/api')}/v2/runs/flow-run/{run}"
    assert 0 < told["left_s"] <= 3600
    shown = typed("pending")
    assert run[:8] in shown.out
    assert "30,000 shots" in shown.out
    assert "atomq approve" in shown.out


def test_the_packet_is_shown_with_what_was_verified_here(typed, desk, office):
    run = desk.asking(asks(office, packet=PICTURE))
    shown = typed("show", run[:8])
    assert shown.code == 0
    assert "May this run?" in shown.out
    assert "AAAA" not in shown.out
    assert "picture: The circuit" in shown.out
    assert "\x1b[2J" not in shown.out
    assert office.authority.digest in shown.out
    told = typed("show", run, "--json").json
    assert told["asked"]["run"] == run
    assert told["decision"]["effect"] == "review"
    assert told["verified"] == {"root": office.authority.digest, "ring": 1, "notes": []}


def test_an_approval_is_signed_here_and_reaches_the_run(typed, desk, office):
    run = desk.asking(asks(office))
    with judged_by(desk, run, "COMPLETED", "Completed"):
        told = typed(
            "approve", run[:8], "--as", office.alice.path, "--yes", "--json", "--conditions", "max_cost=0.5"
        )
    assert (told.code, told.json["became"], told.json["state"]) == (0, "completed", "Completed")
    answer = desk.answered(run)
    given = approvals.open_token(answer["token"], office.ring().keys, now=settings.now(), seq=1)
    assert (answer["decision"], given.decision, given.run) == ("approve", "approve", run)
    assert str(given.conditions.max_cost_eur) == "0.5"


def test_a_rejection_ends_the_run_and_is_a_success(typed, desk, office):
    run = desk.asking(asks(office))
    with judged_by(desk, run, "CANCELLED", "Rejected"):
        told = typed("reject", run, "--as", office.bob.path, "--reason", "cost", "--yes")
    assert told.code == 0, told.out
    assert "Rejected" in told.out
    given = approvals.open_token(desk.answered(run)["token"], office.ring().keys, now=settings.now(), seq=1)
    assert (given.decision, given.reason) == ("reject", "cost")


def test_an_answer_that_did_not_count_is_told_with_the_reason(typed, desk, office):
    run = desk.asking(asks(office))
    packet = f"{PACKET}\n### The last answer did not count\n\n| Why |\n|---|\n| it came too late |\n"

    def ask_again() -> None:
        desk.publish(run, asks(office, attempt=2, packet=packet))
        desk.suspend(run, 2)

    with judging(desk, run, ask_again):
        told = typed("approve", run, "--as", office.alice.path, "--yes")
    assert told.code == 1, told.out
    assert "asks again (question 2)" in told.out
    assert "it came too late" in told.out


def test_print_gives_the_token_and_leaves_the_run_alone(typed, desk, office):
    run = desk.asking(asks(office))
    printed = typed("approve", run, "--as", office.alice.path, "--print", "--yes")
    token = printed.out.strip()
    assert approvals.open_token(token, office.ring().keys, now=settings.now(), seq=1).decision == "approve"
    assert "May this run?" in printed.err
    assert desk.state_of(run) == "Suspended"
    rejected = typed(
        "reject", run, "--as", office.bob.path, "--reason", "data", "--print", "--yes", "--json"
    ).json
    assert (
        approvals.open_token(rejected["token"], office.ring().keys, now=settings.now(), seq=1).decision
        == "reject"
    )


def test_nobody_signs_unasked(typed, desk, office):
    run = desk.asking(asks(office))
    for more in ((), ("--json",), ("--print",)):
        answer = typed("approve", run, "--as", office.alice.path, *more)
        assert answer.code == 5
        assert "confirmation-absent" in answer.out + answer.err
    assert desk.state_of(run) == "Suspended"


def test_at_a_terminal_the_packet_comes_before_the_question_and_only_the_word_signs(
    tmp_path, desk, office, monkeypatch
):
    monkeypatch.setattr("tests.flows.test_keys_prompt.clean_environment", environment(desk, office))
    run = desk.asking(asks(office))
    words = ["approve", run[:8], "--as", str(office.alice.path)]
    shown, code = at_a_terminal(tmp_path, words, ["yes"])
    assert code == 1
    assert "Nothing was signed" in shown
    assert shown.index("May this run?") < shown.index("Verified on this machine") < shown.index("to sign")
    assert desk.state_of(run) == "Suspended"
    with judged_by(desk, run, "COMPLETED", "Completed"):
        shown, code = at_a_terminal(tmp_path, words, ["approve"])
    assert code == 0, shown
    assert desk.answered(run)["decision"] == "approve"


def environment(desk: Desk, office: Office):
    from tests.conftest import clean_environment

    known = {
        "PREFECT_API_URL": desk.url,
        "ATOMQ_ROOT": office.authority.digest,
        "ATOMQ_KEY_PASSPHRASE": PASSPHRASE,
    }
    return lambda home: clean_environment(home) | known


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        pytest.param(("approve", "RUN", "--as", "CAROL"), "reviewer-is-submitter", 4, id="own-run"),
        pytest.param(("approve", "RUN", "--as", "SUBMITTER"), "reviewer-unknown", 4, id="a-submitters-key"),
        pytest.param(("approve", "RUN"), "reviewer-key-absent", 5, id="no-key"),
        pytest.param(("approve", "RUN", "--as", "ALICE", "--conditions", "max_cost=0.49"), "condition-unmet", 2, id="too-dear"),
        pytest.param(("approve", "RUN", "--as", "ALICE", "--conditions", "max_cost=1e9"), "condition-unknown", 2, id="no-money"),
        pytest.param(("approve", "zz", "--as", "ALICE"), "run-not-waiting", 5, id="no-such-run"),
    ],
)  # fmt: skip
def test_what_cannot_be_signed_says_why_and_leaves_the_run_waiting(
    typed, desk, office, words, code, exit_code
):
    run = desk.asking(asks(office))
    keys = {"CAROL": office.carol, "SUBMITTER": office.authority.submitter, "ALICE": office.alice}
    named = [run if word == "RUN" else keys[word].path if word in keys else word for word in words]
    answer = typed(*named, "--yes", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (exit_code, code)
    assert answer.json["error"]["remedy"]
    assert desk.state_of(run) == "Suspended"


def test_a_forged_question_is_shown_to_nobody(typed, desk, office):
    run = desk.asking(asks(office, signer=office.alice))
    for words in (("show", run), ("approve", run, "--as", office.alice.path, "--yes")):
        answer = typed(*words, "--json")
        assert (answer.code, answer.json["error"]["code"]) == (4, "request-question")
    assert run not in [one["run"] for one in typed("pending", "--json").json["waiting"]]
    assert run[:8] in typed("pending").err


def test_without_a_server_every_command_says_what_to_start(typed, office):
    for words in (
        ("pending",),
        ("show", "ab"),
        ("approve", "ab", "--as", office.alice.path, "--yes"),
        ("revoke-approval", "ab", "--as", office.alice.path),
    ):
        answer = typed(*words, "--json", PREFECT_API_URL="http://127.0.0.1:9/api")
        assert (answer.code, answer.json["error"]["code"]) == (5, "prefect-unreachable")
        assert "atomq up" in answer.json["error"]["remedy"]


def test_a_revocation_from_elsewhere_is_an_answer(typed, desk, office):
    run = desk.asking(asks(office))
    told = typed("revoke-approval", run, "--as", office.alice.path, "--json")
    assert told.json == {"run": run, "recorded": False, "delivered": True}
    assert desk.answered(run)["decision"] == "reject"


@contextmanager
def judging(desk: Desk, run: str, judge: Callable[[], None]) -> Iterator[None]:
    """Stand in for the flow: once the run is resumed, let it go on so."""

    def watch() -> None:
        while desk.state_of(run) == "Suspended":
            time.sleep(POLL_S)
        judge()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    thread.join(timeout=30)


def judged_by(desk: Desk, run: str, kind: str, name: str) -> AbstractContextManager[None]:
    return judging(desk, run, lambda: desk.state(run, kind, name))
