"""A run goes on only after answers that count, each recorded, and only while all that was approved still is so."""

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from policy_checks import approvals
from policy_checks.errors import AtomqError, IntegrityError, UnavailableError
from policy_checks.integrity import dsse, strict_json
from policy_checks.schemas.approval import Approval, Question
from policy_checks.schemas.artifacts import Asking, SanitisedTable, TrainedModel
from policy_checks.schemas.decision import Decision
from tasks.adapters import settings, submission
from tasks.adapters.audit_log import AuditLog, event_of
from tasks.adapters.keyring import PrivateKey
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import WAITING
from tasks.adapters.submission import ManifestStore
from tasks.stages import admission, approval, clearance, enrolment, lifecycle, sanitisation, trust, witnessing
from tasks.stages.workspace import Workspace, perform, reopen, taken_up
from tests.documents import PROJECT

HOUR = timedelta(hours=1)


class Leaves(BaseException):
    """What a suspension raises."""


@dataclass
class Run:
    """One run under a development ring that needs a reviewer, with its approval at hand."""

    home: Path
    run: str
    digest: str

    def ask(self) -> Asking:
        with taken_up(self.run, self.digest, "approval") as workspace:
            return approval.ask(workspace, durable=True)

    def answer(self, decision: str, token: str) -> None:
        attempt = self.ask().attempt
        with taken_up(self.run, self.digest, "approval") as workspace:
            approval.answer(workspace, attempt, decision, token)

    def clear(self) -> Asking:
        with taken_up(self.run, self.digest, "clearance") as workspace:
            return clearance.clear(workspace)

    @property
    def workspace(self) -> Workspace:
        return reopen(self.run, self.digest)

    def question(self) -> Question:
        envelope = self.workspace.folder.read(f"question-{self.ask().attempt}.json")
        payload, _ = dsse.open_envelope("question", envelope, lambda *_: None)
        return Question.model_validate_json(payload)

    def reviewer(self) -> PrivateKey:
        store = KeyStore(self.home)
        return store.private(store.signing_key("reviewer", None, settings.now()))

    def token(self, decision="approve", key: PrivateKey | None = None, **changes) -> str:
        question, key, now = self.question(), key or self.reviewer(), settings.now()
        fields = {
            "v": 1, "gate": "admission", "manifest": self.digest, "run": self.run, "nonce": question.nonce,
            "decision": decision, "reviewer": key.keyid, "iat": now, "exp": now + HOUR,
        }  # fmt: skip
        signed = Approval(**(fields | changes))
        return approvals.encode(dsse.seal("approval", signed.to_bytes(), key.signer()))

    def entries(self, beginning: str) -> list[str]:
        found = AuditLog(self.home).entries()
        return [entry.type for entry in found if entry.type.startswith(beginning) and entry.run == self.run]


