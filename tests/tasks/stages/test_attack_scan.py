"""The weekly scan: what was submitted since the last one, each incident once, nothing lost by a kill."""

from collections.abc import Callable
from pathlib import Path

import pytest

from policy_checks.integrity import dsse
from policy_checks.schemas.decision import Decision
from policy_checks.schemas.pattern import Pattern
from tasks.adapters import settings, submission
from tasks.adapters.audit_log import AuditLog
from tasks.adapters.settings import Settings
from tasks.adapters.submission import ManifestStore
from tasks.stages import admission, attack_scan, lifecycle, submitted_circuit, trust
from tasks.stages.workspace import perform
from tests.documents import DEFAULTS, PROJECT

MANIFEST = PROJECT / "data" / "manifests" / "own_circuit.toml"
HONEST = (PROJECT / "data" / "samples" / "quench.qasm").read_text()
LIE = "OPENQASM 2.0;\nqreg q[4];\ngate cx a, b { U(0.4, 0, 0) b; CX a, b; }\ncx q[0], q[1];\ncx q[2], q[3];\n"
BOMB = (PROJECT / "tests" / "evil" / "circuits" / "gate-bomb-2.qasm").read_text()


class Clinic:
    """A tenant that brings circuits of its own."""

    def __init__(self, state: Settings, root: Path) -> None:
        self.state, self.root = state, root

    def submit(self, text: str) -> tuple[str, Decision]:
        """Let a manifest over this circuit be judged; return its run and the decision."""
        (self.root / "quench.qasm").write_text(text)
        keys, now = lifecycle.prepare_state(self.state), settings.now()
        signer = submission.submitter_key(keys, now)
        sealed = submission.seal(
            submission.complete(MANIFEST.read_bytes(), signer.keyid, self.state, now), signer
        )
        manifest, digest = submission.verify(sealed, keys.ring().keys, now, 0)
        ManifestStore(self.state.home).put(*trust.pseudonyms(keys, [manifest.tenant]), digest, sealed)
        run = settings.new_id()
        with lifecycle.opened(run, digest, leaving=KeyboardInterrupt):
            decision = perform(run, digest, "admit", Decision, admission.admit)
            lifecycle.publish_denied(run, digest)
        return run, decision

    def logged(self, kind: str) -> list[tuple[str | None, dict]]:
        return [
            (entry.run, entry.data) for entry in AuditLog(self.state.home).entries() if entry.type == kind
        ]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    root, home = tmp_path / "root", tmp_path / "home"
    root.mkdir()
    (home / "documents").mkdir(parents=True)
    text = (DEFAULTS / "tenants.toml").read_text().replace('"data/samples"', f'"{root}"')
    (home / "documents" / "tenants.toml").write_text(text)
    monkeypatch.setenv("ATOMQ_HOME", str(home))
    return Clinic(settings.load(), root)


def learned(monkeypatch: pytest.MonkeyPatch, *found: Pattern) -> None:
    """Let the detectors see something from now on."""
    monkeypatch.setattr(submitted_circuit, "scan", lambda program, approved=None: found)


def test_nothing_new_is_an_entry_too(clinic):
    clinic.submit(HONEST)
    assert attack_scan.scan(clinic.state) == attack_scan.Scanned(1, 0, ())
    size = AuditLog(clinic.state.home).size()
    assert clinic.logged("attack.scanned") == [
        (None, {"n_circuits": 1, "n_incidents": 0, "n_unread": 0, "upto": size - 1})
    ]
    assert attack_scan.scan(clinic.state) == attack_scan.Scanned(0, 0, ())


@pytest.mark.parametrize(
    ("text", "name"), [(LIE, "misnamed-gate"), (BOMB, "resource-exhaustion")], ids=["lie", "bomb"]
)
def test_a_critical_finding_is_an_incident_at_admission_and_once(clinic, text, name):
    run, decision = clinic.submit(text)
    assert decision.effect == "deny"
    (incident,) = clinic.logged("incident.attack")
    assert incident[0] == run
    assert (incident[1]["pattern"], incident[1]["severity"]) == (name, "critical")
    assert incident[1]["at"] > 0
    assert attack_scan.scan(clinic.state).incidents == ()
    assert len(clinic.logged("incident.attack")) == 1


