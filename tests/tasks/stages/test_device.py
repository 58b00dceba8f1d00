"""A run whose circuits go to a device: its answer counts, is billed and logged; without one the neural head answers."""

import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from policy_checks.errors import IntegrityError
from policy_checks.integrity import strict_json
from policy_checks.schemas.artifacts import CircuitResults, DeviceUse, Records, SanitisedTable, TrainedModel
from policy_checks.schemas.decision import Decision
from tasks.adapters import settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.submission import ManifestStore
from tasks.quantum import remote
from tasks.quantum.remote import BackendOf, RemoteLost
from tasks.reporting.models import answer_mode, compared
from tasks.stages import admission, evaluation, lifecycle, recording, sanitisation, training, trust
from tasks.stages.workspace import Workspace, perform, reopen
from tests.documents import PROJECT

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:qiskit_aer")


class Leaves(BaseException):
    """What ends a run before its end."""


@dataclass
class Run:
    """A trained run of a manifest whose target is a device."""

    home: Path
    run: str
    digest: str

    @property
    def workspace(self) -> Workspace:
        return reopen(self.run, self.digest)

    def clear(self) -> None:
        self.workspace.record("run.cleared", n_owners=1, ring=self.digest, size=1)

    def evaluate(self, backend_of: BackendOf) -> CircuitResults:
        def work(workspace: Workspace) -> CircuitResults:
            return evaluation.evaluate(workspace, backend_of)

        return perform(self.run, self.digest, "evaluate", CircuitResults, work)

    def charged(self) -> dict[str, Any]:
        records = perform(self.run, self.digest, "record", Records, recording.record)
        return {charge.service: charge for charge in records.charges}

    def entries(self) -> list[tuple[str, Any]]:
        return [
            (entry.type, entry.data.get("effect", entry.data.get("reason")))
            for entry in AuditLog(self.home).entries()
            if entry.run == self.run
        ]

    def use(self) -> DeviceUse:
        return DeviceUse.model_validate_json(self.workspace.folder.read("remote.json"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Run:
    """It was denied, since its ring is a development one; stages are asked one by one all the same."""
    home = tmp_path_factory.mktemp("device") / "home"
    source = (PROJECT / "data" / "manifests" / "breast_cancer.toml").read_bytes()
    source = source.replace(b'target = "aer"', b'target = "ibm:manila"')
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack, suppress(Leaves):
        patch.setenv("ATOMQ_HOME", str(home))
        state = settings.load()
        keys, now = lifecycle.prepare_state(state), settings.now()
        signer = submission.submitter_key(keys, now)
        envelope = submission.seal(submission.complete(source, signer.keyid, state, now), signer)
        manifest, digest = submission.verify(envelope, keys.ring().keys, now, 0)
        ManifestStore(home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, envelope)
        run = settings.new_id()
        stack.enter_context(lifecycle.opened(run, digest, leaving=Leaves))
        perform(run, digest, "admit", Decision, admission.admit)
        perform(run, digest, "sanitise", SanitisedTable, sanitisation.sanitise)
        perform(run, digest, "train", TrainedModel, training.train)
        raise Leaves
    return Run(home, run, digest)


@pytest.fixture
def run(trained, tmp_path, monkeypatch) -> Run:
    """A copy of the trained run with its state folder."""
    home = tmp_path / "home"
    shutil.copytree(trained.home, home)
    monkeypatch.setenv("ATOMQ_HOME", str(home))
    return Run(home, trained.run, trained.digest)


def perfect(device: str) -> GenericBackendV2:
    assert device == "manila"
    return GenericBackendV2(5, noise_info=False, seed=3)


def nothing_may_leave(device: str) -> Any:
    raise AssertionError("the provider was asked")


def test_the_devices_answer_is_the_hybrid_one_beside_exact_evaluation(run):
    run.clear()
    found = run.evaluate(lambda device: FakeManilaV2())
    assert (found.degraded, set(found.modes)) == (None, {"exact", "shots", "noise", "remote"})
    assert found.hybrid == found.modes["remote"] != found.modes["exact"]
    assert answer_mode(found) == "remote"
    labels = [rated.label for rated in compared(found)]
    assert {"hybrid", "hybrid, exact"} < set(labels)
    assert "hybrid, remote" not in labels
    assert any("differ from the exact ones by 0." in note for note in found.notes)


def test_a_device_without_noise_scores_like_exact_evaluation(run):
    run.clear()
    found = run.evaluate(perfect)
    assert found.hybrid.auc.value == pytest.approx(found.modes["exact"].auc.value, abs=0.03)


def test_what_leaves_has_an_intent_before_and_a_completion_whose_file_the_log_names(run):
    run.clear()
    found = run.evaluate(perfect)
    entries = run.entries()
    order = [("run.cleared", None), ("intent", "evaluate"), ("intent", "remote"), ("completed", "remote")]
    assert [entry for entry in entries if entry in order] == order
    (completed,) = [
        e for e in AuditLog(run.home).entries() if e.type == "completed" and e.data["effect"] == "remote"
    ]
    assert completed.data["digest"] == strict_json.digest(run.workspace.folder.read("remote.json"))
    use = run.use()
    assert (use.outcome, use.target, use.n_circuits, use.shots) == (
        "answered",
        "ibm:manila",
        found.n_test,
        1024,
    )
    assert use.expectations


def test_hardware_is_a_charge_of_its_own_beside_simulation(run):
    run.clear()
    found = run.evaluate(perfect)
    charged = run.charged()
    assert set(charged) == {"neural_training", "neural_inference", "quantum_simulation", "quantum_hardware"}
    assert float(charged["quantum_hardware"].quantity) == found.device.used_s
    assert float(charged["quantum_simulation"].quantity) == pytest.approx(found.quantum_s, abs=1e-6)


def test_without_an_account_the_neural_head_answers_labelled_and_no_hardware_is_billed(
    run, tmp_path, monkeypatch
):
    accounts = "qiskit_ibm_runtime.accounts.management._DEFAULT_ACCOUNT_CONFIG_JSON_FILE"
    monkeypatch.setattr(accounts, str(tmp_path / "none.json"))
    monkeypatch.delenv("QISKIT_IBM_TOKEN", raising=False)
    run.clear()
    found = perform(run.run, run.digest, "evaluate", CircuitResults, evaluation.evaluate)
    assert (found.degraded, found.modes, found.hybrid) == ("remote", {}, found.neural)
    assert (run.use().outcome, run.use().n_circuits) == ("remote-account", 0)
    assert any("QISKIT_IBM_TOKEN" in note for note in found.notes)
    assert set(run.charged()) == {"neural_training", "neural_inference", "quantum_simulation"}
    assert ("run.degraded", "remote") in run.entries()


def test_a_lost_job_is_billed_for_what_the_provider_reports_and_no_more(run):
    run.clear()

    def fails_after_use(device: str) -> Any:
        raise RemoteLost("remote-deadline", "too late", job="job-1", used_s=3.5)

    found = run.evaluate(fails_after_use)
    assert found.degraded == "remote"
    assert str(run.charged()["quantum_hardware"].quantity) == "3.500000"


def test_nothing_leaves_before_the_run_is_cleared(run):
    with pytest.raises(IntegrityError, match="not cleared"):
        run.evaluate(nothing_may_leave)
    assert ("intent", "remote") not in run.entries()


def test_a_run_that_died_while_it_asked_does_not_ask_again(run):
    run.clear()
    run.workspace.record("intent", effect="remote")
    found = run.evaluate(nothing_may_leave)
    assert (found.degraded, run.use().outcome) == ("remote", "remote-asked-before")


def test_a_run_that_died_after_the_answer_does_not_ask_again_and_is_billed_for_it(run):
    run.clear()
    use = DeviceUse(
        target="ibm:manila", outcome="answered", job="job-1", n_circuits=114, shots=1024, used_s=4.0,
        waited_s=9.0, expectations=run.digest,
    )  # fmt: skip
    left = run.workspace.folder.write("remote.json", use.to_bytes())
    run.workspace.record("intent", effect="remote")
    run.workspace.record("completed", effect="remote", digest=left)
    found = run.evaluate(nothing_may_leave)
    assert (found.degraded, found.device, run.use()) == ("remote", use, use)
    assert str(run.charged()["quantum_hardware"].quantity) == "4.000000"


def test_only_the_account_can_name_a_device_outside_tests():
    assert evaluation.evaluate.__defaults__ == (remote.from_account,)
