"""An approval is taken back before the run starts: in the log where it lies, else as the run's answer."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from policy_checks import approvals
from policy_checks.errors import IntegrityError, UnavailableError
from policy_checks.integrity import strict_json
from policy_checks.schemas.approval import Question
from policy_checks.schemas.audit import AuditEntry, EntryType
from tasks.adapters import passphrase, settings
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import RunFolder
from tasks.stages import key_ceremony, revocation
from tasks.stages.revocation import Revoked
from tests.approvals import HOUR, an_office
from tests.documents import DIGEST, PROJECT
from tests.paused import Desk

RUN = "01a206cd-ce3b-742c-ac61-11ae724346c4"


@dataclass
class Machine:
    """A state folder with one run under way that has asked twice."""

    state: settings.Settings
    folder: RunFolder
    questions: list[Question]

    def entry(self, *parts: str) -> AuditEntry | None:
        log = AuditLog(self.state.home)
        try:
            return log.find(event_of(*parts))
        finally:
            log.close()

    def append(self, kind: EntryType, data: dict[str, str | int], *parts: str) -> None:
        log = AuditLog(self.state.home)
        log.append(kind, data, tenant=self.folder.tenant, run=RUN, event=event_of(*parts))
        log.close()

    def revoke(self) -> Revoked:
        return revocation.revoke(self.state.home, RUN[:8], None, "data", settings.now())


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Machine:
    state = settings.Settings(PROJECT, tmp_path / "home")
    monkeypatch.setenv("ATOMQ_HOME", str(state.home))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    key_ceremony.begin(state, "development", settings.now())
    store = KeyStore(state.home)
    (tenant,) = {key.tenant for key in store.ring().keys.values() if key.tenant}
    made = Machine(state, RunFolder(state.home, tenant, RUN), [])
    made.folder.path.mkdir(parents=True)
    for attempt in (1, 2):
        ask(made, store, attempt)
    return made


def ask(machine: Machine, store: KeyStore, attempt: int) -> None:
    now, tenant = settings.now(), machine.folder.tenant
    question = Question(
        v=1, gate="admission", tenant=tenant, manifest=DIGEST, run=RUN, nonce=f"{attempt:032x}", attempt=attempt,
        submitter=store.signing_key("submitter", None, now), n_reviewers=1, cost_eur=Decimal("0.50"),
        decision=DIGEST, packet=DIGEST, asked_at=now, until=now + HOUR,
    )  # fmt: skip
    envelope = store.sign("question", question.to_bytes(), role="exec", tenant=tenant, now=now)
    machine.folder.write(f"question-{attempt}.json", envelope)
    digest = strict_json.digest(question.to_bytes())
    data: dict[str, str | int] = {"attempt": attempt, "nonce": question.nonce, "question": digest}
    machine.append("approval.asked", data, "approval", RUN, "asked", str(attempt))
    machine.questions.append(question)


def test_a_revocation_is_a_rejection_of_the_newest_question_in_the_log(machine):
    assert machine.revoke() == Revoked(RUN, recorded=True, delivered=False)
    newest = machine.questions[-1]
    entry = machine.entry("approval", RUN, "rejected", newest.nonce)
    assert entry is not None
    assert (entry.type, entry.data["reason"], entry.data["nonce"]) == (
        "approval.rejected",
        "data",
        newest.nonce,
    )
    assert entry.actor == KeyStore(machine.state.home).signing_key("reviewer", None, settings.now())
    envelope = machine.folder.read("revocation-2.json", str(entry.data["token"]))
    keys = KeyStore(machine.state.home).trusted().known
    given = approvals.open_token(approvals.encode(envelope), keys, now=settings.now(), seq=entry.seq)
    assert (given.decision, given.nonce, given.reviewer) == ("reject", newest.nonce, entry.actor)


def test_revoking_twice_leaves_one_entry(machine):
    machine.revoke()
    first = machine.entry("approval", RUN, "rejected", machine.questions[-1].nonce)
    machine.revoke()
    assert machine.entry("approval", RUN, "rejected", machine.questions[-1].nonce) == first
    assert AuditLog(machine.state.home).size() == first.seq + 1


@pytest.mark.parametrize(
    ("kind", "data", "parts"),
    [
        pytest.param("run.cleared", {"n_owners": 1, "ring": DIGEST, "size": 3}, ("run", RUN, "run.cleared", ""), id="cleared"),
        pytest.param("approval.expired", {"code": "deadline"}, ("approval", RUN, "expired", ""), id="expired"),
        pytest.param("run.failed", {"stage": "train", "code": "x"}, ("run", RUN, "run.failed", ""), id="failed"),
    ],
)  # fmt: skip
def test_after_the_start_or_the_end_it_is_too_late(machine, kind, data, parts):
    machine.append(kind, data, *parts)
    with pytest.raises(UnavailableError, match="revocation-late"):
        machine.revoke()
    assert machine.entry("approval", RUN, "rejected", machine.questions[-1].nonce) is None


def test_a_question_that_was_swapped_on_disk_is_not_answered(machine):
    store = KeyStore(machine.state.home)
    forged = machine.questions[-1].model_copy(update={"nonce": "f" * 32})
    envelope = store.sign(
        "question", forged.to_bytes(), role="exec", tenant=machine.folder.tenant, now=settings.now()
    )
    machine.folder.write("question-2.json", envelope)
    with pytest.raises(IntegrityError, match="question-swapped"):
        machine.revoke()


def test_a_run_that_never_asked_has_nothing_to_take_back(machine):
    other = RunFolder(machine.state.home, machine.folder.tenant, "b" * 8 + RUN[8:])
    other.path.mkdir()
    with pytest.raises(UnavailableError, match="run-not-asked"):
        revocation.revoke(machine.state.home, "bbbb", None, "other", settings.now())


@pytest.fixture
def desk(prefect_url):
    made = Desk(prefect_url)
    yield made
    made.remove()


def test_elsewhere_it_is_the_answer_of_a_run_that_asks(tmp_path, desk, monkeypatch):
    office = an_office(tmp_path, at=settings.now() - HOUR)
    monkeypatch.setenv("PREFECT_API_URL", desk.url)
    monkeypatch.setattr(passphrase, "_known", {None: b"correct horse battery"})
    run = desk.asking(lambda run: office.bundle(run=run))
    done = revocation.revoke(tmp_path / "none", run, office.alice.path, "claim", settings.now())
    assert done == Revoked(run, recorded=False, delivered=True)
    answer = desk.answered(run)
    given = approvals.open_token(answer["token"], office.ring().keys, now=settings.now(), seq=1)
    assert (answer["decision"], given.decision, given.reason) == ("reject", "reject", "claim")


def test_a_run_that_is_neither_here_nor_asking_is_not_found(machine, desk, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", desk.url)
    with pytest.raises(UnavailableError, match="run-not-waiting"):
        revocation.revoke(machine.state.home, "cccc", None, "other", settings.now())