def test_what_detectors_have_learned_since_is_found_in_what_was_admitted(clinic, monkeypatch):
    run, _ = clinic.submit(HONEST)
    learned(
        monkeypatch,
        Pattern(id="dead-gates", line=9, evidence="two"),
        Pattern(id="measure-first", evidence="one"),
    )
    assert attack_scan.scan(clinic.state).incidents == ("dead-gates",)
    assert clinic.logged("incident.attack") == [(run, {"at": 9, "pattern": "dead-gates", "severity": "high"})]


def test_what_people_looked_at_is_an_incident_only_where_it_is_critical(clinic, monkeypatch):
    with monkeypatch.context() as then:
        learned(then, Pattern(id="dead-gates", line=9, evidence="two"))
        _, decision = clinic.submit(HONEST)
    assert decision.effect == "review"
    learned(
        monkeypatch,
        Pattern(id="dead-gates", line=9, evidence="two"),
        Pattern(id="bb84", line=3, evidence="one"),
    )
    assert attack_scan.scan(clinic.state).incidents == ("bb84",)


def test_a_circuit_is_read_as_it_was_judged_though_its_file_is_gone(clinic, monkeypatch):
    clinic.submit(HONEST)
    (clinic.root / "quench.qasm").unlink()
    learned(monkeypatch, Pattern(id="bb84", line=3, evidence="one"))
    assert attack_scan.scan(clinic.state) == attack_scan.Scanned(1, 0, ("bb84",))


@pytest.mark.parametrize("how", ["gone", "edited", "linked"])
def test_a_circuit_that_cannot_be_read_again_is_counted(clinic, tmp_path, how):
    clinic.submit(HONEST)
    (kept,) = clinic.state.home.glob("tenants/*/runs/*/circuit.qasm")
    (clinic.root / "quench.qasm").unlink()
    content = kept.read_bytes()
    kept.unlink()
    if how == "edited":
        kept.write_bytes(content + b"\n")
    if how == "linked":
        (tmp_path / "elsewhere").write_bytes(content)
        kept.symlink_to(tmp_path / "elsewhere")
    assert attack_scan.scan(clinic.state) == attack_scan.Scanned(1, 1, ())


def test_a_scan_that_is_killed_is_done_again_and_repeats_no_incident(clinic, monkeypatch):
    clinic.submit(HONEST)
    clinic.submit(HONEST + "\n")
    learned(monkeypatch, Pattern(id="bb84", line=3, evidence="one"))
    with monkeypatch.context() as dying:
        dying.setattr(attack_scan.progress, "advance", dies_at(1))
        with pytest.raises(KeyboardInterrupt):
            attack_scan.scan(clinic.state)
    assert (len(clinic.logged("incident.attack")), clinic.logged("attack.scanned")) == (1, [])
    assert attack_scan.scan(clinic.state).incidents == ("bb84",)
    assert len(clinic.logged("incident.attack")) == 2


def test_a_manifest_that_was_edited_in_the_store_is_not_believed(clinic, monkeypatch):
    clinic.submit(HONEST)
    (path,) = clinic.state.home.glob("manifests/*/*.json")
    payload, _ = dsse.open_envelope("manifest", path.read_bytes(), lambda *_: None)

    class Nobody:
        keyid = "0" * 64

        @staticmethod
        def sign(_message: bytes, _context: bytes) -> bytes:
            return b"none"

    path.write_bytes(dsse.seal("manifest", payload.replace(b'"simulation"', b'"optimisation"'), Nobody))
    learned(monkeypatch, Pattern(id="bb84", line=3, evidence="one"))
    assert attack_scan.scan(clinic.state) == attack_scan.Scanned(1, 1, ())


def dies_at(n: int) -> Callable[..., None]:
    def advance(done: int, _total: int, _what: str) -> None:
        if done == n:
            raise KeyboardInterrupt

    return advance
