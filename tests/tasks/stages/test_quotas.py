"""A run holds its share of the quotas from its admission to its end, however it ends."""

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Timer
from time import monotonic, sleep

import pytest

from policy_checks.errors import StageError, UnavailableError
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.governing import Policy, Tenants
from policy_checks.schemas.quota import Needs
from policy_checks.schemas.reading import from_toml
from tasks.adapters import documents, settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.documents import Shelf
from tasks.adapters.quota_file import FILE, text
from tasks.adapters.quota_ledger import LEASE, QuotaLedger
from tasks.adapters.ring_store import KeyStore
from tasks.adapters.run_folder import WAITING
from tasks.adapters.submission import ManifestStore
from tasks.stages import admission, key_ceremony, lifecycle, quotas, trust
from tasks.stages.workspace import perform, reopen
from tests.clocks import LIMITS, Clock
from tests.documents import DEFAULTS, NOW, PROJECT, an_estimate

HOUR = timedelta(hours=1)
HEARD_S = 20
ESTIMATE = an_estimate(quantum_s=40.0)


class Suspended(BaseException):
    """What leaves a run for a while."""


class Ours(Exception):
    """What goes wrong in a stage."""


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOMQ_HOME", str(tmp_path / "home"))
    made = settings.load()
    lifecycle.prepare_state(made)
    return made


