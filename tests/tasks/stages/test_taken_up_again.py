"""A run that comes back in another process goes on where it was: nothing is done, logged or billed twice."""

import pickle
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from policy_checks.errors import AtomqError, IntegrityError
from policy_checks.schemas.artifacts import Records
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.records import Charge
from tasks.adapters import settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.run_folder import WAITING
from tasks.adapters.submission import ManifestStore
from tasks.stages import admission, lifecycle, trust
from tasks.stages.workspace import Workspace, perform, reopen
from tests.documents import DIGEST, PROJECT


class Suspended(BaseException):
    """What leaves a run for a while."""


class Counted:
    """Work that counts how often it is done; its result holds moments, money and tuples."""

    def __init__(self, cost: str) -> None:
        self.n, self.cost = 0, Decimal(cost)

    def __call__(self, workspace: Workspace) -> Records:
        self.n += 1
        at = settings.now()
        charge = Charge(
            service="quantum_simulation", quantity=Decimal("1.000000"), unit="Seconds",
            unit_price_eur=self.cost, cost_eur=self.cost, started_at=at, ended_at=at,
        )  # fmt: skip
        return Records(charges=(charge,), metrics=DIGEST, billing=DIGEST)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Iterator[tuple[str, str]]:
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    state = settings.load()
    keys, now = lifecycle.prepare_state(state), settings.now()
    source = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_bytes()
    signer = submission.submitter_key(keys, now)
    envelope = submission.seal(submission.complete(source, signer.keyid, state, now), signer)
    manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
    ManifestStore(state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
    return settings.new_id(), digest


def left(run: str, digest: str, **works: Counted) -> dict[str, Records]:
    """Do stages, then leave as a suspended run does; return what the stages gave."""
    given = {}
    with pytest.raises(Suspended), lifecycle.opened(run, digest, leaving=Suspended):
        for stage, work in works.items():
            given[stage] = perform(run, digest, stage, Records, work)
        until = settings.now() + timedelta(hours=1)
        reopen(run, digest).folder.write(WAITING, until.isoformat().encode())
        raise Suspended
    return given


def test_finished_stages_are_read_back_whole_and_apart(run):
    one, two = Counted("0.10"), Counted("0.20")
    first = left(*run, record=one, report=two)
    lifecycle.prepare_state(settings.load())
    again = left(*run, record=one, report=two)
    assert (one.n, two.n) == (1, 1)
    assert again == first
    assert [first[stage].charges[0].cost_eur for stage in ("record", "report")] == [
        Decimal("0.10"), Decimal("0.20")
    ]  # fmt: skip
    entries = [entry.type for entry in AuditLog(settings.load().home).entries() if entry.run == run[0]]
    assert entries == ["intent", "completed"] * 2


def test_a_decision_survives_with_its_moment_money_and_findings(run):
    with pytest.raises(Suspended), lifecycle.opened(*run, leaving=Suspended):
        first = perform(*run, "admit", Decision, admission.admit)
        again = perform(*run, "admit", Decision, admission.admit)
        assert again == first
        assert again.decided_at.tzinfo is not None
        assert isinstance(again.findings, tuple)
        raise Suspended


EDITS = {
    "one-byte": lambda content: content[:-2] + b" }",
    "another-price": lambda content: content.replace(b"0.10", b"0.00"),
    "pickled": pickle.dumps,
    "empty": lambda content: b"",
}


@pytest.mark.parametrize("name", EDITS)
def test_a_result_that_was_changed_meanwhile_is_not_believed(run, name):
    work = Counted("0.10")
    left(*run, record=work)
    path = reopen(*run).folder.path / "record.json"
    path.write_bytes(EDITS[name](path.read_bytes()))
    with pytest.raises(IntegrityError, match="artifact-edited"):
        left(*run, record=work)
    assert work.n == 1
    assert lifecycle.ended(run[0]) == "failed"


def test_a_run_that_ended_never_goes_on(run):
    assert lifecycle.ended(run[0]) is None
    with pytest.raises(AtomqError), lifecycle.opened(*run, leaving=Suspended):
        raise AssertionError
    assert lifecycle.ended(run[0]) == "failed"


def test_a_run_without_a_receipt_that_was_published_has_ended(run):
    with lifecycle.opened(*run, leaving=Suspended):
        perform(*run, "admit", Decision, admission.admit)
        lifecycle.publish_denied(*run)
    assert lifecycle.ended(run[0]) == "refused"


def test_a_killed_run_is_swept_and_one_that_waits_is_not(run):
    left(*run, record=Counted("0.10"))
    folder = reopen(*run).folder
    lifecycle.prepare_state(settings.load())
    assert folder.path.is_dir()
    (folder.path / WAITING).unlink()
    lifecycle.prepare_state(settings.load())
    assert not folder.path.is_dir()
    assert lifecycle.ended(run[0]) == "failed"