@pytest.fixture
def run(tmp_path, monkeypatch, request):
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    state = settings.load()
    keys, now = lifecycle.prepare_state(state), settings.now()
    source = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_bytes()
    source = source.replace(b"shots = 1024", b"shots = 30000")
    source = source.replace(*getattr(request, "param", (b"", b"")))
    signer = submission.submitter_key(keys, now)
    envelope = submission.seal(submission.complete(source, signer.keyid, state, now), signer)
    manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
    ManifestStore(state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
    found = Run(state.home, settings.new_id(), digest)
    with ExitStack() as stack, pytest.raises(Leaves):
        stack.enter_context(lifecycle.opened(found.run, digest, leaving=Leaves))
        decision = perform(found.run, digest, "admit", Decision, admission.admit)
        assert decision.effect == "review"
        yield found
        raise Leaves


@pytest.fixture
def trained(run):
    """The same run after what comes before clearance; its model is a stand-in that nobody looks at here."""

    def train(workspace: Workspace) -> TrainedModel:
        digest = workspace.folder.write("model.safetensors", b"weights")
        return TrainedModel(
            parent=digest, digest=digest, path="model.safetensors", classes=("a", "b"), n_features=1,
            n_parameters=1, n_train=1, n_validation=1, n_test=1, epochs=1, best_epoch=1, training_s=0.1,
        )  # fmt: skip

    perform(run.run, run.digest, "sanitise", SanitisedTable, sanitisation.sanitise)
    run.answer("approve", run.token())
    assert run.ask().outcome == "approved"
    perform(run.run, run.digest, "train", TrainedModel, train)
    return run


def test_a_signed_approval_lets_the_run_go_on(run):
    first = run.ask()
    assert (first.outcome, first.attempt) == ("open", 1)
    run.answer("approve", run.token())
    assert run.ask().outcome == "approved"
    assert run.entries("approval.") == ["approval.asked", "approval.given"]


def test_the_same_question_waits_until_it_is_answered(run):
    first, again = run.ask(), run.ask()
    assert (first.attempt, first.packet) == (again.attempt, again.packet)
    assert (first.again, again.again) == (False, True)
    assert run.entries("approval.") == ["approval.asked"]
    assert (run.workspace.folder.path / WAITING).is_file()


def test_each_time_that_a_run_is_taken_up_without_an_answer_leaves_one_entry(run):
    attempt = run.ask().attempt
    for _ in range(2):
        with taken_up(run.run, run.digest, "approval") as workspace:
            approval.unanswered(workspace, attempt)
    assert run.entries("approval.") == ["approval.asked", "approval.unanswered", "approval.unanswered"]
    run.answer("approve", run.token())
    assert run.ask().outcome == "approved"


def test_a_signed_rejection_ends_it(run):
    run.answer("reject", run.token("reject", reason="cost"))
    asking = run.ask()
    assert asking.outcome == "rejected"
    assert "cost" in asking.findings[0].message
    run_again = AuditLog(run.home)
    assert run.entries("approval.") == ["approval.asked", "approval.rejected"]
    run_again.close()


def test_whatever_does_not_count_uses_an_asking_until_none_is_left(run):
    token = run.token()
    wrong = [
        ("reject", ""), ("approve", ""), ("approve", token[:-5]), ("reject", token),
        ("approve", run.token(run="01a206cd-ce3b-742c-ac61-11ae724346c4")),
    ]  # fmt: skip
    nonces = set()
    for number, (decision, offered) in enumerate(wrong, 1):
        asking = run.ask()
        assert (asking.outcome, asking.attempt) == ("open", number)
        nonces.add(run.question().nonce)
        run.answer(decision, offered)
    assert len(nonces) == len(wrong)
    asking = run.ask()
    assert (asking.outcome, asking.findings[0].rule) == ("expired", "approval")
    assert run.entries("approval.") == ["approval.asked", "approval.refused"] * 5 + ["approval.expired"]
    run.answer("approve", token)
    assert run.ask().outcome == "expired"


@pytest.mark.parametrize(("word", "signed"), [("reject", "approve"), ("approve", "reject")])
def test_the_forms_word_and_the_tokens_are_the_same_or_nothing_counts(run, word, signed):
    reason = {"reason": "cost"} if signed == "reject" else {}
    run.answer(word, run.token(signed, **reason))
    asking = run.ask()
    assert (asking.outcome, asking.attempt) == ("open", 2)
    assert f"the form says {word}" in asking.findings[0].message
    assert run.entries("approval.")[:2] == ["approval.asked", "approval.refused"]


def test_where_two_people_must_approve_one_of_them_does_not_count_twice(run, monkeypatch):
    monkeypatch.setattr(approvals, "n_reviewers", lambda *_: 2)
    run.answer("approve", run.token())
    run.answer("approve", run.token())
    asking = run.ask()
    assert (asking.outcome, asking.attempt) == ("open", 3)
    assert "another person" in asking.findings[0].message
    assert run.entries("approval.given") == ["approval.given"]


def test_an_answer_after_a_rejection_is_not_taken(run):
    token, attempt = run.token(), run.ask().attempt
    run.answer("reject", run.token("reject", reason="cost"))
    with taken_up(run.run, run.digest, "approval") as workspace:
        approval.answer(workspace, attempt, "approve", token)
    assert run.ask().outcome == "rejected"
    assert run.entries("approval.") == ["approval.asked", "approval.rejected"]


@pytest.mark.parametrize("run", [(b"valid_for_s = 86400", b"valid_for_s = 600")], indirect=True)
def test_nobody_is_asked_for_longer_than_the_manifest_is_valid(run):
    assert run.question().until == run.workspace.manifest.not_after


def test_a_token_is_no_answer_to_the_next_question(run):
    token = run.token()
    run.answer("reject", "")
    run.answer("approve", token)
    asking = run.ask()
    assert (asking.outcome, asking.attempt) == ("open", 3)
    assert "nonce" in asking.findings[0].message


def test_a_question_takes_one_answer(run):
    token, attempt = run.token(), run.ask().attempt
    for offered in ("", token):
        with taken_up(run.run, run.digest, "approval") as workspace:
            approval.answer(workspace, attempt, "approve", offered)
    assert run.entries("approval.") == ["approval.asked", "approval.refused"]


def test_a_late_answer_is_none(run, monkeypatch):
    token, until = run.token(), run.question().until
    monkeypatch.setattr(settings, "now", lambda: until + timedelta(seconds=1))
    run_ask = run.ask()
    assert run_ask.outcome == "expired"
    assert "deadline" in run_ask.findings[0].message
    assert token


def test_a_swapped_question_stops_the_run(run):
    question, folder = run.question(), run.workspace.folder
    other = question.model_copy(update={"nonce": "0" * 32})
    store = KeyStore(run.home)
    envelope = store.sign(
        "question", other.to_bytes(), role="exec", tenant=question.tenant, now=settings.now()
    )
    folder.write("question-1.json", envelope)
    with pytest.raises(IntegrityError, match="question-swapped"):
        run.ask()


def test_an_approval_is_not_taken_from_a_file(run):
    question = run.question()
    envelope = approvals.decode(run.token())
    run.workspace.folder.write("approval-1.json", envelope)
    assert run.ask().outcome == "open"
    log = AuditLog(run.home)
    event = event_of("approval", run.run, "answered", question.nonce)
    data = {"nonce": question.nonce, "token": strict_json.digest(envelope)}
    log.append("approval.given", data, run=run.run, event=event)
    run.workspace.folder.write("approval-1.json", envelope[:-1] + b"]")
    with pytest.raises(IntegrityError, match="artifact-edited"):
        run.ask()


def test_a_reviewer_whose_key_is_revoked_meanwhile_has_approved_nothing(trained):
    keyid = trained.reviewer().keyid
    asked = AuditLog(trained.home)
    position = next(entry.seq for entry in asked.entries() if entry.type == "approval.given")
    enrolment.revoke(
        settings.load(), keyid, "compromised", settings.now(), None, untrusted_after_seq=position - 1
    )
    cleared = trained.clear()
    assert cleared.outcome == "rejected"
    assert "revoked" in cleared.findings[0].message
    assert trained.entries("run.cleared") == []


def test_what_is_approved_and_unchanged_is_cleared_under_a_fresh_checkpoint(trained):
    assert trained.clear().outcome == "approved"
    assert trained.entries("run.cleared") == ["run.cleared"]
    log = AuditLog(trained.home)
    entry = log.find(event_of("run", trained.run, "run.cleared", ""))
    assert entry is not None
    assert (entry.data["n_owners"], entry.data["size"]) == (1, entry.seq)


def test_a_rejection_after_the_approval_is_heard(trained):
    question = approval.Dialogue(trained.workspace).questions[0]
    event = event_of("approval", trained.run, "rejected", question.nonce)
    data = {"nonce": question.nonce, "token": "sha256:" + "0" * 64, "reason": "data"}
    AuditLog(trained.home).append("approval.rejected", data, run=trained.run, event=event)
    assert trained.clear().outcome == "rejected"
    assert trained.entries("run.cleared") == []


def test_a_rejection_that_comes_in_while_the_log_is_witnessed_is_heard(trained, monkeypatch):
    question = approval.Dialogue(trained.workspace).questions[0]
    event = event_of("approval", trained.run, "rejected", question.nonce)
    data = {"nonce": question.nonce, "token": "sha256:" + "0" * 64, "reason": "data"}
    witnessed = witnessing.checkpoint

    def meanwhile(home, **strictly):
        note = witnessed(home, **strictly)
        AuditLog(home).append("approval.rejected", data, run=trained.run, event=event)
        return note

    monkeypatch.setattr(witnessing, "checkpoint", meanwhile)
    assert trained.clear().outcome == "rejected"


def test_nothing_is_cleared_while_the_clock_is_behind_the_log(trained, monkeypatch):
    behind = settings.now() - HOUR
    with monkeypatch.context() as past, pytest.raises(UnavailableError, match="clock"):
        past.setattr(settings, "now", lambda: behind)
        trained.clear()
    assert trained.entries("run.cleared") == []


@pytest.mark.parametrize("mode", ["dry_run", "production"])
def test_production_waits_for_every_witness_and_a_dry_run_does_not(trained, monkeypatch, mode):
    monkeypatch.setenv("ATOMQ_WITNESS", str(trained.home / "no" / "such" / "mount"))
    workspace = trained.workspace
    manifest = workspace.manifest.model_copy(update={"mode": mode})
    with ExitStack() as stack:
        if mode == "production":
            stack.enter_context(pytest.raises(UnavailableError, match="witness"))
        assert clearance.clear(replace(workspace, manifest=manifest)).outcome == "approved"
    assert trained.entries("run.cleared") == ["run.cleared"] * (mode == "dry_run")


CHANGES = {
    "decision": "admit.json",
    "sanitised-reference": "sanitise.json",
    "sanitised-table": "sanitised.parquet",
    "model-reference": "train.json",
    "manifest-in-the-folder": "manifest.json",
}


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_that_was_changed_is_cleared(trained, name):
    path = trained.workspace.folder.path / CHANGES[name]
    path.write_bytes(path.read_bytes()[:-1] + b" ")
    with pytest.raises(AtomqError):
        trained.clear()
    assert trained.entries("run.cleared") == []


def cleared_with(run: Run, **changes) -> Asking:
    """Clear the run as if its manifest said something else."""
    workspace = run.workspace
    return clearance.clear(replace(workspace, manifest=workspace.manifest.model_copy(update=changes)))


def test_another_table_than_was_approved_is_not_used(trained):
    dataset = trained.workspace.manifest.dataset.model_copy(update={"sha256": "sha256:" + "0" * 64})
    with pytest.raises(AtomqError, match="dataset"):
        cleared_with(trained, dataset=dataset)


def test_production_runs_the_code_that_was_approved(trained):
    code = trained.workspace.manifest.code.model_copy(update={"lock": "sha256:" + "0" * 64})
    with pytest.raises(IntegrityError, match="code"):
        cleared_with(trained, mode="production", code=code)


def test_after_its_window_nothing_is_cleared(trained):
    ended = settings.now() - timedelta(seconds=1)
    cleared = cleared_with(trained, not_after=ended)
    assert cleared.outcome == "rejected"
    assert "window" in cleared.findings[0].message
    assert trained.entries("run.cleared") == []


def test_a_submitters_key_that_was_revoked_before_admission_clears_nothing(trained):
    asked = AuditLog(trained.home)
    position = next(entry.seq for entry in asked.entries() if entry.type == "run.admitted")
    signer = trained.workspace.signer
    enrolment.revoke(
        settings.load(), signer, "compromised", settings.now(), None, untrusted_after_seq=position - 1
    )
    with pytest.raises(IntegrityError, match="revoked"):
        trained.clear()


def test_the_same_manifest_signed_again_is_not_the_envelope_that_was_admitted(trained):
    store = KeyStore(trained.home)
    signer = submission.submitter_key(store, settings.now())
    again = submission.seal(trained.workspace.manifest, signer)
    (path,) = trained.home.glob(f"manifests/*/{trained.digest.removeprefix('sha256:')}.json")
    assert again != path.read_bytes()
    for place in (path, trained.workspace.folder.path / "manifest.json"):
        place.write_bytes(again)
    with pytest.raises(IntegrityError, match="manifest"):
        trained.clear()


def test_a_log_that_cannot_be_read_counts_as_a_breach():
    class Unreadable:
        def find(self, event: str) -> None:
            raise UnavailableError("audit-unreadable", "It cannot be read.", "Wait.")

    with pytest.raises(UnavailableError, match="isolated"):
        clearance._require_no_breach(Unreadable())


def test_another_manifest_under_the_same_digest_is_not_run(trained):
    (path,) = trained.home.glob(f"manifests/*/{trained.digest.removeprefix('sha256:')}.json")
    other = path.read_bytes().replace(b'"sig":"', b'"sig":"A', 1)
    path.write_bytes(other)
    with pytest.raises(IntegrityError):
        trained.clear()


def test_nothing_is_cleared_during_a_breach(trained):
    log = AuditLog(trained.home)
    log.append("breach.declared", {"code": "drill"}, event=event_of("breach", "1"))
    with pytest.raises(UnavailableError, match="isolated"):
        trained.clear()
    log.append("breach.cleared", {"code": "drill"}, event=event_of("breach", "2"))


def test_clearance_comes_back_after_a_breach_is_over(trained):
    log = AuditLog(trained.home)
    for number, kind in (("1", "breach.declared"), ("2", "breach.cleared")):
        log.append(kind, {"code": "drill"}, event=event_of("breach", number))
    assert trained.clear().outcome == "approved"


def test_a_run_that_waits_outlives_the_next_start(run):
    run.ask()
    assert run.workspace.folder.waits(settings.now())
    assert not run.workspace.folder.waits(run.question().until + timedelta(days=8))