@pytest.fixture
def submit(state):
    """Sign and store the sample manifest, with some of it changed; return a new run's id and its digest."""

    def submitted(*changes: tuple[str, str]) -> tuple[str, str]:
        keys, now = KeyStore(state.home), settings.now()
        source = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_text()
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        signer = submission.submitter_key(keys, now)
        envelope = submission.seal(submission.complete(source.encode(), signer.keyid, state, now), signer)
        manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
        ManifestStore(state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
        return settings.new_id(), digest

    return submitted


def restrict(state, *changes: tuple[str, str]) -> None:
    """Let a draft of the tenants document be in force."""
    content = (DEFAULTS / "tenants.toml").read_text()
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    (state.home / "documents" / "tenants.toml").write_text(content)


def admitted(run: tuple[str, str]) -> Decision:
    return perform(*run, "admit", Decision, admission.admit)


def stands(state, quota: str = "runs") -> tuple[float, float]:
    """Return used and reserved."""
    (tenant,) = documents.load(state.home).tenants.tenants
    (pseudonym,) = trust.pseudonyms(KeyStore(state.home), [tenant.name])
    (use,) = [use for use in quotas.usage(state.home, tenant, pseudonym) if use.quota == quota]
    return use.used, use.reserved


def test_an_admitted_run_holds_what_is_predicted(state, submit):
    run = submit()
    with pytest.raises(Suspended), lifecycle.opened(*run, leaving=Suspended):
        decision = admitted(run)
        raise Suspended
    assert decision.effect == "allow"
    assert stands(state) == (0.0, 1.0)
    for quota in ("ccu", "quantum_s", "neural_s", "storage_bytes"):
        assert stands(state, quota) == (0.0, getattr(decision.estimate, quota)) > (0.0, 0.0)


def test_a_reached_quota_denies_the_run_and_books_nothing(state, submit):
    restrict(state, ("quantum_s_max = 14_400.0", "quantum_s_max = 0.1"))
    run = submit()
    with lifecycle.opened(*run, leaving=Suspended):
        decision = admitted(run)
        lifecycle.publish_denied(*run)
    assert decision.effect == "deny"
    assert [finding.rule for finding in decision.findings if finding.effect == "deny"] == ["quota"]
    assert stands(state) == (0.0, 0.0)


def test_a_run_that_lost_the_race_after_asking_is_denied(state, submit, monkeypatch):
    restrict(state, ("runs_max = 1000", "runs_max = 1"))
    first, second = submit(), submit(("layers = 2", "layers = 1"))
    with pytest.raises(Suspended), lifecycle.opened(*first, leaving=Suspended):
        admitted(first)
        raise Suspended
    monkeypatch.setattr(quotas.Share, "ask", lambda *_: ())
    with lifecycle.opened(*second, leaving=Suspended):
        decision = admitted(second)
        lifecycle.publish_denied(*second)
    assert [finding.rule for finding in decision.findings if finding.effect == "deny"] == ["quota"]
    assert stands(state) == (0.0, 1.0)


def test_a_run_that_another_rule_denies_books_nothing_but_is_told_of_its_quotas(state, submit):
    restrict(state, ("quantum_s_max = 14_400.0", "quantum_s_max = 0.0001"))
    run = submit(("qubits = 4", "qubits = 13"))
    with lifecycle.opened(*run, leaving=Suspended):
        decision = admitted(run)
        lifecycle.publish_denied(*run)
    denied = {finding.rule for finding in decision.findings if finding.effect == "deny"}
    assert denied == {"quota", "circuit_limits"}
    assert stands(state) == (0.0, 0.0)


def test_a_run_that_another_rule_denies_books_nothing_even_where_enough_is_left(state, submit):
    run = submit(("qubits = 4", "qubits = 13"))
    with lifecycle.opened(*run, leaving=Suspended):
        assert admitted(run).effect == "deny"
        assert stands(state) == (0.0, 0.0)
        lifecycle.publish_denied(*run)


def test_who_only_asks_books_nothing(state, submit):
    workspace = reopen(*submit())
    decision = admission.judge(
        workspace.manifest, workspace.digest, workspace.governing, state, workspace.keys.ring(),
        workspace.tenant, settings.now(),
    )  # fmt: skip
    assert decision.effect == "allow"
    assert not (state.home / "tenants" / workspace.tenant / "ledger").exists()


def test_a_run_that_is_denied_behind_its_admission_gives_everything_back(state, submit):
    run = submit()
    with lifecycle.opened(*run, leaving=Suspended):
        admitted(run)
        lifecycle.publish_denied(*run)
    assert [stands(state, quota) for quota in ("runs", "ccu", "storage_bytes")] == [(0.0, 0.0)] * 3


def test_a_run_that_fails_before_it_computes_gives_everything_back(state, submit):
    run = submit()
    with pytest.raises(Exception, match="stage"), lifecycle.opened(*run, leaving=Suspended):
        admitted(run)
        raise Ours
    assert stands(state) == stands(state, "ccu") == (0.0, 0.0)


def test_a_run_that_fails_later_keeps_what_it_used(state, submit):
    run = submit()
    with pytest.raises(Exception, match="stage"), lifecycle.opened(*run, leaving=Suspended):
        ccu = admitted(run).estimate.ccu
        reopen(*run).folder.write("train.json", b'{"training_s": 2.5}')
        reopen(*run).folder.write("remote.json", b'{"used_s": 1.25}')
        raise Ours
    assert (stands(state), stands(state, "ccu")) == ((1.0, 0.0), (ccu, 0.0))
    assert (stands(state, "neural_s"), stands(state, "quantum_s")) == ((2.5, 0.0), (1.25, 0.0))
    assert stands(state, "storage_bytes") == (0.0, 0.0)


def test_a_run_that_waits_holds_its_share_and_one_whose_process_was_killed_is_settled_at_the_next_start(
    state, submit
):
    waits = submit()
    with pytest.raises(Suspended), lifecycle.opened(*waits, leaving=Suspended):
        admitted(waits)
        workspace, until = reopen(*waits), settings.now() + HOUR
        workspace.share.wait(until)
        workspace.folder.write(WAITING, until.isoformat().encode())
        raise Suspended
    killed = submit(("layers = 2", "layers = 1"))
    child = os.fork()
    if child == 0:
        with lifecycle.opened(*killed, leaving=Suspended):
            admitted(killed)
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert (stands(state), stands(state, "runs_at_once")) == ((0.0, 2.0), (0.0, 1.0))
    lifecycle.prepare_state(state)
    assert (stands(state), stands(state, "runs_at_once")) == ((0.0, 1.0), (0.0, 0.0))


def test_a_run_that_was_admitted_before_there_were_quotas_is_booked_by_its_next_stage(state, submit):
    run = submit()
    with pytest.raises(Suspended), lifecycle.opened(*run, leaving=Suspended):
        decision = admitted(run)
        for path in (state.home / "tenants").glob("*/ledger/*"):
            path.unlink()
        perform(*run, "sanitise", Decision, lambda _: decision)
        raise Suspended
    assert stands(state) == (0.0, 1.0)


def _run_through(run: tuple[str, str]) -> int:
    """Run until it has computed something; return 0 where it was admitted, 1 where it was denied."""
    try:
        with lifecycle.opened(*run, leaving=Suspended):
            if admitted(run).effect == "deny":
                lifecycle.publish_denied(*run)
                return 1
            reopen(*run).folder.write("train.json", b'{"training_s": 0.5}')
            raise Ours
    except StageError:
        return 0


def test_of_a_dozen_submitted_at_once_over_a_limit_of_three_exactly_three_run_one_after_the_other(
    state, submit, monkeypatch
):
    monkeypatch.setattr(quotas, "POLL_S", 0.05)
    restrict(state, ("runs_max = 1000", "runs_max = 3"))
    children = []
    for run in [submit() for _ in range(12)]:
        children.append(os.fork())
        if children[-1] == 0:
            os._exit(_run_through(run))
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(ends) == [0] * 3 + [1] * 9
    assert stands(state) == (3.0, 0.0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def share(tmp_path, clock):
    return quotas.Share(QuotaLedger(tmp_path / "ledger", clock=clock), "a-run", "its-manifest", LIMITS)


def a_decision(effect="allow") -> Decision:
    return Decision.model_construct(effect=effect, estimate=ESTIMATE)


def test_a_stage_renews_and_a_denied_runs_stages_book_nothing(share, clock):
    until = settings.now() + HOUR
    quotas.hold(share, a_decision("deny"), "plan", until)
    assert not share.ledger.renew(share.run)
    for _ in range(3):
        quotas.hold(share, a_decision(), "plan", until)
        clock.pass_by(LEASE - timedelta(seconds=1))
    assert share.ledger.renew(share.run)


def test_a_run_whose_share_went_to_others_does_not_go_on(share, clock):
    quotas.hold(share, a_decision(), "train", settings.now() + HOUR)
    clock.pass_by(LEASE)
    assert replace(share, run="another", manifest="another").reserve(an_estimate(quantum_s=90.0)) == ()
    with pytest.raises(UnavailableError, match="quota-lost"):
        quotas.hold(share, a_decision(), "evaluate", settings.now() + HOUR)


def test_a_run_that_was_let_on_waits_for_its_turn(share, monkeypatch):
    monkeypatch.setattr(quotas, "POLL_S", 0.02)
    turn = replace(LIMITS, most=LIMITS.most | {"runs_at_once": 1.0})
    ours, other = replace(share, limits=turn), replace(share, limits=turn, run="other", manifest="other")
    assert other.reserve(ESTIMATE) == ()
    with pytest.raises(UnavailableError, match="turn-missed"):
        quotas.hold(ours, a_decision(), "train", settings.now() - HOUR)
    ended = Timer(0.1, other.ledger.settle, ("other", Needs()))
    ended.start()
    quotas.hold(ours, a_decision(), "train", settings.now() + HOUR)
    ended.join()
    assert ours.ledger.renew(ours.run)


def test_a_run_that_fails_in_a_stage_was_last_seen_when_it_failed(share, clock):
    share.reserve(ESTIMATE, "quantum_s")
    with pytest.raises(Ours), quotas.renewed(share):
        clock.pass_by(timedelta(seconds=7))
        raise Ours
    share.ledger.settle(share.run, Needs())
    used = {use.quota: use.used for use in share.ledger.usage(LIMITS)}
    assert (used["quantum_s"], used["ccu"]) == (7.0, ESTIMATE.ccu)


def test_a_stage_that_lasts_is_renewed_in_the_background(share, clock, tmp_path, monkeypatch):
    monkeypatch.setattr(quotas, "BEAT_S", 0.01)
    share.reserve(ESTIMATE)
    with quotas.renewed(share):
        for _ in range(3):
            clock.pass_by(LEASE - timedelta(seconds=1))
            deadline = monotonic() + HEARD_S
            while not _heard(tmp_path / "ledger", clock):
                assert monotonic() < deadline
                sleep(0.01)
    assert share.ledger.renew(share.run)
    clock.pass_by(LEASE)
    assert not share.ledger.renew(share.run)


def _heard(folder: Path, clock: Clock) -> bool:
    """Return whether the beat was heard at this moment."""
    with closing(sqlite3.connect(folder / FILE)) as database:
        return database.execute("SELECT seen FROM booking").fetchone() == (text(clock.seen.at),)


def test_documents_from_before_there_were_quotas_stay_whole_and_the_policy_is_renewed(tmp_path):
    state = settings.Settings(PROJECT, tmp_path / "home")
    key_ceremony.begin(state, "development", NOW)
    store, log = KeyStore(state.home), AuditLog(state.home, clock=lambda: NOW)
    policy = (DEFAULTS / "policy.toml").read_text()
    earlier = from_toml(Policy, policy.replace("noise_qubits_max", "shots_max = 7\nnoise_qubits_max"))
    tenants = (DEFAULTS / "tenants.toml").read_text()
    plain = from_toml(Tenants, tenants[: tenants.index("# Clauses P3.3")])
    for name, draft in (("policy", earlier), ("tenants", plain)):
        shelf = Shelf(state.home, name)
        trust.adopt(state.home, name, shelf.sign(draft, store.root_keys(), NOW), log, NOW)
    trust.require_whole(state.home, store, log, NOW)
    assert documents.load(state.home).policy.limits.shots_max == 7
    assert b"tiers" not in Shelf(state.home, "tenants").adopted().to_bytes()
    assert documents.load(state.home).tenants.tenants[0].tiers.t2.qubits_max == 26
